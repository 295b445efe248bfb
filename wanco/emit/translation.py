"""The translation of one function: all that is known while its body is walked.

The walk and the operators work on a `Translation`.  It holds the parts and adds nothing to them but
the operand stack's short forms; each part has a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wanco.emit.addresses import Neighbours
from wanco.emit.context import Body, FunctionContext
from wanco.emit.frames import ControlFrame
from wanco.emit.ir.builder import Builder
from wanco.emit.ir.values import I32, Operand
from wanco.emit.known import KnownValues
from wanco.emit.nan import NanState, PhiStates
from wanco.emit.sites import Site
from wanco.emit.state_mode import StateMode
from wanco.emit.streams import Streams
from wanco.emit.waiting import WaitingStores


@dataclass(slots=True)
class Findings:
    """What the walk over a function's body finds out; a resume function follows its ordinary version in it."""

    first_site: int
    sites: dict[tuple[int, int], Site] = field(default_factory=dict)
    """By instruction index and kind, in the order of their numbers."""
    reachable_ends: set[int] = field(default_factory=set)
    """Indices of the `end`s behind which code is reachable."""
    short_loops: set[int] = field(default_factory=set)
    """Start indices of the loops that need no poll because they are short."""
    discards: bool = False
    """The function throws away operands that it has computed."""
    unused_sets: bool = False
    """It gives a local a computed value that nothing reads."""
    hands_over: bool = False
    """It makes guaranteed tail calls of functions that can poll."""
    result_slots: int = 0
    """Slots of the buffer that calls with several results share."""

    def slot_count(self, locals_: int) -> int:
        """Slots of a frame: one for each local, then the operand stack's."""
        return locals_ + max((len(site.stack) for site in self.sites.values()), default=0)


class Translation:
    """One function on its way to IR; ``mode`` is how its state is held now."""

    mode: StateMode

    def __init__(self, context: FunctionContext, body: Body, findings: Findings, states: PhiStates, entry: str = "entry") -> None:
        self.context = context
        self.module = context.module
        self.body = body
        self.found = findings
        self.ir = Builder(entry)
        self.nan = NanState(self.ir, states)
        self.known = KnownValues()
        self.neighbours = Neighbours()
        self.streams = Streams()
        self.waiting = WaitingStores()
        self.locals: list[str] = []
        self.stack: list[Operand] = []
        self.frames: list[ControlFrame] = []

    # ---- operand stack ----------------------------------------------------------------

    def push(self, code: int, operand: str) -> None:
        """Push an operand."""
        self.stack.append((code, operand))

    def push_raw(self, code: int, operand: str) -> None:
        """Push a float whose NaN bits are unspecified."""
        self.nan.raw[operand] = code
        self.stack.append((code, operand))

    def pop_typed(self) -> Operand:
        """Pop an operand with its code."""
        return self.mode.pop()

    def pop(self) -> str:
        """Pop an operand."""
        return self.mode.pop()[1]

    def top(self) -> str:
        """The operand on top, which stays."""
        operand = self.mode.pop()
        self.stack.append(operand)
        return operand[1]

    def pop_many(self, count: int) -> list[Operand]:
        """Pop ``count`` operands, returned in the order in which they were pushed."""
        return [self.mode.pop() for _ in range(count)][::-1]

    def push_boolean(self, condition: str) -> None:
        """Push an i1 as i32, remembering the i1."""
        wide = self.ir.cast("zext", "i1", condition, "i32")
        self.known.boolean[wide] = condition
        self.stack.append((I32, wide))

    def pop_condition(self) -> str:
        """Pop an i32 and test it against zero."""
        operand = self.pop()
        return self.known.boolean.get(operand) or self.ir.icmp("ne", "i32", operand, "0")

    # ---- short forms --------------------------------------------------------------------

    def get_local(self, local: int) -> str:
        """The present value of a local."""
        return self.mode.get_local(local)

    def set_local(self, local: int, operand: str) -> None:
        """Give a local a value."""
        self.mode.set_local(local, operand)

    def discard(self, operand: str) -> None:
        """Note that an operand that was taken is thrown away."""
        self.mode.discard(operand)

    def note_neighbour(self, root: str, distance: int, pointer: str, accessed: bool) -> None:
        """Note the native address of ``root + distance``, known from here on."""
        if self.ir.live and self.mode.keeps_addresses:
            self.neighbours.note(root, distance, pointer, accessed)

    def is_safepoint_call(self, index: int) -> bool:
        """Whether the call at an instruction index is a safepoint."""
        return self.context.plan.is_safepoint_call(self.body.instrs[index][2])


Handler = Callable[[Translation, Any, int], None]
"""Emits one instruction: (translation, immediate, instruction index)."""
