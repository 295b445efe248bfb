"""Resume functions: how a restored frame re-enters compiled code.

A resume function's body exists as

* P, a partial copy: the code that finishes the interrupted iteration.  Sites enter here,
  in the middle of whatever they are in.  State stands in memory here, in the frame that
  the snapshot was read into: each local and each place of the operand stack has a *home*,
  a slot of it.  So entering at a site is nothing but a jump, branches need no phis, and a
  safepoint records the frame's address in place of the values (`HOMED_SITE`).
* N(L), one natural copy of each loop L, made by walking that loop's instructions again, in
  SSA form as in the ordinary version.  In P a branch to the head of L goes to N(L), which
  loads what it needs; its exits store what it changed and lead back into P.

A hot loop is thus entered only through its header and lives in registers, as fast after a
restore as before.  Copies of nested loops add up, so in a large function only innermost
loops are copied; the loops around them are *open*: one copy, in P, with a back edge.

While walking P, code that no site has entered yet is *dead* though reachable: handlers run
to keep track of the operand stack's types, but emit nothing.

Homes hold exact values: a raw one is canonicalised when it is stored.  A loop phi of N(L)
that is raw in the ordinary version starts from a home whose value is canonical, so it may be
taken as raw again.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from wanco.abi.layout import HOMED_SITE, SiteKind
from wanco.analysis.structure import OP_IF, OP_LOCAL_GET, OP_LOOP, OPENING, Loop
from wanco.analysis.tail_calls import TailForm
from wanco.emit.forms import ResumeForm, is_compact, resume_form
from wanco.emit.function import Body, Edge, Frame, FunctionContext, FunctionEmitter, PhiNatures, bits
from wanco.emit.homes import BUFFER, FRAME_TAG, Entries, home_address
from wanco.emit.sites import Site
from wanco.emit.values import CODE, DEAD, F32, F64, IR_TYPE, V128, Operand, by_buffer, codes, result_type
from wanco.wasm.types import FuncType

_HOME = "home"
"""Operand that stands for the value in the home of its stack position."""

_ROUNDING = re.compile(r"@llvm\.(ceil|floor|trunc|roundeven)\.")


class ResumeEmitter(FunctionEmitter):
    """Emits the resume function of one function, after its ordinary version."""

    def __init__(self, context: FunctionContext, body: Body, ordinary: FunctionEmitter, natures: PhiNatures) -> None:
        super().__init__(context, body, ordinary.first_site, natures, ordinary.sites)
        self.ordinary = ordinary
        self.ordinary_ends = ordinary.reachable_ends
        self.ordinary_raw_phis = ordinary.raw_phis
        self.short_loops = ordinary.short_loops
        self.site_indices = sorted({index for index, _ in ordinary.sites})
        self.natural: Loop | None = None
        """The loop whose natural copy is being emitted."""
        self.form = resume_form(body, small=context.small_resume)
        self.compact = is_compact(body)
        """Whether it is made small rather than fast."""
        self.entries = Entries()
        self.homed_polls = False
        """Whether the natural copy that is being emitted brings its state home in order to poll."""
        self.homes: set[int] = set()

    # ---- shape of the function ---------------------------------------------------------

    def signature(self) -> str:
        result = ", ptr %res" if by_buffer(self.body.signature) else ""
        kind = result_type(self.body.signature)
        size = ""
        # For size LLVM would have a C library round, on an ISA without instructions for it.
        if self.compact and not any(_ROUNDING.search(line) for line in self.out):
            size = " optsize" if self.body.structure.loops else " minsize optsize"
        return f'define hidden {kind} @wr{self.body.index}(ptr nonnull %mem, ptr %frame{result}) #0{size} section "wanco_resume" {{'

    def dispatch(self) -> list[str]:
        homes = [f"  %h{n} = {home_address(n)}" for n in sorted(self.homes)]
        return [
            *homes,
            *self.entries.dispatch(),
        ]

    @property
    def slot_count(self) -> int:
        return max(super().slot_count, 1 + max(self.homes, default=0))

    def begin(self) -> None:
        self.open_body()
        self.live = False
        site = self.sites.get((0, SiteKind.ENTRY))
        if site:
            self.enter(site)

    def keep_accesses(self, lines: list[str]) -> list[str]:
        """The ordinary version has decided: here a call's result that is dropped comes from its home,
        as any operand could."""
        return self.ordinary.keep_accesses(lines)

    # ---- homes -------------------------------------------------------------------------

    def home(self, number: int) -> str:
        """Address of a slot."""
        if self.live:
            self.homes.add(number)
        return f"%h{number}"

    def stack_home(self, position: int) -> str:
        """Address of an operand stack position's home."""
        return self.home(len(self.body.local_codes) + position)

    def load_home(self, address: str, code: int) -> str:
        """The (exact) value in a home."""
        return self.assign(f"load {IR_TYPE[code]}, ptr {address}, align 16, {FRAME_TAG}")

    def store_home(self, address: str, code: int, operand: str) -> None:
        """Put a value into a home."""
        operand = self.exact(code, operand)
        self.line(f"  store {IR_TYPE[code]} {operand}, ptr {address}, align 16, {FRAME_TAG}")

    def note_neighbour(self, root: str, distance: int, pointer: str, accessed: bool) -> None:
        """In P nothing is known for long: any site can be entered."""
        if self.natural:
            super().note_neighbour(root, distance, pointer, accessed)

    def get_local(self, local: int) -> str:
        if self.natural:
            return self.locals[local]
        return self.load_home(self.home(local), self.body.local_codes[local])

    def set_local(self, local: int, operand: str) -> None:
        if self.natural:
            self.locals[local] = operand
        else:
            self.store_home(self.home(local), self.body.local_codes[local], operand)

    def pop_typed(self) -> Operand:
        code, operand = self.stack.pop()
        if operand == _HOME:
            operand = self.load_home(self.stack_home(len(self.stack)), code)
        return code, operand

    def top(self) -> str:
        operand = self.pop_typed()
        self.stack.append(operand)
        return operand[1]

    def pop_many(self, count: int) -> list[Operand]:
        return [self.pop_typed() for _ in range(count)][::-1]

    def spill(self, height: int = 0) -> None:
        """Bring the operand stack from ``height`` on into its homes."""
        for position in range(height, len(self.stack)):
            code, operand = self.stack[position]
            if operand != _HOME:
                self.store_home(self.stack_home(position), code, operand)
                self.stack[position] = (code, _HOME)

    def homed(self, types: tuple[int, ...] | list[int]) -> list[Operand]:
        """An operand stack that is all in its homes."""
        return [(code, _HOME) for code in types]

    # ---- edges -------------------------------------------------------------------------

    def opened(self, frame: Frame) -> None:
        if not self.natural:
            frame.homed = True
            self.spill()

    def target(self, frame: Frame, conditional: bool) -> str:
        if not frame.homed:
            return super().target(frame, conditional)
        frame.edges.append(self.state())
        count = len(frame.branch_codes)
        operands = self.top_operands(frame.height, count)
        live = self.body.liveness.get(frame.start if frame.op == OP_LOOP else frame.end, 0)
        changed = self.natural.assigned & live if self.natural else 0
        moved = [n for n, (_, operand) in enumerate(operands) if operand != _HOME]
        if not changed and not moved:
            return frame.label
        between = self.new_label() if conditional else ""
        kept = self.out
        if conditional:
            self.out = []
        for local in bits(changed):
            self.store_home(self.home(local), self.body.local_codes[local], self.locals[local])
        for n in moved:
            self.store_home(self.stack_home(frame.height + n), *operands[n])
        if not conditional:
            return frame.label
        self.tail.append("\n".join([f"{between}:", *self.out, f"  br label %{frame.label}"]))
        self.out = kept
        return between

    def top_operands(self, height: int, count: int) -> list[Operand]:
        """The top operands; those in homes are loaded if a label wants them from ``height`` on
        and they are elsewhere.  Loading all of them first makes the order of the stores free."""
        first = len(self.stack) - count
        operands = self.stack[first:]
        if first == height:
            return operands
        return [
            (code, self.load_home(self.stack_home(first + n), code) if operand == _HOME else operand)
            for n, (code, operand) in enumerate(operands)
        ]

    def state(self) -> Edge:
        """An edge of which only the operand types matter."""
        return Edge(self.block, 0, [], list(self.stack))

    def fall_through(self, label: str) -> Edge:
        if self.natural:
            return super().fall_through(label)
        self.spill()
        self.out.append(f"  br label %{label}")
        self.live = False
        return self.state()

    def join(self, edges: list[Edge], label: str, live: int) -> None:
        if self.natural:
            super().join(edges, label, live)
            return
        self.live = bool(edges)
        if edges:
            self.start_block(label)

    # ---- entering at a site ------------------------------------------------------------

    def enter(self, site: Site) -> None:
        """Open the block in which a restored frame enters."""
        label = self.new_label()
        self.entries.add(site.number, label)
        if self.live:
            self.fall_through(label)
        self.start_block(label)
        self.stack = self.homed(site.stack)

    def enter_behind_call(self, site: Site, signature: FuncType) -> None:
        """Open the block in which a restored frame goes on with the callee's result, and push that."""
        kind = BUFFER if by_buffer(signature) else result_type(signature)
        label = self.new_label()
        self.entries.add_call(site.number, kind, label)
        self.start_block(label)
        self.stack = self.homed(site.stack)
        if kind == BUFFER:
            self.push_from_buffer(signature)
        elif signature.results:
            self.push(CODE[signature.results[0]], f"%result.{kind}")

    def safepoint_call(self, target: str, signature: FuncType, arguments: str, site: Site) -> None:
        if self.natural:
            super().safepoint_call(target, signature, arguments, site)
            return
        self.spill()
        after, live = self.new_label(), self.live
        if live:
            super().safepoint_call(target, signature, arguments, site)
            self.fall_through(after)
        self.enter_behind_call(site, signature)
        if live:
            self.fall_through(after)
            self.start_block(after)

    def host_safepoint(self, site: Site) -> None:
        if not self.natural:
            self.enter(site)

    def plain_call(self, target: str, signature: FuncType, arguments: str, suffix: str = "", attribute: str = "") -> None:
        """In P a call is made once: nothing is won by having the callee there, too."""
        super().plain_call(target, signature, arguments, suffix if self.natural else " noinline" + suffix, attribute)

    def tail_form(self, target: int) -> TailForm:
        """An ordinary call, as prototypes differ: a restored stack has at most one such frame per
        activation, and the next snapshot none of them."""
        return TailForm.CALL

    # ---- records -----------------------------------------------------------------------

    def record_raw(self, site: Site) -> None:
        """The ordinary version has decided; `bundle` follows it."""

    def bundle(self, site: Site) -> str:
        if self.natural and self.homed_polls:
            self.bring_home(site, self.natural)
        if not self.natural or self.homed_polls:
            return f'[ "deopt"(i64 {site.number | HOMED_SITE}, ptr %frame) ]'
        values: list[str] = []
        self.context.budget.record(len(site.locals) + len(self.stack))
        for position, (code, operand) in enumerate(self.site_operands(site)):
            if code == V128 or (code in (F32, F64) and position not in site.raw):
                operand = self.exact(code, operand)
            values.append(f", {IR_TYPE[code]} {operand}")
        return f'[ "deopt"(i64 {site.number}{"".join(values)}) ]'

    def bring_home(self, site: Site, loop: Loop) -> None:
        """Store what a natural copy has changed of a site's values."""
        for local, code in site.locals:
            if loop.assigned >> local & 1:
                self.store_home(self.home(local), code, self.locals[local])
        for position, (code, operand) in enumerate(self.stack):
            if operand != _HOME:
                self.store_home(self.stack_home(position), code, operand)

    # ---- loops -------------------------------------------------------------------------

    def is_short(self, loop: Loop) -> bool:
        """The ordinary version has decided: it knows where the count comes from."""
        return loop.start in self.short_loops

    def open_loop(self, signature: FuncType, index: int) -> None:
        loop = self.body.structure.loops[index]
        if self.natural:
            super().open_loop(signature, index)
            return
        self.spill()
        parameters = codes(signature.params)
        height = len(self.stack) - len(parameters)
        frame = Frame(OP_LOOP, index, loop.end, height, parameters, codes(signature.results), self.new_label(), parameters, homed=True)
        frame.site = self.sites.get((index, SiteKind.LOOP))
        self.open_frame(frame)
        frame.natural = loop.back_edges > 0 and (self.form is ResumeForm.FULL or loop.innermost)
        frame.header_label = self.new_label()
        frame.entered = self.live or frame.site is not None
        if self.live:
            self.fall_through(frame.header_label)
        if not frame.natural:
            # The header of an open loop: a block in P, which its latch and its site enter, too.
            self.start_block(frame.header_label)

    def close_loop(self, frame: Frame) -> None:
        if not frame.homed:
            super().close_loop(frame)
            return
        after, exits = self.new_label(), []
        if self.live:
            exits.append(self.fall_through(after))
        if frame.edges:
            self.start_block(frame.label)
            if frame.site:  # where the ordinary version polls, so does P: polls are counted
                self.poll(frame.site)
            self.terminate(f"  br label %{frame.header_label}")
        if frame.site:
            self.entries.add(frame.site.number, frame.header_label)
        if frame.natural and (frame.entered or frame.edges):
            self.emit_natural(frame)
            if self.live:
                exits.append(self.fall_through(after))
        self.join(exits, after, 0)

    def emit_natural(self, frame: Frame) -> None:
        """The natural copy of a loop, from its homes to its homes."""
        loop = self.body.structure.loops[frame.start]
        self.start_block(frame.header_label)
        # A poll, which is rare, can bring home what the loop has changed; at calls all that is live is recorded.
        self.homed_polls = not any(map(self.is_safepoint_call, loop.calls))
        self.locals = [DEAD] * len(self.body.local_codes)
        wanted = self.body.liveness[frame.start]
        if self.homed_polls:
            wanted &= loop.assigned | self.read_locals(loop)
        for local in bits(wanted):
            code = self.body.local_codes[local]
            self.locals[local] = self.load_home(self.home(local), code)
            self.mark_raw(frame.start, local, self.locals[local])
        below = [code for code, _ in self.stack[: frame.height]]
        types = below + list(frame.branch_codes)
        lowest = frame.height if self.homed_polls else 0
        self.stack = self.homed(types[:lowest])
        for position, code in enumerate(types[lowest:], lowest):
            operand = self.load_home(self.stack_home(position), code)
            self.mark_raw(frame.start, ~position, operand)
            self.stack.append((code, operand))
        self.natural = loop
        self.walk(frame.start, frame.end)
        self.neighbours.forget(0)
        if self.live:
            live = self.body.liveness[frame.end]
            for local in bits(loop.assigned & live):
                self.store_home(self.home(local), self.body.local_codes[local], self.locals[local])
            self.stack = self.homed(below) + self.stack[frame.height :]
        else:  # what encloses the loop may go on, by branches out of it
            self.stack = self.homed(below)
        self.natural = None

    def read_locals(self, loop: Loop) -> int:
        """Mask of the locals that a loop reads."""
        mask = 0
        for op, _, immediate in self.body.instrs[loop.start : loop.end]:
            if op == OP_LOCAL_GET:
                mask |= 1 << immediate
        return mask

    def mark_raw(self, loop: int, slot: int, operand: str) -> None:
        """Take a value that enters a loop as raw where the ordinary loop's phi is."""
        lanes = self.ordinary_raw_phis.get((loop, slot))
        if lanes is not None:
            self.raw[operand] = lanes

    # ---- code that no site has entered yet ---------------------------------------------

    def after_end(self, frame: Frame, index: int) -> None:
        self.reachable = self.live
        if self.natural:
            return
        if self.live or index in self.ordinary_ends:
            self.reachable = True
            self.stack = self.stack[: frame.height] + self.homed(frame.end_codes)

    def open_else(self, frame: Frame) -> None:
        if self.natural:
            super().open_else(frame)
            return
        if frame.else_edge:
            self.start_block(frame.else_label)
        self.reachable = True
        self.stack = self.stack[: frame.height] + self.homed(frame.parameter_codes)

    def skip_dead(self, index: int) -> int:
        instrs, end_of = self.body.instrs, self.body.structure.end_of
        while instrs[index][0] in OPENING:
            op, _, signature = instrs[index]
            end = end_of[index]
            if self.has_site(index, end):
                return index
            if op == OP_IF:
                self.stack.pop()
            del self.stack[len(self.stack) - len(signature.params) :]
            if end not in self.ordinary_ends:
                self.reachable = False
                return self.next_reachable()
            self.stack += [(CODE[t], _HOME) for t in signature.results]
            index = end + 1
        return index

    def has_site(self, start: int, stop: int) -> bool:
        """Whether a site lies between two instruction indices."""
        at = bisect_left(self.site_indices, start)
        return at < len(self.site_indices) and self.site_indices[at] <= stop
