"""The merged form: one version of a function that is both its ordinary code and its resume function.

A large function is seldom a hot loop, and a second copy of it doubles its text and the time
that LLVM takes.  So its ordinary version can be entered at every site: behind each safepoint
stands a block where the state of the ordinary path meets the one that is loaded from a
restored frame, and goes on in phis.  What LLVM knew of a value in front of a site it no longer
knows behind it; that is the price, and why the functions with loops to be optimised have
resume functions of their own (`wanco.emit.modes.partial`).

Locals are all loaded in one place, whichever the site, so that LLVM can give a local, the value
that is loaded for it and the phis between them one register or stack slot throughout: then
entering at a site moves nothing.  (With loads at each entry, entries took more text than the
function.)

Nothing that was defined in front of a site may be used behind it, other than constants and
what the site records.  A site in a loop enters that loop: so the loop's header has phis for
all that is live, and nothing known of addresses outlives it.

How a frame comes in: ``wr<N>`` puts the frame into `FRAME_POINTER` and calls
``wf<N>`` with the lowest bit of ``%mem`` set, and with no arguments that mean anything; its call
carries the record `TAIL_SITE`, which a stack walk passes over.
"""

from __future__ import annotations

from wanco.analysis.structure import Loop
from wanco.emit import loops
from wanco.emit.calls import call_results, push_from_buffer
from wanco.emit.flow import edge
from wanco.emit.frame_slots import ACCESS, BUFFER, Entries, FrameSlots
from wanco.emit.frames import Header, LoopFrame
from wanco.emit.ir.builder import Block
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.values import CODE, DEAD, IR_TYPE, Operand, by_buffer
from wanco.emit.modes.ordinary import OrdinaryMode
from wanco.emit.safepoints import call_slow_path, requested
from wanco.emit.sites import Site
from wanco.emit.translation import Translation
from wanco.wasm.types import FuncType


class MergedMode(OrdinaryMode):
    """SSA values that meet, behind each site, those of the frame that a restore has brought in."""

    def __init__(self, t: Translation) -> None:
        super().__init__(t)
        self.entries = Entries()
        self.slots = FrameSlots(t.ir)
        self._call_results: set[str] = set()

    # ---- entering at a site ------------------------------------------------------------

    def enter(self, site: Site, kind: str | None = None, result: Operand | None = None) -> None:
        """Let a restored frame in behind a site: from here on its state may be the one in the frame.

        ``kind`` is that of the callee's result, where the site is at a call; ``result`` the result
        if it is one value, which is pushed.
        """
        t = self.t
        if not t.ir.live:
            if result:
                t.stack.append(result)
            return
        before = t.ir.block
        entry, after = Block(t.ir.label()), t.ir.label()
        if kind is None:
            self.entries.add(site.number, entry.label)
        else:
            self.entries.add_call(site.number, kind, entry.label)
        t.ir.jump(after)
        t.ir.start(after)
        kept = [operand if _is_constant(operand) else DEAD for operand in t.locals]
        for local, code in site.locals:
            kept[local] = self._meet(code, t.locals[local], local, before, entry)
        t.locals = kept
        first = len(t.body.local_codes)
        t.stack = [(code, self._meet(code, operand, first + n, before, entry)) for n, (code, operand) in enumerate(t.stack)]
        if result:
            code, operand = result
            name = t.ir.phi(IR_TYPE[code], [(operand, before), (f"%result.{kind}", entry)])
            self._call_results.add(name)
            t.stack.append((code, name))
        entry.end = Instruction(None, f"br label %{after}", (), Effect.OTHER)
        t.ir.set_cold(entry)
        self._forget_addresses()

    def _meet(self, code: int, operand: str, slot: int, block: Block, entry: Block) -> str:
        """One value from the ordinary path and from a slot of the restored frame."""
        if _is_constant(operand):
            return operand
        t = self.t
        self.slots.address(slot)
        loaded = f"%l{slot}"
        if slot >= len(t.body.local_codes):  # there, slots have values of several types
            loaded = t.ir.value()
            entry.body.append(_load(loaded, slot, code))
        name = t.ir.phi(IR_TYPE[code], [(operand, block), (loaded, entry)])
        # What is in a frame is exact, so it may be taken as raw, too.
        if t.nan.needs_canonical(operand):
            t.nan.raw[name] = t.nan.raw[operand]
        elif t.nan.lanes(operand) is not None:  # recorded as raw, so it has been made canonical
            t.nan.canonical.add(name)
        return name

    def local_loads(self) -> list[Instruction]:
        """What loads the locals of the restored frame, for all sites in one place."""
        return [_load(f"%l{n}", n, code) for n, code in enumerate(self.t.body.local_codes) if n in self.slots.used]

    def _forget_addresses(self) -> None:
        """Nothing that is known of addresses holds from here on."""
        self.t.neighbours.forget(0)
        for frame in self.t.frames:
            frame.mark = 0

    # ---- safepoints --------------------------------------------------------------------

    def poll(self, site: Site) -> None:
        t = self.t
        if not t.ir.live:
            return
        slow, going = t.ir.label(), t.ir.label()
        test = requested(t)
        fast = edge(t, len(t.stack), 0)
        t.ir.fork(test, slow, going, rare=True)
        t.ir.start(slow)
        call_slow_path(t, site)
        self.enter(site)
        polled = self.fall_through(going)
        recorded = {local for local, _ in site.locals}
        mask = sum(1 << n for n, operand in enumerate(fast.locals) if n in recorded or _is_constant(operand))
        self.join([fast, polled], going, mask)

    def safepoint_call(self, target: str, signature: FuncType, arguments: list[Operand], site: Site) -> None:
        name = call_results(self.t, target, signature, arguments, self.record(site))
        if by_buffer(signature):
            self.enter(site, BUFFER)
            push_from_buffer(self.t, signature)
        elif signature.results:
            code = CODE[signature.results[0]]
            self.enter(site, IR_TYPE[code], (code, name))
        else:
            self.enter(site, "void")

    def before_host_call(self, site: Site) -> None:
        self.enter(site)

    def discard(self, operand: str) -> None:
        if operand not in self._call_results:
            super().discard(operand)

    # ---- loops -------------------------------------------------------------------------

    def may_strip(self, loop: Loop) -> bool:
        """Polls of a loop that is entered at its poll need no counter: the loop is not vectorised anyway."""
        return False

    def open_header(self, frame: LoopFrame, live: int) -> Header:
        t = self.t
        if frame.start in t.found.short_loops:
            return super().open_header(frame, live)
        header = loops.start_header(t, frame)
        assigned = t.body.structure.loops[frame.start].assigned
        before, t.locals = t.locals, [DEAD] * len(t.locals)
        for local, operand in enumerate(before):
            changes = assigned >> local & 1
            if _is_constant(operand) and not changes:
                t.locals[local] = operand
            elif live >> local & 1:
                t.locals[local] = loops.header_phi(t, header, local, t.body.local_codes[local], operand)
        for position, (code, operand) in enumerate(t.stack):
            if position >= frame.height or not _is_constant(operand):
                t.stack[position] = (code, loops.header_phi(t, header, ~position, code, operand))
        self._forget_addresses()
        return header


def _load(name: str, slot: int, code: int) -> Instruction:
    return Instruction(name, f"load {IR_TYPE[code]}, ptr %h{slot}{ACCESS}", (), Effect.PLACED)


def _is_constant(operand: str) -> bool:
    return not operand.startswith("%") and operand != DEAD
