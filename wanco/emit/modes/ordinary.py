"""State in SSA values: the mode of ordinary versions, and the base of the modes that differ from it in a few points."""

from __future__ import annotations

from wanco.analysis.structure import Loop
from wanco.analysis.tail_calls import TailForm
from wanco.emit import flow, loops, safepoints
from wanco.emit.calls import call
from wanco.emit.frames import ControlFrame, Edge, Header, IfFrame, LoopFrame
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.values import Operand
from wanco.emit.records import Record
from wanco.emit.sites import Site
from wanco.emit.state_mode import StateMode
from wanco.emit.translation import Translation
from wanco.wasm.types import FuncType


class OrdinaryMode(StateMode):
    """Every local and operand is an SSA value; where paths meet there are phis."""

    def __init__(self, t: Translation) -> None:
        self.t = t

    # ---- the entry --------------------------------------------------------------------

    def begin(self) -> None:
        """The locals have their first values."""

    def entry(self) -> list[Instruction]:
        """What the mode needs computed at the function's entry; known when the body has been walked."""
        return []

    # ---- values -----------------------------------------------------------------------

    def get_local(self, local: int) -> str:
        return self.t.locals[local]

    def set_local(self, local: int, operand: str) -> None:
        self.t.locals[local] = operand

    def pop(self) -> Operand:
        return self.t.stack.pop()

    def discard(self, operand: str) -> None:
        # A call stays whatever becomes of its result; compilers leave nothing else to drop.
        if operand.startswith("%v") and self.t.ir.live:
            body = self.t.ir.block.body
            if not body or body[-1].effect is not Effect.CALL:
                self.t.found.discards = True

    # ---- control flow -----------------------------------------------------------------

    def opened(self, frame: ControlFrame) -> None:
        pass

    def target(self, frame: ControlFrame, conditional: bool) -> str:
        frame.edges.append(flow.edge_to(self.t, frame))
        return frame.label

    def fall_through(self, label: str) -> Edge:
        return flow.fall_through(self.t, label)

    def join(self, edges: list[Edge], label: str, live: int) -> None:
        flow.join(self.t, edges, label, live)

    def open_else(self, frame: IfFrame) -> None:
        self.join([frame.else_edge] if frame.else_edge else [], frame.else_label, -1)

    def after_end(self, frame: ControlFrame, index: int) -> None:
        self.t.ir.reachable = self.t.ir.live
        if self.t.ir.live:
            self.t.found.reachable_ends.add(index)

    def skip_dead(self, index: int) -> int:
        return index

    # ---- loops ------------------------------------------------------------------------

    def open_loop(self, signature: FuncType, index: int) -> None:
        loops.open_loop(self.t, signature, index)

    def close_loop(self, frame: ControlFrame) -> None:
        assert isinstance(frame, LoopFrame)
        loops.close_loop(self.t, frame)

    def is_short(self, loop: Loop) -> bool:
        return loops.is_short(self.t, loop)

    def may_strip(self, loop: Loop) -> bool:
        return loops.may_strip(self.t, loop)

    def open_header(self, frame: LoopFrame, live: int) -> Header:
        return loops.open_header(self.t, frame, live)

    # ---- safepoints and calls ---------------------------------------------------------

    def note_raw(self, site: Site) -> None:
        site.raw = safepoints.raw_values(self.t, site)

    def record(self, site: Site) -> Record:
        return safepoints.record_values(self.t, site)

    def poll(self, site: Site) -> None:
        safepoints.poll(self.t, site)

    def safepoint_call(self, target: str, signature: FuncType, arguments: list[Operand], site: Site) -> None:
        call(self.t, target, signature, arguments, self.record(site))

    def before_host_call(self, site: Site) -> None:
        pass

    def tail_form(self, target: int) -> TailForm:
        return self.t.context.plan.tail_calls.form(self.t.module, self.t.body.index, target)
