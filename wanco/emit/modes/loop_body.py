"""State in SSA values between frame slots: the copies of loops in resume functions (`wanco.emit.modes.partial`).

A loop body is entered only through its header, with what it reads loaded from frame slots.  Its exits store
what it has changed.  If no call in it is a safepoint, its polls do so, too, and record the frame's
address: then it need not hold the values that it does not use.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanco.analysis.structure import Loop
from wanco.analysis.tail_calls import TailForm
from wanco.emit.context import bits
from wanco.emit.frame_slots import FrameSlots
from wanco.emit.frames import ControlFrame, Edge, LoopFrame, PartialLoopFrame
from wanco.emit.ir.values import F32, F64, V128, Operand
from wanco.emit.modes.ordinary import OrdinaryMode
from wanco.emit.records import Record, frame_record, values_record
from wanco.emit.safepoints import site_values
from wanco.emit.sites import Site
from wanco.emit.state_mode import FRAME_SLOT
from wanco.emit.translation import Translation
from wanco.wasm.columns import Effect
from wanco.wasm.opcodes import with_effects

_READS_LOCAL = with_effects(Effect.READS_LOCAL)


class LoopBodyMode(OrdinaryMode):
    """SSA values; operands below the loop's are in their slots, if its polls store to slots."""

    def __init__(self, t: Translation, slots: FrameSlots, loop: Loop, stores_to_poll: bool) -> None:
        super().__init__(t)
        self.slots = slots
        self.loop = loop
        self.stores_to_poll = stores_to_poll

    def pop(self) -> Operand:
        return pop_from_slot(self.t, self.slots)

    def target(self, frame: ControlFrame, conditional: bool) -> str:
        if not frame.spilled:
            return super().target(frame, conditional)
        return branch_with_slots(self.t, self.slots, frame, conditional, self.loop.assigned)

    def after_end(self, frame: ControlFrame, index: int) -> None:
        self.t.ir.reachable = self.t.ir.live

    def is_short(self, loop: Loop) -> bool:
        """The ordinary version has decided: it knows where the count comes from."""
        return loop.start in self.t.found.short_loops

    def tail_form(self, target: int) -> TailForm:
        """An ordinary call, as in the partial body."""
        return TailForm.CALL

    def note_raw(self, site: Site) -> None:
        """The ordinary version has decided; `record` follows it."""

    def record(self, site: Site) -> Record:
        t = self.t
        if self.stores_to_poll:
            self._store_changes(site)
            return frame_record(site.number)
        t.context.budget.record(len(site.locals) + len(t.stack))
        values: list[Operand] = []
        for position, (code, operand) in enumerate(site_values(t, site)):
            if code == V128 or (code in (F32, F64) and position not in site.raw):
                operand = t.nan.exact(code, operand)
            values.append((code, operand))
        return values_record(site.number, values)

    def _store_changes(self, site: Site) -> None:
        """Store what the loop has changed of a site's values."""
        t = self.t
        for local, code in site.locals:
            if self.loop.assigned >> local & 1:
                store_slot(t, self.slots, local, code, t.locals[local])
        for position, (code, operand) in enumerate(t.stack):
            if operand != FRAME_SLOT:
                store_slot(t, self.slots, len(t.body.local_codes) + position, code, operand)


def store_slot(t: Translation, slots: FrameSlots, number: int, code: int, operand: str) -> None:
    """Put a value, made exact, into a slot."""
    slots.store(number, code, t.nan.exact(code, operand))


def slot_stack(types: Sequence[int]) -> list[Operand]:
    """An operand stack that is all in its slots."""
    return [(code, FRAME_SLOT) for code in types]


def pop_from_slot(t: Translation, slots: FrameSlots) -> Operand:
    """Take the top of the operand stack, loaded from its slot if it is there."""
    code, operand = t.stack.pop()
    if operand == FRAME_SLOT:
        operand = slots.load(len(t.body.local_codes) + len(t.stack), code)
    return code, operand


def reads(t: Translation, loop: Loop) -> int:
    """Mask of the locals that a loop reads."""
    mask = 0
    for op, _, immediate in t.body.instrs[loop.start : loop.end]:
        if op in _READS_LOCAL:
            mask |= 1 << immediate
    return mask


def branch_with_slots(t: Translation, slots: FrameSlots, frame: ControlFrame, conditional: bool, changed: int) -> str:
    """The label to branch to for a construct whose state is in frame slots.

    What the branch carries is stored on the way: the locals of the mask ``changed`` that are live there,
    and the operands that are not in their slots already.
    """
    frame.edges.append(Edge(t.ir.block, [], list(t.stack)))
    operands = _top_operands(t, slots, frame.height, len(frame.branch_codes))
    is_loop = isinstance(frame, LoopFrame | PartialLoopFrame)
    changed &= t.body.liveness.get(frame.start if is_loop else frame.end, 0)
    moved = [n for n, (_, operand) in enumerate(operands) if operand != FRAME_SLOT]
    if not changed and not moved:
        return frame.label
    if not conditional:
        _store_carried(t, slots, frame, operands, changed)
        return frame.label
    between = t.ir.label()
    with t.ir.aside(between):
        _store_carried(t, slots, frame, operands, changed)
        t.ir.jump(frame.label)
    return between


def _store_carried(t: Translation, slots: FrameSlots, frame: ControlFrame, operands: Sequence[Operand], changed: int) -> None:
    first = len(t.body.local_codes)
    for local in bits(changed):
        store_slot(t, slots, local, t.body.local_codes[local], t.locals[local])
    for n, (code, operand) in enumerate(operands):
        if operand != FRAME_SLOT:
            store_slot(t, slots, first + frame.height + n, code, operand)


def _top_operands(t: Translation, slots: FrameSlots, height: int, count: int) -> list[Operand]:
    """The top operands; those in slots are loaded if a label wants them from ``height`` on
    and they are elsewhere.  Loading all of them first makes the order of the stores free."""
    first = len(t.stack) - count
    operands = t.stack[first:]
    if first == height:
        return operands
    base = len(t.body.local_codes) + first
    return [
        (code, slots.load(base + n, code) if operand == FRAME_SLOT else operand)
        for n, (code, operand) in enumerate(operands)
    ]
