"""Tail calls (WebAssembly 3.0, section 4.6.12), in the forms that `wanco.analysis.tail_calls` chooses.

A tail call leaves no WebAssembly frame.  A jump leaves no machine frame either; a call in its
place does, and carries the record `TAIL_SITE`, which a stack walk passes over.

A function in the common form is ``wk<N>(ptr %mem [, ptr %res])``; it begins by reading its
arguments from `ARGUMENTS`.  Nothing comes between the stores of one function and the loads of
the next: a poll follows only then.  For ordinary callers there is a ``wf<N>`` around it; and
where an indirect tail call in the common form can reach an ordinary function, a ``wk<N>``
around that one's ``wf<N>``.  `ENTRIES` has, by function index, the ``wk<N>`` of functions that
have one and can be called indirectly.
"""

from __future__ import annotations

from collections.abc import Collection

from wanco.abi.layout import FUNCREF, TAIL_SITE
from wanco.analysis.tail_calls import TailForm
from wanco.emit.control import host_call, indirect_entry
from wanco.emit.function import ARGUMENTS, FunctionEmitter, Handler, argument_loads
from wanco.emit.values import IR_TYPE, by_buffer, codes, result_type, slot
from wanco.wasm.types import FuncType

ENTRIES = "@wanco_tail_entries"

_RECORD = f' [ "deopt"(i64 {TAIL_SITE}) ]'


def _return_call(f: FunctionEmitter, function: int, index: int) -> None:
    signature = f.module.func_type(function)
    if function < f.module.imported_functions:
        host_call(f, function, signature, index, live=0)
        f.branch(f.frames[0])
        return
    form = f.tail_form(function)
    symbol = f"@wk{function}" if form is TailForm.COMMON else f"@wf{function}"
    _tail_call(f, form, symbol, signature, function in f.context.plan.may_poll)


def _return_call_indirect(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    canonical = f.context.plan.canonical[immediate[0]]
    entry = indirect_entry(f, immediate, index)
    form = f.tail_form(-1 - canonical)
    if form is TailForm.COMMON:
        place = f.assign(f"getelementptr inbounds i8, ptr {entry}, i64 {FUNCREF.offsets()['function']}")
        function = f.assign(f"load i32, ptr {place}, !tbaa !3")
        wide = f.assign(f"zext i32 {function} to i64")
        entry = f.assign(f"getelementptr inbounds ptr, ptr {ENTRIES}, i64 {wide}")
    target = f.assign(f"load ptr, ptr {entry}, !tbaa !3")
    _tail_call(f, form, target, f.module.types[immediate[0]], canonical in f.context.plan.indirect_may_poll)


def _tail_call(f: FunctionEmitter, form: TailForm, target: str, signature: FuncType, may_poll: bool) -> None:
    """Hand over to ``target`` with the arguments on the stack, and return what it returns."""
    operands = [(code, f.exact(code, operand)) for code, operand in f.pop_many(len(signature.params))]
    if f.stack:
        f.discards = True
    if form is TailForm.COMMON:
        for number, (code, operand) in enumerate(operands):
            f.line(_argument_store(number, code, operand))
        text = "ptr %mem"
    else:
        text = "ptr %mem" + "".join(f", {IR_TYPE[code]} {operand}" for code, operand in operands)
    if form is not TailForm.CALL and may_poll:
        f.hands_over = True
    suffix = _RECORD if form is TailForm.CALL and f.context.checkpoint else ""
    kind = "call" if form is TailForm.CALL else "musttail call"
    *call, last = _call_and_return(kind, target, text, signature, f.value(), suffix)
    for line in call:
        f.line(line)
    f.terminate(last)


def _call_and_return(kind: str, target: str, arguments: str, signature: FuncType, name: str, suffix: str) -> list[str]:
    """A call of a function with the caller's results, and the return of what it returns."""
    result = result_type(signature)
    buffer = ", ptr %res" if by_buffer(signature) else ""
    call = f"{kind} {result} {target}({arguments}{buffer}){suffix}"
    if result == "void":
        return [f"  {call}", "  ret void"]
    return [f"  {name} = {call}", f"  ret {result} {name}"]


def _argument_store(number: int, code: int, operand: str) -> str:
    return f"  store {IR_TYPE[code]} {operand}, ptr {slot(ARGUMENTS, number, constant=True)}, align 16, !tbaa !7"


# ---- around functions --------------------------------------------------------------------


def ordinary_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> str:
    """``wf<N>`` of a function in the common form."""
    parameters = codes(signature.params)
    lines = [_argument_store(n, code, f"%p{n}") for n, code in enumerate(parameters)]
    lines += _call_and_return("call", f"@wk{function}", "ptr %mem", signature, "%r", _RECORD if checkpoint else "")
    text = "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    return _wrapper(f"wf{function}", linkage, text, signature, lines)


def common_wrapper(function: int, signature: FuncType, linkage: str, checkpoint: bool) -> str:
    """``wk<N>`` of an ordinary function."""
    parameters = codes(signature.params)
    arguments = "ptr %mem" + "".join(f", {IR_TYPE[code]} %p{n}" for n, code in enumerate(parameters))
    lines = [
        *argument_loads(parameters),
        *_call_and_return("call", f"@wf{function}", arguments, signature, "%r", _RECORD if checkpoint else ""),
    ]
    return _wrapper(f"wk{function}", linkage, "", signature, lines)


def _wrapper(name: str, linkage: str, parameters: str, signature: FuncType, lines: list[str]) -> str:
    buffer = ", ptr %res" if by_buffer(signature) else ""
    head = f'define {linkage}{result_type(signature)} @{name}(ptr nonnull %mem{parameters}{buffer}) #0 section "wanco_text" {{'
    return "\n".join([head, *lines, "}\n"])


# ---- symbols -----------------------------------------------------------------------------


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


HANDLERS: dict[str, Handler] = {"return_call": _return_call, "return_call_indirect": _return_call_indirect}
