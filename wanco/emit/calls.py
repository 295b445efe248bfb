"""Calls of WebAssembly functions and of host functions, and how results come and go."""

from __future__ import annotations

from collections.abc import Sequence

from wanco.abi.layout import SLOT_SIZE, SiteKind
from wanco.abi.symbols import TAIL_ARGUMENTS
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import CODE, I32, IR_TYPE, Operand, by_buffer, codes, slot
from wanco.emit.records import NO_RECORD, Record
from wanco.emit.safepoints import site_here
from wanco.emit.translation import Translation
from wanco.emit.traps import place_record
from wanco.wasm.types import FuncType

ARGUMENTS = f"@{TAIL_ARGUMENTS}"
"""Where the arguments of a tail call in the common form are, in slots of 16 bytes."""


def arguments_text(operands: Sequence[Operand], memory: str = "%mem") -> str:
    """What stands between the parentheses of a call of a WebAssembly function."""
    return f"ptr {memory}" + "".join([f", {IR_TYPE[code]} {operand}" for code, operand in operands])


def argument_loads(parameters: Sequence[int]) -> list[tuple[str, str]]:
    """Name and text of what reads the arguments of a function in the common form; ``parameters`` are their codes."""
    return [
        (f"%p{n}", f"load {IR_TYPE[code]}, ptr {slot(ARGUMENTS, n, constant=True)}, align 16{Tag.TAIL_ARGUMENTS}")
        for n, code in enumerate(parameters)
    ]


def call(
    t: Translation, target: str, signature: FuncType, arguments: Sequence[Operand], record: Record = NO_RECORD, attribute: str = ""
) -> None:
    """Call a WebAssembly function and push the results."""
    name = call_results(t, target, signature, arguments, record, attribute)
    if by_buffer(signature):
        push_from_buffer(t, signature)
    elif signature.results:
        t.push(CODE[signature.results[0]], name)


def call_results(
    t: Translation, target: str, signature: FuncType, arguments: Sequence[Operand], record: Record = NO_RECORD, attribute: str = ""
) -> str:
    """Call a WebAssembly function; the name of its result, if there is one and it does not go to the buffer."""
    text = arguments_text(arguments)
    suffix = t.mode.call_attribute + record.text
    operands = (target, *(operand for _, operand in arguments), *record.operands)
    t.ir.note_call(target)
    if by_buffer(signature) or not signature.results:
        buffer = ", ptr %results" if by_buffer(signature) else ""
        t.ir.do(f"{attribute}call void {target}({text}{buffer}){suffix}", *operands, effect=Effect.CALL)
        return ""
    kind = IR_TYPE[CODE[signature.results[0]]]
    return t.ir.assign(f"{attribute}call {kind} {target}({text}){suffix}", *operands, effect=Effect.CALL)


def push_from_buffer(t: Translation, signature: FuncType) -> None:
    """Push the results that a callee has put into the buffer for them."""
    t.context.budget.load_results(len(signature.results))
    t.found.result_slots = max(t.found.result_slots, len(signature.results))
    for number, code in enumerate(codes(signature.results)):
        address = t.ir.offset("%results", SLOT_SIZE * number)
        t.push(code, t.ir.load(IR_TYPE[code], address, ", align 16"))


def exact_arguments(t: Translation, signature: FuncType) -> list[Operand]:
    """Pop the arguments of a call, their bits defined."""
    return [(code, t.nan.exact(code, operand)) for code, operand in t.pop_many(len(signature.params))]


def call_function(t: Translation, target: str, signature: FuncType, index: int, kind: SiteKind, callee: int, safepoint: bool) -> None:
    """A call of a WebAssembly function, operands on the stack."""
    arguments = exact_arguments(t, signature)
    if safepoint and t.context.checkpoint:
        t.mode.safepoint_call(target, signature, arguments, site_here(t, kind, index, callee, t.body.liveness[index + 1]))
    elif t.context.checkpoint:
        # The call's place, for backtraces; it costs no instruction.
        call(t, target, signature, arguments, place_record(t, index))
    else:
        # Without records LLVM must still not turn runaway recursion into a loop.
        call(t, target, signature, arguments, attribute="notail " if safepoint else "")


def host_call(t: Translation, function: int, signature: FuncType, index: int, live: int) -> None:
    """Call an imported function; ``live`` is the mask of the locals that are live after it."""
    record = NO_RECORD
    if t.context.checkpoint and function in t.context.plan.may_poll:
        # The operands are recorded with the arguments: a restored frame issues the call again.
        site = site_here(t, SiteKind.HOST, index, function, live)
        t.mode.before_host_call(site)
        record = t.mode.record(site)
    arguments = exact_arguments(t, signature)
    text = "ptr @wanco_instance" + "".join([f", {host_type(code)} {operand}" for code, operand in arguments])
    call_text = f"call {host_result(signature)} @{t.context.host_symbols[function]}({text}){record.text}"
    operands = (*(operand for _, operand in arguments), *record.operands)
    if signature.results:
        t.push(CODE[signature.results[0]], t.ir.assign(call_text, *operands, effect=Effect.CALL))
    else:
        t.ir.do(call_text, *operands, effect=Effect.CALL)


def host_type(code: int) -> str:
    """Type of a value that crosses to C: RISC-V wants i32 sign-extended."""
    return "i32 signext" if code == I32 else IR_TYPE[code]


def host_result(signature: FuncType) -> str:
    """Result type of a host function; attributes stand before it."""
    if not signature.results:
        return "void"
    code = CODE[signature.results[0]]
    return "signext i32" if code == I32 else IR_TYPE[code]


def emit_return(t: Translation) -> None:
    """Return the operands on the stack."""
    operands = [(code, t.nan.exact(code, operand)) for code, operand in t.pop_many(len(t.body.signature.results))]
    if by_buffer(t.body.signature):
        for number, (code, operand) in enumerate(operands):
            address = t.ir.offset("%res", SLOT_SIZE * number)
            t.ir.store(IR_TYPE[code], operand, address, ", align 16")
        t.ir.leave("ret void")
    elif operands:
        code, operand = operands[0]
        t.ir.leave(f"ret {IR_TYPE[code]} {operand}", operand)
    else:
        t.ir.leave("ret void")
