"""Resume functions: how a restored frame re-enters compiled code.

A resume function begins with a switch on the site and loads that site's values from the
frame.  Its body exists as

* P, a partial copy in which loops have no back edge: the code that finishes the
  interrupted iteration.  Sites enter here, in the middle of whatever they are in.
* N(L), one natural copy of each loop L, made by walking that loop's instructions again.
  In P a branch to the head of L goes to N(L), and N(L)'s exits lead back into P.

A loop is thus entered only through its header, so LLVM sees ordinary loops, as fast after
a restore as before.  Copies of nested loops add up, so in a large function only innermost
loops are copied; the loops around them are *open*: one copy, in P, with a back edge and
with entries in the middle.  There all live state gets phis at the header, because every
entry renames it.

While walking P, code that no site has entered yet is *dead* though
reachable: handlers run to keep track of the operand stack's types, but emit nothing.
"""

from __future__ import annotations

from bisect import bisect_left

from wanco.analysis.structure import OP_IF, OP_LOOP, OPENING
from wanco.emit.function import Body, Edge, Frame, FunctionContext, FunctionEmitter, Header, Phi, PhiNatures, bits
from wanco.emit.sites import Site
from wanco.emit.values import CODE, DEAD, F32, F64, IR_TYPE, V128, ZERO, by_buffer, codes, result_type
from wanco.layout import FRAME, SiteKind
from wanco.wasm.types import FuncType

FULL_FORM_SIZE = 400
"""Instructions of a function up to which every loop gets a copy of its own."""

FULL_FORM_GROWTH = 1.5
"""Every loop also gets a copy where the copies stay below so many times the function."""


def copies_every_loop(body: Body) -> bool:
    """Whether a function's resume code takes the full form."""
    size = len(body.instrs)
    copied = sum(loop.end - loop.start for loop in body.structure.loops.values())
    return copied <= max(FULL_FORM_SIZE, FULL_FORM_GROWTH * size)


