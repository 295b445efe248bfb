"""Tail calls (WebAssembly 3.0, section 4.6.12), in the forms that `wanco.analysis.tail_calls` chooses.

A tail call leaves no WebAssembly frame.  A jump leaves no machine frame either; a call in its
place does, and carries the record `TAIL_SITE`, which a stack walk passes over.

A function in the common form is ``wk<N>(ptr %mem [, ptr %res])``; it begins by reading its
arguments from `ARGUMENTS`.  Nothing comes between the stores of one function and the loads of
the next: a poll follows only then.  The functions around them are made by
`wanco.emit.module.tail_wrappers`.
"""

from __future__ import annotations

from wanco.abi.layout import FUNCREF
from wanco.abi.symbols import FUNCTION, TAIL_ENTRIES, TAIL_FUNCTION
from wanco.analysis.tail_calls import TailForm
from wanco.emit.calls import ARGUMENTS, arguments_text, exact_arguments, host_call
from wanco.emit.flow import branch
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import IR_TYPE, by_buffer, result_type, slot
from wanco.emit.operators.control import indirect_entry
from wanco.emit.records import NO_RECORD, TAIL_RECORD
from wanco.emit.translation import Handler, Translation
from wanco.wasm.types import FuncType


def _return_call(t: Translation, function: int, index: int) -> None:
    signature = t.module.func_type(function)
    if function < t.module.imported_functions:
        host_call(t, function, signature, index, live=0)
        branch(t, t.frames[0])
        return
    form = t.mode.tail_form(function)
    symbol = f"@{TAIL_FUNCTION(function) if form is TailForm.COMMON else FUNCTION(function)}"
    _tail_call(t, form, symbol, signature, function in t.context.plan.may_poll)


def _return_call_indirect(t: Translation, immediate: tuple[int, int], index: int) -> None:
    canonical = t.context.plan.canonical[immediate[0]]
    entry = indirect_entry(t, immediate, index)
    form = t.mode.tail_form(-1 - canonical)
    if form is TailForm.COMMON:
        function = t.ir.load("i32", t.ir.offset(entry, FUNCREF.offsets()["function"]), Tag.TABLE)
        entry = t.ir.element("ptr", f"@{TAIL_ENTRIES}", t.ir.cast("zext", "i32", function, "i64"))
    target = t.ir.load("ptr", entry, Tag.TABLE)
    _tail_call(t, form, target, t.module.types[immediate[0]], canonical in t.context.plan.indirect_may_poll)


def _tail_call(t: Translation, form: TailForm, target: str, signature: FuncType, may_poll: bool) -> None:
    """Hand over to ``target`` with the arguments on the stack, and return what it returns."""
    operands = exact_arguments(t, signature)
    if t.stack:
        t.found.discards = True
    if form is TailForm.COMMON:
        for number, (code, operand) in enumerate(operands):
            t.ir.store(IR_TYPE[code], operand, slot(ARGUMENTS, number, constant=True), f", align 16{Tag.TAIL_ARGUMENTS}")
        operands = []  # they have gone ahead
    if form is not TailForm.CALL and may_poll:
        t.found.hands_over = True
    record = TAIL_RECORD if form is TailForm.CALL and t.context.checkpoint else NO_RECORD
    kind, name = result_type(signature), t.ir.value()
    t.ir.note_call(target)
    buffer = ", ptr %res" if by_buffer(signature) else ""
    call = f"{'call' if form is TailForm.CALL else 'musttail call'} {kind} {target}({arguments_text(operands)}{buffer}){record.text}"
    used = (target, *(operand for _, operand in operands))
    if kind == "void":
        t.ir.do(call, *used, effect=Effect.CALL)
        t.ir.leave("ret void")
    else:
        t.ir.add(name, call, *used, effect=Effect.CALL)
        t.ir.leave(f"ret {kind} {name}", name)


HANDLERS: dict[str, Handler] = {"return_call": _return_call, "return_call_indirect": _return_call_indirect}
