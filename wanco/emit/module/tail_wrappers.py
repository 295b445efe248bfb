"""Functions around those of the module, as text: for tail calls in the common form.

For ordinary callers there is a ``wf<N>`` around a function in the common form, ``wk<N>``; and where an
indirect tail call in the common form can reach an ordinary function, a ``wk<N>`` around that one's
``wf<N>``.  `wanco.emit.operators.tail_calls` has the calls.
"""

from __future__ import annotations

from collections.abc import Collection

from wanco.abi.layout import SLOT_SIZE
from wanco.abi.symbols import FUNCTION, TAIL_ENTRIES, TAIL_FUNCTION, TEXT_SECTION
from wanco.emit.calls import ARGUMENTS, argument_loads
from wanco.emit.ir.definition import Definition
from wanco.emit.ir.prelude import Attributes, Tag
from wanco.emit.ir.values import IR_TYPE, by_buffer, codes, result_type, slot
from wanco.emit.records import NO_RECORD, TAIL_RECORD
from wanco.wasm.types import FuncType


def ordinary_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> Definition:
    """``wf<N>`` of a function in the common form."""
    parameters = codes(signature.params)
    stores = [
        f"  store {IR_TYPE[code]} %p{n}, ptr {slot(ARGUMENTS, n, constant=True)}, align 16{Tag.TAIL_ARGUMENTS}"
        for n, code in enumerate(parameters)
    ]
    text = "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    return _wrapper(FUNCTION(function), linkage, text, signature, stores, TAIL_FUNCTION(function), "ptr %mem", checkpoint)


def common_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> Definition:
    """``wk<N>`` of an ordinary function."""
    parameters = codes(signature.params)
    arguments = "ptr %mem" + "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    loads = [f"  {name} = {text}" for name, text in argument_loads(parameters)]
    return _wrapper(TAIL_FUNCTION(function), linkage, "", signature, loads, FUNCTION(function), arguments, checkpoint)


def _wrapper(
    symbol: str, linkage: str, parameters: str, signature: FuncType, first: list[str], target: str, arguments: str, checkpoint: bool
) -> Definition:
    """A function that calls another in the place of a tail call, and returns what that returns."""
    kind, buffer = result_type(signature), ", ptr %res" if by_buffer(signature) else ""
    record = TAIL_RECORD if checkpoint else NO_RECORD
    call = f"call {kind} @{target}({arguments}{buffer}){record.text}"
    last = [f"  {call}", "  ret void"] if kind == "void" else [f"  %r = {call}", f"  ret {kind} %r"]
    head = f'{kind} @{symbol}(ptr nonnull %mem{parameters}{buffer}) {Attributes.WASM} section "{TEXT_SECTION}" {{'
    return Definition(symbol, "\n".join([head, *first, *last, "}\n"]), linkage, frozenset({target}))


# ---- symbols ------------------------------------------------------------------------------


def declarations(functions: int) -> list[str]:
    """Declarations for a unit of a module with so many functions."""
    return [f"{ARGUMENTS} = external hidden global [0 x i8]", f"@{TAIL_ENTRIES} = external hidden constant [{functions} x ptr]"]


def declare_common(function: int, signature: FuncType) -> str:
    """Declaration of a ``wk<N>`` of another unit."""
    buffer = ", ptr" if by_buffer(signature) else ""
    return f"declare hidden {result_type(signature)} @{TAIL_FUNCTION(function)}(ptr{buffer}) {Attributes.WASM}"


def definitions(functions: int, entries: Collection[int], most_parameters: int) -> list[str]:
    """Definitions for the descriptor: ``entries`` are the functions with a ``wk<N>`` that references exist of."""
    items = ", ".join(f"ptr @{TAIL_FUNCTION(n)}" if n in entries else "ptr null" for n in range(functions))
    return [
        *(f"declare hidden void @{TAIL_FUNCTION(n)}()" for n in sorted(entries)),
        f"@{TAIL_ENTRIES} = hidden constant [{functions} x ptr] [{items}], align 16",
        f"{ARGUMENTS} = hidden global [{SLOT_SIZE * most_parameters} x i8] zeroinitializer, align 16",
    ]