class ResumeEmitter(FunctionEmitter):
    """Emits the resume function of one function, after its ordinary version."""

    def __init__(self, context: FunctionContext, body: Body, ordinary: FunctionEmitter, natures: PhiNatures) -> None:
        super().__init__(context, body, ordinary.first_site, natures, ordinary.sites)
        self.ordinary_ends = ordinary.reachable_ends
        self.site_indices = sorted({index for index, _ in ordinary.sites})
        self.natural = False
        self.full_form = copies_every_loop(body)
        self.cases: list[str] = []
        self.entries: dict[int, list[Edge]] = {}
        """Edges into the header of each open loop."""

    # ---- shape of the function ---------------------------------------------------------

    def signature(self) -> str:
        result = ", ptr %res" if by_buffer(self.body.signature) else ""
        kind = result_type(self.body.signature)
        return f'define hidden {kind} @wr{self.body.index}(ptr nonnull %mem, ptr %frame{result}) #0 section "wanco_resume" {{'

    def dispatch(self) -> list[str]:
        return [
            f"  %site.address = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['site']}",
            "  %site = load i64, ptr %site.address",
            f"  switch i64 %site, label %unknown [ {' '.join(self.cases)} ]",
            # The runtime has checked the site: it is one of this function's.
            "unknown:\n  unreachable",
        ]

    def begin(self) -> None:
        self.open_body()
        self.locals = [ZERO[code] for code in self.body.local_codes]
        self.live = False
        site = self.sites.get((0, SiteKind.ENTRY))
        if site:
            start = self.new_label()
            self.enter(site, self.locals)
            self.join([self.fall_through(start)], start, -1)

    # ---- entering at a site ------------------------------------------------------------

    def enter(self, site: Site, locals_: list[str] | None = None) -> None:
        """Open the block in which a restored frame enters: its values are the state now."""
        label = self.new_label()
        self.cases.append(f"i64 {site.number}, label %{label}")
        self.start_block(label)
        self.locals = list(locals_) if locals_ else [DEAD] * len(self.body.local_codes)
        for position, (local, code) in enumerate(site.locals):
            self.locals[local] = self.load(site, position, code)
        count = len(site.locals)
        self.stack = [(code, self.load(site, count + n, code)) for n, code in enumerate(site.stack)]

    def load(self, site: Site, position: int, code: int) -> str:
        """Load one value of the frame."""
        address = self.assign(f"getelementptr inbounds i8, ptr %frame, i64 {FRAME.size + 16 * position}")
        name = self.assign(f"load {IR_TYPE[code]}, ptr {address}, align 16")
        if position in site.raw:
            self.raw[name] = code
        return name

    def safepoint_call(self, target: str, signature: FuncType, arguments: str, site: Site) -> None:
        if self.natural:
            super().safepoint_call(target, signature, arguments, site)
            return
        after, edges = self.new_label(), []
        if self.live:
            super().safepoint_call(target, signature, arguments, site)
            edges.append(self.fall_through(after))
        self.enter(site)
        inner = self.assign("load ptr, ptr %frame")
        address = self.assign(f"getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['inner_resume']}")
        resume = self.assign(f"load ptr, ptr {address}")
        super().safepoint_call(resume, signature, f"ptr %mem, ptr {inner}", site)
        edges.append(self.fall_through(after))
        self.join(edges, after, self.mask(site))

    def host_safepoint(self, site: Site) -> None:
        if self.natural:
            return
        before, edges = self.new_label(), []
        if self.live:
            edges.append(self.fall_through(before))
        self.enter(site)
        edges.append(self.fall_through(before))
        self.join(edges, before, self.mask(site))

    @staticmethod
    def mask(site: Site) -> int:
        """The locals that a site records."""
        return sum(1 << local for local, _ in site.locals)

    # ---- NaN bits ----------------------------------------------------------------------

    def record_raw(self, site: Site) -> None:
        """The ordinary version has decided; `bundle` follows it."""

    def bundle(self, site: Site) -> str:
        values = []
        for position, (code, operand) in enumerate(self.site_operands(site)):
            if code == V128:
                operand = self.exact(code, operand)
            elif code in (F32, F64):
                if position not in site.raw:
                    operand = self.exact(code, operand)
                elif self.lanes(operand) is None:
                    raise AssertionError(f"function {self.body.index}: value {position} of the site at {site.offset} is exact here only")
            values.append(f", {IR_TYPE[code]} {operand}")
        return f'[ "deopt"(i64 {site.number}{"".join(values)}) ]'

    # ---- loops -------------------------------------------------------------------------

    def open_loop(self, signature: FuncType, index: int) -> None:
        loop = self.body.structure.loops[index]
        if self.natural or not loop.back_edges:
            super().open_loop(signature, index)
            return
        parameters = codes(signature.params)
        height = len(self.stack) - len(parameters)
        frame = Frame(OP_LOOP, index, loop.end, height, parameters, codes(signature.results), self.new_label(), parameters)
        frame.site = self.sites.get((index, SiteKind.LOOP))
        self.frames.append(frame)
        frame.partial = self.full_form or loop.innermost
        if not frame.partial:
            self.open_entered_loop(frame)
        elif self.live:
            frame.edges.append(self.fall_through(frame.label))

    def open_entered_loop(self, frame: Frame) -> None:
        """The header of an open loop: phis for all live state, filled in when it is closed."""
        label = self.new_label()
        self.entries[frame.start] = [self.fall_through(label)] if self.live else []
        self.start_block(label)
        frame.header = header = Header(frame.start, label, Edge("", 0, [], []), [])
        raw = frame.site.raw if frame.site else frozenset()
        live = self.body.liveness[frame.start]
        self.locals = [DEAD] * len(self.locals)
        for position, local in enumerate(bits(live)):
            self.locals[local] = self.entered_phi(header, local, self.body.local_codes[local], position in raw)
        for position, (code, _) in enumerate(self.stack):
            is_raw = position + live.bit_count() in raw
            self.stack[position] = (code, self.entered_phi(header, ~position, code, is_raw))

    def entered_phi(self, header: Header, key: int, code: int, raw: bool) -> str:
        """A phi of an open loop's header."""
        name = self.value()
        if raw and (header.loop, key) not in self.phi_natures:
            self.raw[name] = code
        header.phis.append(Phi(key, code, name, len(self.out), ""))
        self.out.append("")
        return name

    def close_entered_loop(self, frame: Frame, header: Header) -> None:
        """The latch of an open loop, and the entry of its own site."""
        after, exits, edges = self.new_label(), [], self.entries[frame.start]
        if self.live:
            exits.append(self.fall_through(after))
        self.join(frame.edges, frame.label, self.body.liveness[frame.start])
        if frame.site:
            if self.live:
                self.poll(frame.site)
                edges.append(self.fall_through(header.label))
            self.enter(frame.site)
            edges.append(self.fall_through(header.label))
        for phi in header.phis:
            operands = []
            for edge in edges:
                operand = edge.locals[phi.slot] if phi.slot >= 0 else edge.stack[~phi.slot][1]
                operand = self.into_phi(header, phi, edge, operand)
                operands.append(f"[ {operand}, %{edge.block} ]")
            self.out[phi.position] = f"  {phi.name} = phi {IR_TYPE[phi.code]} {', '.join(operands)}"
        self.join(exits, after, self.body.liveness[frame.end])

    def close_loop(self, frame: Frame) -> None:
        if not frame.partial:
            if frame.start in self.entries and frame.header and not self.natural:
                self.close_entered_loop(frame, frame.header)
            else:
                super().close_loop(frame)
            return
        after, exits = self.new_label(), []
        if self.live:
            exits.append(self.fall_through(after))
        if frame.site:
            self.enter(frame.site)
            frame.edges.append(self.fall_through(frame.label))
        if frame.edges:
            self.join(frame.edges, frame.label, self.body.liveness[frame.start])
            self.natural = True
            self.walk(frame.start, frame.end)
            self.natural = False
            if self.live:
                exits.append(self.fall_through(after))
        self.join(exits, after, self.body.liveness[frame.end])

    # ---- code that no site has entered yet ---------------------------------------------

    def after_end(self, frame: Frame, index: int) -> None:
        self.reachable = self.live
        if not self.natural and not self.live and index in self.ordinary_ends:
            self.reachable = True
            self.stack = self.stack[: frame.height] + [(code, DEAD) for code in frame.end_codes]

    def open_else(self, frame: Frame) -> None:
        if frame.else_edge:
            super().open_else(frame)
        else:
            self.reachable = True
            self.stack = self.stack[: frame.height] + [(code, DEAD) for code in frame.parameter_codes]

    def skip_dead(self, index: int) -> int:
        instrs, end_of = self.body.instrs, self.body.structure.end_of
        while instrs[index][0] in OPENING:
            op, _, signature = instrs[index]
            end = end_of[index]
            if self.has_site(index, end):
                return index
            if op == OP_IF:
                self.stack.pop()
            self.pop_many(len(signature.params))
            if end not in self.ordinary_ends:
                self.reachable = False
                return self.next_reachable()
            self.stack += [(CODE[t], DEAD) for t in signature.results]
            index = end + 1
        return index

    def has_site(self, start: int, stop: int) -> bool:
        """Whether a site lies between two instruction indices."""
        at = bisect_left(self.site_indices, start)
        return at < len(self.site_indices) and self.site_indices[at] <= stop
