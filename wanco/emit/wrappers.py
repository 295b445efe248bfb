"""Functions around those of the module, as text: for tail calls in the common form.

For ordinary callers there is a ``wf<N>`` around a function in the common form, ``wk<N>``; and where an
indirect tail call in the common form can reach an ordinary function, a ``wk<N>`` around that one's
``wf<N>``.  `wanco.emit.operators.tail_calls` has the calls.
"""

from __future__ import annotations

from collections.abc import Collection

from wanco.emit.calls import ARGUMENTS, argument_loads
from wanco.emit.ir.prelude import ARGUMENT_TAG
from wanco.emit.ir.values import IR_TYPE, by_buffer, codes, result_type, slot
from wanco.emit.operators.tail_calls import ENTRIES
from wanco.emit.records import NO_RECORD, TAIL_RECORD
from wanco.wasm.types import FuncType


def ordinary_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> str:
    """``wf<N>`` of a function in the common form."""
    parameters = codes(signature.params)
    stores = [
        f"  store {IR_TYPE[code]} %p{n}, ptr {slot(ARGUMENTS, n, constant=True)}, align 16{ARGUMENT_TAG}"
        for n, code in enumerate(parameters)
    ]
    text = "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    return _wrapper(f"wf{function}", linkage, text, signature, stores + _call(f"@wk{function}", "ptr %mem", signature, checkpoint))


def common_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> str:
    """``wk<N>`` of an ordinary function."""
    parameters = codes(signature.params)
    arguments = "ptr %mem" + "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    loads = [f"  {name} = {text}" for name, text in argument_loads(parameters)]
    return _wrapper(f"wk{function}", linkage, "", signature, loads + _call(f"@wf{function}", arguments, signature, checkpoint))


def _call(target: str, arguments: str, signature: FuncType, checkpoint: bool) -> list[str]:
    """A call in the place of a tail call, and the return of what it returns."""
    result = result_type(signature)
    buffer = ", ptr %res" if by_buffer(signature) else ""
    record = TAIL_RECORD if checkpoint else NO_RECORD
    call = f"call {result} {target}({arguments}{buffer}){record.text}"
    return [f"  {call}", "  ret void"] if result == "void" else [f"  %r = {call}", f"  ret {result} %r"]


def _wrapper(name: str, linkage: str, parameters: str, signature: FuncType, lines: list[str]) -> str:
    buffer = ", ptr %res" if by_buffer(signature) else ""
    head = f'define {linkage}{result_type(signature)} @{name}(ptr nonnull %mem{parameters}{buffer}) #0 section "wanco_text" {{'
    return "\n".join([head, *lines, "}\n"])


# ---- symbols ------------------------------------------------------------------------------


def declarations(functions: int) -> list[str]:
    """Declarations for a unit of a module with so many functions."""
    return [f"{ARGUMENTS} = external hidden global [0 x i8]", f"{ENTRIES} = external hidden constant [{functions} x ptr]"]


def declare_common(function: int, signature: FuncType) -> str:
    """Declaration of a ``wk<N>`` of another unit."""
    return f"declare hidden {result_type(signature)} @wk{function}(ptr{', ptr' if by_buffer(signature) else ''}) #0"


def definitions(functions: int, entries: Collection[int], most_parameters: int) -> list[str]:
    """Definitions for the descriptor: ``entries`` are the functions with a ``wk<N>`` that references exist of."""
    items = ", ".join(f"ptr @wk{n}" if n in entries else "ptr null" for n in range(functions))
    return [
        *(f"declare hidden void @wk{n}()" for n in sorted(entries)),
        f"{ENTRIES} = hidden constant [{functions} x ptr] [{items}], align 16",
        f"{ARGUMENTS} = hidden global [{16 * most_parameters} x i8] zeroinitializer, align 16",
    ]
