"""Where a module is entered: its exports and its start function, and the uniform wrappers around them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from wanco.abi.layout import FRAME, ExternKind
from wanco.abi.symbols import ENTRY, FUNCTION, RESUME_SECTION, RESUMED_ENTRY, TEXT_SECTION
from wanco.analysis.safepoints import SafepointPlan
from wanco.emit.ir.definition import Definition
from wanco.emit.ir.prelude import Attributes
from wanco.emit.ir.values import IR_TYPE, by_buffer, codes, result_type, slot
from wanco.emit.records import ENTRY_RECORD
from wanco.errors import CompileError
from wanco.wasm.module import Module
from wanco.wasm.types import FuncType

COMMAND = "_start"
"""The export that makes a module a command."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """An export, or the start function (whose name is None); ``wrapped``: it has wrappers."""

    number: int
    name: str | None
    kind: ExternKind
    index: int
    wrapped: bool

    def wraps(self, function: int) -> bool:
        """Whether its wrappers call this function."""
        return self.wrapped and self.index == function


def entry_points(module: Module, wrappers: str) -> list[EntryPoint]:
    """The exports, then the start function; ``wrappers`` as in `EmitOptions`.

    Raises:
        CompileError: a command is wanted, and the module is none.
    """
    entries = []
    for number, export in enumerate(module.exports):
        wrapped = export.kind == ExternKind.FUNCTION and (wrappers == "all" or export.name == COMMAND)
        entries.append(EntryPoint(number, export.name, export.kind, export.index, wrapped))
    if module.start is not None:
        entries.append(EntryPoint(len(entries), None, ExternKind.FUNCTION, module.start, True))
    if wrappers != "all" and not any(e.name == COMMAND and e.wrapped for e in entries):
        raise CompileError("the module exports no _start function: it is not a command")
    return entries


def resumes_entry(entry: EntryPoint, plan: SafepointPlan, resumable: Collection[int]) -> bool:
    """Whether a frame can be the outermost one of an entry: of its function, or of one that took its place by a tail call.

    ``resumable`` are the functions that have a resume function.
    """
    return entry.index in resumable or (entry.index in plan.tail_calls.classes and entry.index in plan.may_poll)


def entry_wrappers(entry: EntryPoint, signature: FuncType, resumes: bool) -> Iterator[Definition]:
    """The wrappers of an entry; one that continues it, where it can be resumed."""
    yield _entry(entry, signature)
    if resumes:
        yield _resumed_entry(entry, signature)


def _entry(entry: EntryPoint, signature: FuncType) -> Definition:
    lines, arguments = [], "ptr %mem"
    for position, code in enumerate(codes(signature.params)):
        lines.append(f"  %a{position} = {slot('%slots', position)}")
        lines.append(f"  %v{position} = load {IR_TYPE[code]}, ptr %a{position}, align 16")
        arguments += f", {IR_TYPE[code]} %v{position}"
    lines += _wrapped_call(f"@{FUNCTION(entry.index)}", arguments, signature)
    return _wrapper(ENTRY(entry.number), "ptr %mem, ptr %slots", TEXT_SECTION, lines, {FUNCTION(entry.index)})


def _resumed_entry(entry: EntryPoint, signature: FuncType) -> Definition:
    # The frame may be of a function that took the entry's place by a tail call.
    lines = [
        f"  %place = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['resume']}",
        "  %resume = load ptr, ptr %place",
        *_wrapped_call("%resume", "ptr %mem, ptr %frame", signature),
    ]
    return _wrapper(RESUMED_ENTRY(entry.number), "ptr %mem, ptr %frame, ptr %slots", RESUME_SECTION, lines)


def _wrapped_call(target: str, arguments: str, signature: FuncType) -> list[str]:
    kind = result_type(signature)
    if by_buffer(signature):
        return [f"  call void {target}({arguments}, ptr %slots){ENTRY_RECORD.text}"]
    if kind == "void":
        return [f"  call void {target}({arguments}){ENTRY_RECORD.text}"]
    return [f"  %r = call {kind} {target}({arguments}){ENTRY_RECORD.text}", f"  store {kind} %r, ptr %slots, align 16"]


def _wrapper(symbol: str, parameters: str, section: str, lines: list[str], called: Collection[str] = ()) -> Definition:
    head = f'void @{symbol}({parameters}) {Attributes.WASM} section "{section}" {{'
    return Definition(symbol, "\n".join([head, *lines, "  ret void\n}\n"]), called=frozenset(called))
