"""Traps: calls of the runtime in cold blocks, with records that name their places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wanco.abi.layout import Trap
from wanco.emit import records
from wanco.emit.ir.instruction import Effect
from wanco.emit.records import Record, location_record
from wanco.emit.translation import Translation


def location(t: Translation, index: int) -> int:
    """Record number that names the place of an instruction."""
    return records.location(t.body.index, t.body.instrs[index][1])


def place_record(t: Translation, index: int) -> Record:
    """The record of a call that can trap, or be found in a backtrace, at an instruction."""
    return location_record(location(t, index))


def trap(t: Translation, code: Trap | str, index: int) -> None:
    """Trap with a code, or with an i32 operand that holds one, and end the block."""
    number = code if isinstance(code, str) else str(int(code))
    t.ir.do(f"call void @wanco_trap(i32 {number}){place_record(t, index).text}", number, effect=Effect.CALL)
    t.ir.leave("unreachable")


def trap_if(t: Translation, condition: str, code: Trap, index: int) -> None:
    """Trap where an i1 holds."""
    with cold_path(t, condition):
        trap(t, code, index)


@contextmanager
def cold_path(t: Translation, condition: str) -> Iterator[None]:
    """Code that runs where an i1 holds, which is rare; it must end its block."""
    if not t.ir.live:
        state = t.ir.live, t.ir.reachable
        yield
        t.ir.live, t.ir.reachable = state
        return
    rare, going = t.ir.label(), t.ir.label()
    t.ir.fork(condition, rare, going, rare=True)
    with t.ir.aside(rare):
        yield
    t.ir.start(going)
