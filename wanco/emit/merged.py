"""The merged form: one version of a function that is both its ordinary code and its resume function.

A large function is seldom a hot loop, and a second copy of it doubles its text and the time
that LLVM takes.  So its ordinary version can be entered at every site: behind each safepoint
stands a block where the state of the ordinary path meets the one that is loaded from a
restored frame, and goes on in phis.  What LLVM knew of a value in front of a site it no longer
knows behind it; that is the price, and why the functions with loops to be optimised have
resume functions of their own (`wanco.emit.resume`).

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

from wanco.abi.layout import TAIL_SITE
from wanco.analysis.structure import Loop
from wanco.emit.function import Body, Frame, FunctionContext, FunctionEmitter, Header, PhiNatures
from wanco.emit.homes import BUFFER, FRAME_POINTER, FRAME_TAG, Entries, home_address
from wanco.emit.sites import Site
from wanco.emit.values import CODE, DEAD, IR_TYPE, Operand, by_buffer, codes, result_type
from wanco.wasm.types import FuncType


class MergedEmitter(FunctionEmitter):
    """Emits the one version of a function in the merged form, and the thunk that enters it."""

    def __init__(self, context: FunctionContext, body: Body, first_site: int, natures: PhiNatures) -> None:
        super().__init__(context, body, first_site, natures)
        self.entries = Entries()
        self.homes: set[int] = set()
        self.call_results: set[str] = set()

    # ---- shape of the function ---------------------------------------------------------

    memory_parameter = "%tagged"
    attributes = "#6"

    def dispatch(self) -> list[str]:
        homes = [f"  %h{n} = {home_address(n)}" for n in sorted(self.homes)]
        return [
            "  %tag = ptrtoint ptr %tagged to i64",
            "  %resumes = trunc i64 %tag to i1",
            "  %mem = call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)",
            "  br i1 %resumes, label %resume, label %body, !prof !0",
            "resume:",
            f"  %frame = load ptr, ptr {FRAME_POINTER}",
            *homes,
            *(f"  %l{n} = {self.load(n, code)}" for n, code in enumerate(self.body.local_codes) if n in self.homes),
            *self.entries.dispatch(),
            "body:",
        ]

    def begin(self) -> None:
        self.block = "body"
        super().begin()

    def thunk(self) -> str:
        """The resume function."""
        signature = self.body.signature
        kind = result_type(signature)
        arguments = "".join(f", {IR_TYPE[code]} poison" for code in codes(signature.params))
        result, passed = (", ptr %res", ", ptr %res") if by_buffer(signature) else ("", "")
        call = f'call {kind} @wf{self.body.index}(ptr %tagged{arguments}{passed}) [ "deopt"(i64 {TAIL_SITE}) ]'
        last = [f"  {call}", "  ret void"] if kind == "void" else [f"  %r = {call}", f"  ret {kind} %r"]
        return "\n".join(
            [
                f'define hidden {kind} @wr{self.body.index}(ptr nonnull %mem, ptr %frame{result}) #0 section "wanco_resume" {{',
                f"  store ptr %frame, ptr {FRAME_POINTER}",
                "  %tagged = getelementptr i8, ptr %mem, i64 1",
                *last,
                "}\n",
            ]
        )

    # ---- entering at a site ------------------------------------------------------------

    def enter(self, site: Site, kind: str | None = None, result: Operand | None = None) -> None:
        """Let a restored frame in behind a site: from here on its state may be the one in the frame.

        ``kind`` is that of the callee's result, where the site is at a call; ``result`` the result
        if it is one value, which is pushed.
        """
        if not self.live:
            if result:
                self.stack.append(result)
            return
        before = self.block
        entry, after = self.new_label(), self.new_label()
        if kind is None:
            self.entries.add(site.number, entry)
        else:
            self.entries.add_call(site.number, kind, entry)
        self.out.append(f"  br label %{after}")
        self.start_block(after)
        loads: list[str] = []
        kept = [operand if _is_constant(operand) else DEAD for operand in self.locals]
        for local, code in site.locals:
            kept[local] = self.meet(code, self.locals[local], local, before, entry, loads)
        self.locals = kept
        first = len(self.body.local_codes)
        self.stack = [(code, self.meet(code, operand, first + n, before, entry, loads)) for n, (code, operand) in enumerate(self.stack)]
        if result:
            code, operand = result
            name = self.assign(f"phi {IR_TYPE[code]} [ {operand}, %{before} ], [ %result.{kind}, %{entry} ]")
            self.call_results.add(name)
            self.stack.append((code, name))
        self.tail.append("\n".join([f"{entry}:", *loads, f"  br label %{after}"]))
        self.forget_addresses()

    def meet(self, code: int, operand: str, slot: int, block: str, entry: str, loads: list[str]) -> str:
        """One value from the ordinary path and from a slot of the restored frame."""
        if _is_constant(operand):
            return operand
        self.homes.add(slot)
        loaded = f"%l{slot}"
        if slot >= len(self.body.local_codes):  # there, slots have values of several types
            loaded = self.value()
            loads.append(f"  {loaded} = {self.load(slot, code)}")
        name = self.value()
        self.out.append(f"  {name} = phi {IR_TYPE[code]} [ {operand}, %{block} ], [ {loaded}, %{entry} ]")
        # What is in a frame is exact, so it may be taken as raw, too.
        if self.needs_canonical(operand):
            self.raw[name] = self.raw[operand]
        elif self.lanes(operand) is not None:  # recorded as raw, so it has been made canonical
            self.canonical_names.add(name)
        return name

    def load(self, slot: int, code: int) -> str:
        """The instruction that loads from a slot of the restored frame."""
        return f"load {IR_TYPE[code]}, ptr %h{slot}, align 16, {FRAME_TAG}"

    def forget_addresses(self) -> None:
        """Nothing that is known of addresses holds from here on."""
        self.neighbours.forget(0)
        for frame in self.frames:
            frame.mark = 0

    # ---- safepoints --------------------------------------------------------------------

    def poll(self, site: Site) -> None:
        if not self.live:
            return
        slow, going = self.new_label(), self.new_label()
        test = self.requested()
        fast = self.edge(len(self.stack), 0)
        self.out.append(f"  br i1 {test}, label %{slow}, label %{going}, !prof !0")
        self.start_block(slow)
        self.call_slow_path(site)
        self.enter(site)
        polled = self.fall_through(going)
        recorded = {local for local, _ in site.locals}
        mask = sum(1 << n for n, operand in enumerate(fast.locals) if n in recorded or _is_constant(operand))
        self.join([fast, polled], going, mask)

    def safepoint_call(self, target: str, signature: FuncType, arguments: str, site: Site) -> None:
        record = self.bundle(site)
        if by_buffer(signature):
            self.line(f"  call void {target}({arguments}, ptr %results) {record}")
            self.enter(site, BUFFER)
            self.push_from_buffer(signature)
        elif signature.results:
            code = CODE[signature.results[0]]
            name = self.assign(f"call {IR_TYPE[code]} {target}({arguments}) {record}")
            self.enter(site, IR_TYPE[code], (code, name))
        else:
            self.line(f"  call void {target}({arguments}) {record}")
            self.enter(site, "void")

    def host_safepoint(self, site: Site) -> None:
        self.enter(site)

    def discard(self, operand: str) -> None:
        if operand not in self.call_results:
            super().discard(operand)

    # ---- loops -------------------------------------------------------------------------

    def may_strip(self, loop: Loop) -> bool:
        """Polls of a loop that is entered at its poll need no counter: the loop is not vectorised anyway."""
        return False

    def open_header(self, frame: Frame, live: int) -> Header:
        if frame.start in self.short_loops:
            return super().open_header(frame, live)
        label = self.new_label()
        entry = self.edge(frame.height, len(frame.branch_codes))
        self.line(f"  br label %{label}")
        self.start_block(label)
        header = Header(frame.start, label, entry, [])
        assigned = self.body.structure.loops[frame.start].assigned
        before, self.locals = self.locals, [DEAD] * len(self.locals)
        for local, operand in enumerate(before):
            changes = assigned >> local & 1
            if _is_constant(operand) and not changes:
                self.locals[local] = operand
            elif live >> local & 1:
                self.locals[local] = self.header_phi(header, local, self.body.local_codes[local], operand)
        for position, (code, operand) in enumerate(self.stack):
            if position >= frame.height or not _is_constant(operand):
                self.stack[position] = (code, self.header_phi(header, ~position, code, operand))
        self.forget_addresses()
        return header


def _is_constant(operand: str) -> bool:
    return not operand.startswith("%") and operand != DEAD
