"""State in frame slots: the partial body of a resume function, in which a restored frame re-enters compiled code.

A resume function's body exists as

* a *partial body*: the code that finishes the interrupted iteration.  Sites enter here, in the
  middle of whatever they are in.  State stands in memory here, in the frame that the snapshot was
  read into: each local and each place of the operand stack has a slot of it.  So entering at a
  site is nothing but a jump, branches need no phis, and a safepoint records the frame's address in
  place of the values (`FRAME_SITE`).
* *loop bodies*, one copy of each loop, made by walking that loop's instructions again, in SSA form as
  in the ordinary version (`wanco.emit.modes.loop_body`).  In the partial body a branch to the head
  of a loop goes to its loop body, which loads what it needs; its exits store what it changed and
  lead back into the partial body.

A hot loop is thus entered only through its header and lives in registers, as fast after a
restore as before.  Copies of nested loops add up, so in a large function only innermost
loops are copied; the loops around them are *open*: one copy, in the partial body, with a back edge.

While walking the partial body, code that no site has entered yet is *dead* though reachable:
handlers run to keep track of the operand stack's types, but emit nothing.

Slots hold exact values: a raw one is canonicalised when it is stored.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from wanco.abi.layout import SiteKind
from wanco.analysis.structure import Loop
from wanco.analysis.tail_calls import TailForm
from wanco.emit.calls import call, push_from_buffer
from wanco.emit.context import bits
from wanco.emit.flow import next_reachable, open_frame
from wanco.emit.frame_slots import BUFFER, Entries, FrameSlots
from wanco.emit.frames import ControlFrame, Edge, Header, IfFrame, LoopFrame, PartialLoopFrame
from wanco.emit.ir.values import CODE, DEAD, Operand, by_buffer, codes, result_type
from wanco.emit.modes.forms import ResumeForm
from wanco.emit.modes.loop_body import LoopBodyMode, branch_with_slots, pop_from_slot, reads, slot_stack, store_slot
from wanco.emit.nan import PhiStates
from wanco.emit.records import Record, frame_record
from wanco.emit.safepoints import poll
from wanco.emit.sites import Site
from wanco.emit.state_mode import FRAME_SLOT, StateMode
from wanco.emit.translation import Translation
from wanco.wasm.columns import Flow
from wanco.wasm.opcodes import OPENING, with_flow
from wanco.wasm.types import FuncType

_IFS = with_flow(Flow.IF)

Walk = Callable[[int, int], None]
"""Emits the instructions from one index to another, both included."""


class PartialMode(StateMode):
    """All state is in the slots of ``%frame``; the operand stack may have SSA values on top of them."""

    keeps_addresses = False  # any site can be entered
    call_attribute = " noinline"  # a call is made once here: nothing is won by having the callee in place

    def __init__(self, t: Translation, form: ResumeForm, raw_phis: PhiStates, walk: Walk) -> None:
        self.t = t
        self.form = form
        self.entries = Entries()
        self.slots = FrameSlots(t.ir)
        self._raw_phis = raw_phis
        """The ordinary version's raw loop phis."""
        self._walk = walk
        self._site_indices = sorted({index for index, _ in t.found.sites})

    # ---- values -----------------------------------------------------------------------

    def get_local(self, local: int) -> str:
        return self.slots.load(local, self.t.body.local_codes[local])

    def set_local(self, local: int, operand: str) -> None:
        store_slot(self.t, self.slots, local, self.t.body.local_codes[local], operand)

    def pop(self) -> Operand:
        return pop_from_slot(self.t, self.slots)

    def discard(self, operand: str) -> None:
        """The ordinary version has decided: here a call's result that is dropped comes from its slot,
        as any operand could."""

    def _spill(self) -> None:
        """Bring the operand stack into its slots."""
        t, first = self.t, len(self.t.body.local_codes)
        for position, (code, operand) in enumerate(t.stack):
            if operand != FRAME_SLOT:
                store_slot(t, self.slots, first + position, code, operand)
                t.stack[position] = (code, FRAME_SLOT)

    # ---- control flow -----------------------------------------------------------------

    def opened(self, frame: ControlFrame) -> None:
        frame.spilled = True
        self._spill()

    def target(self, frame: ControlFrame, conditional: bool) -> str:
        return branch_with_slots(self.t, self.slots, frame, conditional, changed=0)

    def fall_through(self, label: str) -> Edge:
        self._spill()
        self.t.ir.jump(label)
        self.t.ir.live = False
        return Edge(self.t.ir.block, [], list(self.t.stack))

    def join(self, edges: list[Edge], label: str, live: int) -> None:
        self.t.ir.live = bool(edges)
        if edges:
            self.t.ir.start(label)

    def open_else(self, frame: IfFrame) -> None:
        if frame.else_edge:
            self.t.ir.start(frame.else_label)
        self.t.ir.reachable = True
        self.t.stack = self.t.stack[: frame.height] + slot_stack(frame.parameter_codes)

    def after_end(self, frame: ControlFrame, index: int) -> None:
        self.t.ir.reachable = self.t.ir.live
        if self.t.ir.live or index in self.t.found.reachable_ends:
            self.t.ir.reachable = True
            self.t.stack = self.t.stack[: frame.height] + slot_stack(frame.end_codes)

    def skip_dead(self, index: int) -> int:
        t = self.t
        instrs, end_of = t.body.instrs, t.body.structure.end_of
        while instrs[index][0] in OPENING:
            op, _, signature = instrs[index]
            end = end_of[index]
            if self._has_site(index, end):
                return index
            if op in _IFS:
                t.stack.pop()
            del t.stack[len(t.stack) - len(signature.params) :]
            if end not in t.found.reachable_ends:
                t.ir.reachable = False
                return next_reachable(t)
            t.stack += [(CODE[kind], FRAME_SLOT) for kind in signature.results]
            index = end + 1
        return index

    def _has_site(self, start: int, stop: int) -> bool:
        """Whether a site lies between two instruction indices."""
        at = bisect_left(self._site_indices, start)
        return at < len(self._site_indices) and self._site_indices[at] <= stop

    # ---- entering at a site -----------------------------------------------------------

    def enter(self, site: Site) -> None:
        """Open the block in which a restored frame enters."""
        label = self.t.ir.label()
        self.entries.add(site.number, label)
        if self.t.ir.live:
            self.fall_through(label)
        self.t.ir.start(label)
        self.t.stack = slot_stack(site.stack)

    def _enter_behind_call(self, site: Site, signature: FuncType) -> None:
        """Open the block in which a restored frame goes on with the callee's result, and push that."""
        kind = BUFFER if by_buffer(signature) else result_type(signature)
        label = self.t.ir.label()
        self.entries.add_call(site.number, kind, label)
        self.t.ir.start(label)
        self.t.stack = slot_stack(site.stack)
        if kind == BUFFER:
            push_from_buffer(self.t, signature)
        elif signature.results:
            self.t.push(CODE[signature.results[0]], f"%result.{kind}")

    def safepoint_call(self, target: str, signature: FuncType, arguments: list[Operand], site: Site) -> None:
        self._spill()
        after, live = self.t.ir.label(), self.t.ir.live
        if live:
            call(self.t, target, signature, arguments, self.record(site))
            self.fall_through(after)
        self._enter_behind_call(site, signature)
        if live:
            self.fall_through(after)
            self.t.ir.start(after)

    def before_host_call(self, site: Site) -> None:
        self.enter(site)

    def tail_form(self, target: int) -> TailForm:
        """An ordinary call, as prototypes differ: a restored stack has at most one such frame per
        activation, and the next snapshot none of them."""
        return TailForm.CALL

    # ---- records and polls ------------------------------------------------------------

    def note_raw(self, site: Site) -> None:
        """The ordinary version has decided."""

    def record(self, site: Site) -> Record:
        return frame_record(site.number)

    def poll(self, site: Site) -> None:
        poll(self.t, site)

    # ---- loops ------------------------------------------------------------------------

    def is_short(self, loop: Loop) -> bool:
        """The ordinary version has decided: it knows where the count comes from."""
        return loop.start in self.t.found.short_loops

    def may_strip(self, loop: Loop) -> bool:
        raise AssertionError("a loop of the partial body has no header")

    def open_header(self, frame: LoopFrame, live: int) -> Header:
        raise AssertionError("a loop of the partial body has no header")

    def open_loop(self, signature: FuncType, index: int) -> None:
        t = self.t
        loop = t.body.structure.loops[index]
        self._spill()
        parameters = codes(signature.params)
        height = len(t.stack) - len(parameters)
        frame = PartialLoopFrame(index, loop.end, height, parameters, codes(signature.results), parameters, t.ir.label(), spilled=True)
        frame.site = t.found.sites.get((index, SiteKind.LOOP))
        open_frame(t, frame)
        frame.has_loop_body = loop.back_edges > 0 and (self.form is ResumeForm.FULL or loop.innermost)
        frame.header_label = t.ir.label()
        frame.entered = t.ir.live or frame.site is not None
        if t.ir.live:
            self.fall_through(frame.header_label)
        if not frame.has_loop_body:
            # The header of an open loop: a block here, which its latch and its site enter, too.
            t.ir.start(frame.header_label)

    def close_loop(self, frame: ControlFrame) -> None:
        assert isinstance(frame, PartialLoopFrame)
        t, exits = self.t, []
        after = t.ir.label()
        if t.ir.live:
            exits.append(self.fall_through(after))
        if frame.edges:
            t.ir.start(frame.label)
            if frame.site:  # where the ordinary version polls, so does this one: polls are counted
                self.poll(frame.site)
            t.ir.leave(f"br label %{frame.header_label}")
        if frame.site:
            self.entries.add(frame.site.number, frame.header_label)
        if frame.has_loop_body and (frame.entered or frame.edges):
            self._emit_loop_body(frame)
            if t.ir.live:
                exits.append(self.fall_through(after))
        self.join(exits, after, 0)

    def _emit_loop_body(self, frame: PartialLoopFrame) -> None:
        """The loop body, from frame slots to frame slots."""
        t = self.t
        loop = t.body.structure.loops[frame.start]
        t.ir.start(frame.header_label)
        # A poll, which is rare, can store what the loop has changed; at calls all that is live is recorded.
        stores_to_poll = not any(map(t.is_safepoint_call, loop.calls))
        below = [code for code, _ in t.stack[: frame.height]]
        self._load_state(frame, loop, below, stores_to_poll)
        t.mode = LoopBodyMode(t, self.slots, loop, stores_to_poll)
        self._walk(frame.start, frame.end)
        t.mode = self
        t.neighbours.forget(0)
        if t.ir.live:
            for local in bits(loop.assigned & t.body.liveness[frame.end]):
                self.set_local(local, t.locals[local])
            t.stack = slot_stack(below) + t.stack[frame.height :]
        else:  # what encloses the loop may go on, by branches out of it
            t.stack = slot_stack(below)

    def _load_state(self, frame: PartialLoopFrame, loop: Loop, below: Sequence[int], stores_to_poll: bool) -> None:
        """Give the loop body what it uses in SSA values: everything that it records, if it has to hold that."""
        t, first = self.t, len(self.t.body.local_codes)
        t.locals = [DEAD] * first
        wanted = t.body.liveness[frame.start]
        if stores_to_poll:
            wanted &= loop.assigned | reads(t, loop)
        for local in bits(wanted):
            t.locals[local] = self.slots.load(local, t.body.local_codes[local])
            self._mark_raw(frame.start, local, t.locals[local])
        types = [*below, *frame.branch_codes]
        lowest = frame.height if stores_to_poll else 0
        t.stack = slot_stack(types[:lowest])
        for position, code in enumerate(types[lowest:], lowest):
            operand = self.slots.load(first + position, code)
            self._mark_raw(frame.start, ~position, operand)
            t.stack.append((code, operand))

    def _mark_raw(self, loop: int, slot: int, operand: str) -> None:
        """Take a value that enters a loop as raw where the ordinary loop's phi is: in its slot it is canonical."""
        lanes = self._raw_phis.get((loop, slot))
        if lanes is not None:
            self.t.nan.raw[operand] = lanes
