"""Translation of one function body into LLVM IR in SSA form.

State while walking the instructions: the SSA value of every local, the operand stack, and
the open control constructs.  A branch records an `Edge`: the values that flow along it.
Where edges meet (`join`) phis are made for what differs among live locals and operands.
A loop header gets phis for the locals that the loop assigns; their text is filled in when
the back edge is known.

NaN bits.  A float value is *raw* when it is, on every path, the result of arithmetic (the
bits of a NaN are then unspecified by WebAssembly and differ between ISAs) or never a NaN;
otherwise it is *exact* and keeps its bits.  A raw value is canonicalised where its bits can
be observed or where it meets an exact one.  A vector is raw for the lanes it was computed
in, f32 or f64.  Whether a loop's phi is raw depends on its back edge, which comes later: it
is taken as raw if the entry value is, and if the back edge turns out different, the
function is emitted again with that phi's nature known (`NatureConflict`).

Stores to memory wait for each other, so that one branch tests the values of several (`wanco.emit.stores`).
What has passed it is canonical: exact, but it may be taken as raw, too.

Elsewhere canonicalising is an explicit select on every ISA: LLVM folds operations such as `x * 1.0`
to `x`, so a hardware mode (AArch64 FPCR.DN) or a canonicalising instruction (RISC-V) does
not give the same bits on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from wanco.abi.layout import LOCATION_SITE, SiteKind, Trap
from wanco.analysis.liveness import live_locals
from wanco.analysis.safepoints import SafepointPlan
from wanco.analysis.structure import OP_CALL, OP_END, OP_IF, OP_LOCAL_GET, OP_LOOP, Loop, Structure, countdown, structure
from wanco.analysis.tail_calls import TailForm
from wanco.emit.addresses import Neighbours, signed
from wanco.emit.budget import Budget
from wanco.emit.sites import Site
from wanco.emit.stores import Store, WaitingStores
from wanco.emit.streams import Streams, annotation
from wanco.emit.traps import MEMORY_TAG, is_call, keep_all_accesses, keep_unused_loads
from wanco.emit.values import (
    CANONICAL_NAN,
    CODE,
    DEAD,
    F32,
    F64,
    I32,
    IR_TYPE,
    V128,
    ZERO,
    Operand,
    by_buffer,
    codes,
    result_type,
    slot,
)
from wanco.wasm.module import Instr, Module
from wanco.wasm.types import FuncType

_FLOATING = frozenset({F32, F64, V128})

BODY = -1
"""Start index that stands for the function body among control constructs."""


ANY_LANES = -1
"""Lanes of a value that is never a NaN: it can be taken as raw for any."""

PhiNatures = dict[tuple[int, int], int | None]
"""What is known of loop phis, by (loop index, slot): None for exact, else the lanes for which
they are raw."""


class NatureConflict(Exception):
    """Some loop phis were taken for what they are not; ``natures`` says what they are."""

    def __init__(self, natures: PhiNatures) -> None:
        super().__init__()
        self.natures = natures


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """What the emitter knows of the module around a function."""

    module: Module
    plan: SafepointPlan
    checkpoint: bool
    poll_interval: int
    host_symbols: Sequence[str]
    """Symbol of the host function behind each imported function."""
    constant_tables: frozenset[int]
    constant_globals: dict[int, str]
    """Operands of globals whose value is known at compile time."""
    table_sizes: Sequence[int]
    neighbours: bool
    """Whether addresses can be expressed by their neighbours' (`wanco.emit.addresses`)."""
    internal: Set[int]
    """Functions that nothing outside their codegen unit refers to."""
    budget: Budget
    precise_traps: bool
    """Every access of memory stays where it is."""
    small_resume: bool
    """Resume functions get no more copies of loops than they must have."""

    def linkage(self, function: int) -> str:
        """Linkage and visibility of a function."""
        return "internal " if function in self.internal else "hidden "


@dataclass(frozen=True, slots=True)
class Body:
    """One decoded function body with its analyses."""

    index: int
    signature: FuncType
    local_codes: tuple[int, ...]
    """Codes of parameters and declared locals."""
    instrs: list[Instr]
    structure: Structure
    liveness: dict[int, int]

    @classmethod
    def of(cls, module: Module, index: int, instrs: list[Instr]) -> Body:
        """Analyse the decoded body of function ``index``."""
        return cls._analysed(module, index, codes(module.code_of(index).locals), instrs)

    @classmethod
    def of_import(cls, module: Module, index: int) -> Body:
        """The body that stands for an imported function where its caller takes it for one of
        ours (an indirect call, an export, the start function): it passes its arguments on."""
        count = len(module.func_type(index).params)
        instrs: list[Instr] = [(OP_LOCAL_GET, local, local) for local in range(count)]
        return cls._analysed(module, index, (), [*instrs, (OP_CALL, count, index), (OP_END, count + 1, None)])

    @classmethod
    def _analysed(cls, module: Module, index: int, declared: tuple[int, ...], instrs: list[Instr]) -> Body:
        signature, shape = module.func_type(index), structure(instrs)
        return cls(index, signature, codes(signature.params) + declared, instrs, shape, live_locals(instrs, shape))


@dataclass(slots=True)
class Edge:
    """Values that flow along one branch; ``position`` is the branch's place in the text."""

    block: str
    position: int
    locals: list[str]
    stack: list[Operand]


@dataclass(slots=True)
class Phi:
    """A loop phi whose text at ``position`` waits for the back edge. Slots below zero are
    operand stack positions (``~position``), others locals."""

    slot: int
    code: int
    name: str
    position: int
    entry: str


@dataclass(slots=True)
class Header:
    """A loop header: its phis and the edge that enters it."""

    loop: int
    label: str
    entry: Edge
    phis: list[Phi]


@dataclass(slots=True)
class Strip:
    """A strip-mined loop: the inner header counts ``counter`` up to ``limit``."""

    inner: Header
    counter: str
    counter_position: int
    limit_position: int
    number: int
    """Values numbered below this one are defined outside the loop."""
    counted: tuple[Edge, Edge] | None = None
    """For the counted form: the edges to the inner header and to the poll."""
    next_counter: str = ""


@dataclass(slots=True)
class Frame:
    """An open control construct."""

    op: int
    start: int
    end: int
    height: int
    branch_codes: tuple[int, ...]
    end_codes: tuple[int, ...]
    label: str
    parameter_codes: tuple[int, ...] = ()
    edges: list[Edge] = field(default_factory=list)
    """Branches to the label: forward ones, or the back edges of a loop."""
    else_edge: Edge | None = None
    else_label: str = ""
    header: Header | None = None
    strip: Strip | None = None
    site: Site | None = None
    homed: bool = False
    """Opened where a resume function keeps its state in memory."""
    natural: bool = False
    """Of a homed loop: it has a natural copy."""
    mark: int = 0
    """What was known of addresses when it was opened."""
    header_label: str = ""
    """Of a homed loop: where it is entered, whereas back edges go to the latch at ``label``."""
    entered: bool = False
    """Of a homed loop: something enters it besides its back edges."""


Handler = Callable[["FunctionEmitter", Any, int], None]
"""Emits one instruction: (emitter, immediate, instruction index)."""


ARGUMENTS = "@wanco_tail_arguments"
"""Where the arguments of a tail call in the common form are, in slots of 16 bytes."""


def argument_loads(parameters: Sequence[int]) -> list[str]:
    """Code that reads the arguments of a function in the common form; ``parameters`` are their codes."""
    return [
        f"  %p{n} = load {IR_TYPE[code]}, ptr {slot(ARGUMENTS, n, constant=True)}, align 16, !tbaa !7" for n, code in enumerate(parameters)
    ]


_MOVABLE = re.compile(r"  (%v\d+) = (?!load|phi|call)(?!.*\n)")
"""One instruction that only computes."""
_NAME = re.compile(r"%v\d+")
_FROM_BASE = re.compile(r"  (%v\d+) = getelementptr i8, ptr %mem, (.*)$")
"""A native address that is computed from the base of memory 0."""


def _store_text(store: Store, operand: str) -> str:
    return f"  store {store.kind} {operand}, ptr {store.place}, align 1{MEMORY_TAG}"


def bits(mask: int) -> Iterator[int]:
    """Positions of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class FunctionEmitter:
    """Emits the ordinary version of one function."""

    memory_parameter = "%mem"
    """What the base of memory 0 is called where the function begins."""

    handlers: dict[int, Handler] = {}
    """Emission of each operator; filled by `wanco.emit.dispatch`."""
    passed: Set[int] = frozenset()
    """Operators that stores can wait for (`wanco.emit.stores`)."""

    def __init__(
        self,
        context: FunctionContext,
        body: Body,
        first_site: int,
        natures: PhiNatures,
        sites: dict[tuple[int, int], Site] | None = None,
    ) -> None:
        self.context = context
        self.body = body
        self.module = context.module
        self.first_site = first_site
        self.phi_natures = natures
        self.conflicts: PhiNatures = {}
        self.sites: dict[tuple[int, int], Site] = {} if sites is None else sites
        self.reachable_ends: set[int] = set()
        self.raw_phis: PhiNatures = {}
        """The loop phis that are raw, and their lanes."""
        self.out: list[str] = []
        self.tail: list[str] = []
        self.result_slots = 0
        self.hands_over = False
        """It makes guaranteed tail calls of functions that can poll."""
        self.counter = 0
        self.labels = 0
        self.locals: list[str] = []
        self.stack: list[Operand] = []
        self.frames: list[Frame] = []
        self.block = "entry"
        self.block_start = 0
        """Where the open block's code begins in the text."""
        self.live = True
        self.reachable = True
        self.raw: dict[str, int] = {}
        """Lanes (F32 or F64) of the raw values: of a scalar, its own code."""
        self.never_nan: set[str] = set()
        self.canonical_names: set[str] = set()
        """Scalars in which a NaN is the canonical one: exact, and as good as raw where they meet raw ones."""
        self.waiting = WaitingStores()
        self.boolean: dict[str, str] = {}
        self.compare: dict[str, tuple[str, int, str, str]] = {}
        self.increment: dict[str, tuple[str, int]] = {}
        self.neighbours = Neighbours()
        self.streams = Streams()
        self.masked: dict[str, int] = {}
        """Values that are the `and` of something with a constant, not negative."""
        self.short_loops: set[int] = set()
        """Start indices of the loops that need no poll because they are short."""
        self.discards = False
        """Whether the function throws away operands that it has computed."""
        self.unused_sets = False
        """Whether it gives a local a computed value that nothing reads."""
        self.edge_canonical: dict[tuple[int, str], str] = {}

    # ---- text -------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Append one instruction to the open block."""
        if self.live:
            self.out.append(text)

    def value(self) -> str:
        """A fresh SSA name."""
        self.counter += 1
        return f"%v{self.counter}"

    def assign(self, text: str) -> str:
        """Append ``name = text`` and return the name."""
        self.counter += 1
        name = f"%v{self.counter}"
        if self.live:
            self.out.append(f"  {name} = {text}")
        return name

    def new_label(self) -> str:
        """A fresh block label."""
        self.labels += 1
        return f"b{self.labels}"

    def start_block(self, label: str) -> None:
        """Open a block; code is live from here on."""
        self.live = self.reachable = True
        self.block = label
        self.out.append(f"{label}:")
        self.block_start = len(self.out)

    def terminate(self, text: str) -> None:
        """Close the open block; what follows is unreachable until a block is opened."""
        if self.live:
            self.out.append(text)
        self.live = self.reachable = False

    # ---- operand stack ----------------------------------------------------------------

    def push(self, code: int, operand: str) -> None:
        """Push an operand."""
        self.stack.append((code, operand))

    def push_raw(self, code: int, operand: str) -> None:
        """Push a float whose NaN bits are unspecified."""
        self.raw[operand] = code
        self.stack.append((code, operand))

    def pop_typed(self) -> Operand:
        """Pop an operand with its code."""
        return self.stack.pop()

    def pop(self) -> str:
        """Pop an operand."""
        return self.pop_typed()[1]

    def discard(self, operand: str) -> None:
        """Note that an operand is thrown away."""
        # A call stays whatever becomes of its result; compilers leave nothing else to drop.
        if operand.startswith("%v") and self.live and not is_call(self.out[-1]):
            self.discards = True

    def top(self) -> str:
        """The operand on top, which stays."""
        return self.stack[-1][1]

    def pop_many(self, count: int) -> list[Operand]:
        """Pop ``count`` operands, returned in the order in which they were pushed."""
        if not count:
            return []
        taken = self.stack[-count:]
        del self.stack[-count:]
        return taken

    def get_local(self, local: int) -> str:
        """The present value of a local."""
        return self.locals[local]

    def set_local(self, local: int, operand: str) -> None:
        """Give a local a value."""
        self.locals[local] = operand

    def push_boolean(self, condition: str) -> None:
        """Push an i1 as i32, remembering the i1."""
        wide = self.assign(f"zext i1 {condition} to i32")
        self.boolean[wide] = condition
        self.stack.append((0, wide))

    def pop_condition(self) -> str:
        """Pop an i32 and test it against zero."""
        operand = self.pop()
        return self.boolean.get(operand) or self.assign(f"icmp ne i32 {operand}, 0")

    # ---- addresses ----------------------------------------------------------------------

    def sum_of(self, operand: str) -> tuple[str, int]:
        """An i32 as a value and a constant that is added to it, modulo 2^32."""
        distance = 0
        while operand in self.increment:
            operand, step = self.increment[operand]
            distance += step
        return operand, signed(distance)

    def note_neighbour(self, root: str, distance: int, pointer: str, accessed: bool) -> None:
        """Note the native address of ``root + distance``, known from here on."""
        if self.live:
            self.neighbours.note(root, distance, pointer, accessed)

    # ---- NaN bits ---------------------------------------------------------------------

    def lanes(self, operand: str) -> int | None:
        """The lanes for which a float or vector operand is raw; None if it is exact."""
        lanes = self.raw.get(operand)
        if lanes is None and (operand.startswith("0x") or operand == ZERO[V128]):
            return ANY_LANES
        return ANY_LANES if operand in self.never_nan or operand in self.canonical_names else lanes

    def common_lanes(self, operands: list[str]) -> int | None:
        """The lanes for which all operands are raw; None if one of them is exact."""
        kinds = set(map(self.lanes, operands))
        if None in kinds:
            return None
        kinds.discard(ANY_LANES)
        if not kinds:
            return ANY_LANES
        return kinds.pop() if len(kinds) == 1 else None

    def needs_canonical(self, operand: str) -> bool:
        """Whether the operand can be a NaN with unspecified bits."""
        return operand in self.raw and operand not in self.never_nan

    def exact(self, code: int, operand: str) -> str:
        """The operand with defined bits: canonicalised if it is raw."""
        if not self.needs_canonical(operand):
            return operand
        text, name = self.canonical(code, operand)
        self.line(text)
        return name

    def exact_on(self, edge: Edge, code: int, operand: str) -> str:
        """`exact`, with the code put at the end of the edge's block."""
        if not self.needs_canonical(operand):
            return operand
        key = (edge.position, operand)
        if key not in self.edge_canonical:
            text, self.edge_canonical[key] = self.canonical(code, operand)
            self.before(edge, [text])
        return self.edge_canonical[key]

    def store(self, store: Store) -> None:
        """Store to linear memory; a raw value waits for others, and so do stores behind it."""
        if not self.live:
            return
        self.streams.store(store.extent.root)
        if store.raw is None and not self.waiting:
            self.out.append(_store_text(store, store.operand))
            return
        self.waiting.add(store)
        if self.context.precise_traps or self.waiting.full():
            self.make_stores()

    def make_stores(self) -> None:
        """Test the raw values of the waiting stores for NaNs, and make the stores."""
        stores, raw = self.waiting.take()
        later = self.not_needed_for(stores)
        names = self.canonical_all(raw)
        self.out += later
        self.out += [_store_text(store, names.get(store.operand, store.operand)) for store in stores]
        # Wherever the values are read from now on, there is nothing left to do.
        if not names.keys().isdisjoint(self.locals):
            self.locals = [names.get(operand, operand) for operand in self.locals]
        self.stack = [(code, names.get(operand, operand)) for code, operand in self.stack]

    def not_needed_for(self, stores: list[Store]) -> list[str]:
        """Take the arithmetic out of the open block that neither its code nor ``stores`` need: it
        belongs to what comes later, and LLVM combines only what is in one block."""
        needed = {name for store in stores for name in (store.operand, store.place)}
        later = []
        for position in range(len(self.out) - 1, self.block_start - 1, -1):
            text = self.out[position]
            if (match := _MOVABLE.match(text)) and match[1] not in needed:
                later.append(text)
                self.out[position] = ""
            else:
                needed.update(_NAME.findall(text))
        return later[::-1]

    def canonical_all(self, raw: dict[str, int]) -> dict[str, str]:
        """Canonical forms of raw scalars, made by a branch to cold code; one comparison tests two of a type."""
        tests = []
        for code in (F32, F64):
            operands = [operand for operand, its in raw.items() if its == code]
            for first, second in zip(operands[::2], operands[1::2] + operands[-1:], strict=False):
                tests.append(self.assign(f"fcmp uno {IR_TYPE[code]} {first}, {second}"))
        test = tests[0]
        for other in tests[1:]:
            test = self.assign(f"or i1 {test}, {other}")
        some_nan, going, block = self.new_label(), self.new_label(), self.block
        self.out.append(f"  br i1 {test}, label %{some_nan}, label %{going}, !prof !0")
        self.start_block(going)
        cold, names = [f"{some_nan}:"], {}
        for operand, code in raw.items():
            canonical = CANONICAL_NAN  # where there is one, the branch has told
            if len(raw) > 1:
                text, canonical = self.canonical(code, operand)
                cold.append(text)
            names[operand] = self.assign(f"phi {IR_TYPE[code]} [ {operand}, %{block} ], [ {canonical}, %{some_nan} ]")
            self.canonical_names.add(names[operand])
        self.tail.append("\n".join([*cold, f"  br label %{going}"]))
        return names

    def canonical(self, code: int, operand: str) -> tuple[str, str]:
        """Code that canonicalises the NaNs in a raw value, and the result's name."""
        if code != V128:
            kind, test, name = IR_TYPE[code], self.value(), self.value()
            return (
                f"  {test} = fcmp uno {kind} {operand}, {operand}\n  {name} = select i1 {test}, {kind} {CANONICAL_NAN}, {kind} {operand}"
            ), name
        count, kind = (4, "float") if self.raw[operand] == F32 else (2, "double")
        vector, nan = f"<{count} x {kind}>", f"<{', '.join([f'{kind} {CANONICAL_NAN}'] * count)}>"
        cast, test, select, name = (self.value() for _ in range(4))
        return (
            f"  {cast} = bitcast <2 x i64> {operand} to {vector}\n"
            f"  {test} = fcmp uno {vector} {cast}, {cast}\n"
            f"  {select} = select <{count} x i1> {test}, {vector} {nan}, {vector} {cast}\n"
            f"  {name} = bitcast {vector} {select} to <2 x i64>"
        ), name

    # ---- traps ------------------------------------------------------------------------

    def location(self, index: int) -> int:
        """Record number that names the place of an instruction."""
        return LOCATION_SITE | self.body.index << 32 | self.body.instrs[index][1]

    def trap(self, trap: Trap | str, index: int) -> str:
        """Text of a trap: a code, or an i32 operand that holds one."""
        code = trap if isinstance(trap, str) else int(trap)
        return f'  call void @wanco_trap(i32 {code}) [ "deopt"(i64 {self.location(index)}) ]\n  unreachable'

    def trap_if(self, condition: str, trap: Trap, index: int) -> None:
        """Trap where an i1 holds."""
        self.trap_if_text(condition, self.trap(trap, index))

    def trap_if_text(self, condition: str, text: str) -> None:
        """Run a block of trap text where an i1 holds."""
        if not self.live:
            return
        trapping, going = self.new_label(), self.new_label()
        self.out.append(f"  br i1 {condition}, label %{trapping}, label %{going}, !prof !0")
        self.tail.append(f"{trapping}:\n{text}")
        self.start_block(going)

    # ---- edges and joins --------------------------------------------------------------

    def edge(self, height: int, count: int) -> Edge:
        """The edge that the next terminator makes, carrying the top ``count`` operands over
        the lowest ``height``."""
        if len(self.stack) > height + count:
            self.discards = True
        self.context.budget.carry(len(self.locals) + height + count)
        stack = self.stack[:height] + (self.stack[-count:] if count else [])
        return Edge(self.block, len(self.out), list(self.locals), stack)

    def fall_through(self, label: str) -> Edge:
        """Branch to ``label`` with the whole state; code stays reachable."""
        self.context.budget.carry(len(self.locals) + len(self.stack))
        edge = Edge(self.block, len(self.out), list(self.locals), list(self.stack))
        self.out.append(f"  br label %{label}")
        self.live = False
        return edge

    def target(self, frame: Frame, conditional: bool) -> str:
        """The label to branch to for a construct, noting the edge that the next terminator makes."""
        frame.edges.append(self.edge(frame.height, len(frame.branch_codes)))
        return frame.label

    def branch(self, frame: Frame) -> None:
        """Branch unconditionally to a construct's label."""
        if self.live:
            self.out.append(f"  br label %{self.target(frame, conditional=False)}")
        self.live = self.reachable = False

    def opened(self, frame: Frame) -> None:
        """Called when a block, an `if` or the body is opened."""

    def join(self, edges: list[Edge], label: str, live: int) -> None:
        """Open block ``label``, where ``edges`` meet; only locals in the mask ``live`` matter."""
        if not edges:
            self.live = False
            return
        self.start_block(label)
        first = edges[0]
        self.locals = list(first.locals)
        self.stack = list(first.stack)
        if len(edges) == 1:
            return
        local_codes = self.body.local_codes
        merged = [DEAD] * len(self.locals)
        for local in bits(live):
            merged[local] = self.merge(local_codes[local], [e.locals[local] for e in edges], edges)
        self.locals = merged
        for position, (code, _) in enumerate(first.stack):
            self.stack[position] = (code, self.merge(code, [e.stack[position][1] for e in edges], edges))

    def merge(self, code: int, operands: list[str], edges: list[Edge]) -> str:
        """One value from several edges: a phi where they differ."""
        first = operands[0]
        if operands.count(first) == len(operands):
            return first
        name = self.value()
        if code in _FLOATING:
            lanes = self.common_lanes(operands)
            if lanes is not None:
                self.note_raw(code, name, lanes)
            else:
                operands = [self.exact_on(e, code, operand) for e, operand in zip(edges, operands, strict=True)]
        incoming = ", ".join(f"[ {operand}, %{e.block} ]" for operand, e in zip(operands, edges, strict=True))
        self.out.append(f"  {name} = phi {IR_TYPE[code]} {incoming}")
        return name

    # ---- the walk ---------------------------------------------------------------------

    def run(self) -> str:
        """Emit the whole function and return its text, `define` line included."""
        self.begin()
        self.walk(0, self.body.structure.end_of[BODY])
        if self.conflicts:
            raise NatureConflict(self.conflicts)
        lines = self.keep_accesses([*self.allocas(), *self.dispatch(), *self.out, *self.tail])
        return "\n".join([self.signature(), "entry:", *lines, "}\n"])

    def keep_accesses(self, lines: list[str]) -> list[str]:
        """The text of the body, with those accesses marked that must stay though only their trap matters."""
        if self.context.precise_traps or self.discards:
            return keep_all_accesses(lines)
        return keep_unused_loads(lines) if self.unused_sets else lines

    def signature(self) -> str:
        """The `define` line."""
        symbol = "wk" if self.is_common else "wf"
        parameters = "" if self.is_common else "".join(f", {IR_TYPE[CODE[t]]} %p{i}" for i, t in enumerate(self.body.signature.params))
        result = ", ptr %res" if by_buffer(self.body.signature) else ""
        return (
            f"define {self.context.linkage(self.body.index)}{result_type(self.body.signature)} @{symbol}{self.body.index}"
            f'(ptr nonnull {self.memory_parameter}{parameters}{result}) {self.attributes} section "wanco_text" {{'
        )

    @property
    def attributes(self) -> str:
        """The function's group of attributes."""
        # Where it is inlined, a guaranteed tail call becomes a call: one without a record.
        return "#5" if self.hands_over and self.context.checkpoint else "#0"

    @property
    def is_common(self) -> bool:
        """Whether the function is in the common form of tail calls."""
        return self.body.index in self.context.plan.tail_calls.common

    def dispatch(self) -> list[str]:
        """Code at the entry, before everything else."""
        return argument_loads(codes(self.body.signature.params)) if self.is_common else []

    def begin(self) -> None:
        """Set up the entry state and open the body."""
        self.begin_locals()
        self.open_body()
        if self.context.checkpoint and self.body.index in self.context.plan.entry_polls:
            site = self.site(SiteKind.ENTRY, 0, 0, self.entry_mask())
            self.poll(site)

    def begin_locals(self) -> None:
        """Give the locals their first values."""
        parameters = len(self.body.signature.params)
        self.locals = [f"%p{i}" for i in range(parameters)] + [ZERO[code] for code in self.body.local_codes[parameters:]]

    def entry_mask(self) -> int:
        """The parameters that are live at entry."""
        return self.body.liveness[0] & ((1 << len(self.body.signature.params)) - 1)

    def open_body(self) -> None:
        """Open the construct that the body itself is."""
        results = codes(self.body.signature.results)
        self.frames = [Frame(BODY, BODY, self.body.structure.end_of[BODY], 0, results, results, self.new_label())]
        self.opened(self.frames[0])

    def open_frame(self, frame: Frame) -> None:
        """Open a construct in the innermost one."""
        frame.mark = self.neighbours.mark()
        self.frames.append(frame)

    def only_falls_through(self, frame: Frame) -> bool:
        """Whether the `end` of the construct that is being closed is reached from the code before it alone."""
        return self.live and not frame.homed and (frame.op == OP_LOOP or not frame.edges)

    def walk(self, start: int, stop: int) -> None:
        """Emit the instructions from ``start`` to ``stop``, both included."""
        instrs, handlers = self.body.instrs, self.handlers
        index = start
        while index <= stop:
            if not self.reachable:
                index = self.next_reachable()
            elif not self.live:
                index = self.skip_dead(index)
            op, _, immediate = instrs[index]
            if self.waiting and op not in self.passed:
                self.make_stores()
            handlers[op](self, immediate, index)
            index += 1

    def next_reachable(self) -> int:
        """Index of the `else` or `end` that closes the unreachable code."""
        frame = self.frames[-1]
        if frame.op == OP_IF:
            return self.body.structure.else_of.get(frame.start, frame.end)
        return frame.end

    def open_else(self, frame: Frame) -> None:
        """Start the `else` arm."""
        self.join([frame.else_edge] if frame.else_edge else [], frame.else_label, -1)

    def after_end(self, frame: Frame, index: int) -> None:
        """Called when a construct is closed: notes whether code after it is reachable."""
        self.reachable = self.live
        if self.live:
            self.reachable_ends.add(index)

    def skip_dead(self, index: int) -> int:
        """Index to go on at where code is reachable but nothing flows here (resume functions)."""
        return index

    # ---- loops ------------------------------------------------------------------------

    def open_loop(self, signature: FuncType, index: int) -> None:
        """`loop`: open the header, or both headers of a strip-mined loop."""
        loop = self.body.structure.loops[index]
        parameters = codes(signature.params)
        frame = Frame(
            OP_LOOP, index, loop.end, len(self.stack) - len(parameters), parameters, codes(signature.results), self.new_label(), parameters
        )
        self.open_frame(frame)
        if not loop.back_edges:
            return
        live = self.body.liveness[index]
        if not self.context.checkpoint or not self.context.plan.loop_polls(loop) or self.is_short(loop):
            frame.header = self.open_header(frame, live)
            return
        frame.site = self.site_for(SiteKind.LOOP, index, 0, live, self.stack)
        strip = self.may_strip(loop)
        frame.header = self.open_header(frame, live)
        if strip:
            number = self.counter
            limit = len(self.out)
            self.line("")
            inner = self.open_header(frame, live)
            counter, position = self.value(), len(self.out)
            self.line("")
            frame.strip = Strip(inner, counter, position, limit, number)

    def may_strip(self, loop: Loop) -> bool:
        """Whether a loop that polls does so only every so many iterations."""
        return loop.innermost and self.context.poll_interval > 1 and not any(map(self.is_safepoint_call, loop.calls))

    def is_short(self, loop: Loop) -> bool:
        """Whether a loop ends before its first poll would come: it counts down from ``x & C``."""
        local = countdown(self.body.instrs, loop) if loop.innermost else None
        if local is None or self.masked.get(self.locals[local], self.context.poll_interval) >= self.context.poll_interval:
            return False
        if any(map(self.is_safepoint_call, loop.calls)):
            return False
        self.short_loops.add(loop.start)
        return True

    def is_safepoint_call(self, index: int) -> bool:
        """Whether the call at an instruction index is a safepoint."""
        return self.context.plan.is_safepoint_call(self.body.instrs[index][2])

    def open_header(self, frame: Frame, live: int) -> Header:
        """Branch to a new loop header and make a phi for all that may change in the loop."""
        label = self.new_label()
        entry = self.edge(frame.height, len(frame.branch_codes))
        self.line(f"  br label %{label}")
        self.start_block(label)
        header = Header(frame.start, label, entry, [])
        assigned = self.body.structure.loops[frame.start].assigned
        for local in bits(assigned & live):
            self.locals[local] = self.header_phi(header, local, self.body.local_codes[local], self.locals[local])
        for local in bits(assigned & ~live):
            self.locals[local] = DEAD
        for position in range(frame.height, len(self.stack)):
            code, operand = self.stack[position]
            self.stack[position] = (code, self.header_phi(header, ~position, code, operand))
        if self.body.structure.loops[frame.start].innermost:
            self.streams.open(phi.name for phi in header.phis if phi.code == I32)
        return header

    def header_phi(self, header: Header, key: int, code: int, entry: str) -> str:
        """A phi whose back edge is not known yet."""
        name = self.value()
        if code in _FLOATING:
            lanes = self.phi_natures.get((header.loop, key), self.lanes(entry))
            if lanes is not None:
                self.note_raw(code, name, lanes)
                self.raw_phis[header.loop, key] = self.raw[name]
            else:
                entry = self.exact_on(header.entry, code, entry)
        header.phis.append(Phi(key, code, name, len(self.out), entry))
        self.out.append("")
        return name

    def close_header(self, header: Header, edge: Edge | None) -> None:
        """Fill in the phis of a header from its back edge."""
        self.separate(self.streams.close(), header.entry)
        for phi in header.phis:
            text = f"  {phi.name} = phi {IR_TYPE[phi.code]} [ {phi.entry}, %{header.entry.block} ]"
            if edge:
                operand = edge.locals[phi.slot] if phi.slot >= 0 else edge.stack[~phi.slot][1]
                operand = self.into_phi(header, phi, edge, operand)
                text += f", [ {operand}, %{edge.block} ]"
            self.out[phi.position] = text

    def separate(self, streams: list[list[str]], entry: Edge) -> None:
        """Give the pointers of each stream of a loop, which is entered at an edge, a base of their own."""
        if not streams:
            return
        bases = [self.value() for _ in streams]
        base_of = {pointer: base for base, pointers in zip(bases, streams, strict=True) for pointer in pointers}
        for position in range(entry.position + 1, len(self.out)):
            if (match := _FROM_BASE.match(self.out[position])) and match[1] in base_of:
                self.out[position] = f"  {match[1]} = getelementptr i8, ptr {base_of[match[1]]}, {match[2]}"
        self.before(entry, [annotation(base, number) for number, base in enumerate(bases)])

    def before(self, edge: Edge, lines: list[str]) -> None:
        """Put code at the end of an edge's block."""
        self.out[edge.position] = "\n".join([*lines, self.out[edge.position]])

    def into_phi(self, header: Header, phi: Phi, edge: Edge, operand: str) -> str:
        """An operand that flows into a loop phi, made to fit the phi's nature."""
        if phi.code not in _FLOATING:
            return operand
        wanted, given = self.raw.get(phi.name), self.lanes(operand)
        if wanted is None:
            return self.exact_on(edge, phi.code, operand)
        if given not in (wanted, ANY_LANES):
            # A phi that starts with a value which is never a NaN can be raw for other lanes.
            key, free = (header.loop, phi.slot), self.lanes(phi.entry) == ANY_LANES
            self.conflicts[key] = given if free and key not in self.phi_natures else None
        return operand

    def note_raw(self, code: int, name: str, lanes: int) -> None:
        """Note that a value is raw; lanes that are not known yet are taken to be f32."""
        self.raw[name] = (F32 if lanes == ANY_LANES else lanes) if code == V128 else code

    def close_loop(self, frame: Frame) -> None:
        """`end` of a loop: emit its latch and go on after it."""
        exits: list[Edge] = []
        after = self.new_label()
        if self.live:
            exits.append(self.fall_through(after))
        if frame.header:
            self.emit_latch(frame, frame.header)
        self.join(exits, after, self.body.liveness.get(frame.end, 0))

    def emit_latch(self, frame: Frame, header: Header) -> None:
        """Everything between the back edges of a loop and its header."""
        live = self.body.liveness[frame.start]
        count = len(frame.branch_codes)
        strip = frame.strip
        if strip and strip.counted:
            to_inner, to_poll = strip.counted
            self.close_strip(strip, to_inner)
            self.join([to_poll], frame.label, live)
        else:
            self.join(frame.edges, frame.label, live)
            if strip:
                self.emit_strip_latch(frame, strip)
                self.close_header(header, None)
                return
        if not self.live:
            self.close_header(header, None)
            return
        if frame.site:
            self.record_raw(frame.site)
            self.poll(frame.site)
        edge = self.edge(frame.height, count)
        self.terminate(f"  br label %{header.label}")
        self.close_header(header, edge)

    def emit_strip_latch(self, frame: Frame, strip: Strip) -> None:
        """The latch of an uncounted strip.  A poll changes no values: it is a way around, and the
        loop has one header."""
        if not self.live:
            self.close_strip(strip, None)
            return
        advanced = self.assign(f"add nuw nsw i32 {strip.counter}, 1")
        done = self.assign(f"icmp eq i32 {advanced}, {self.context.poll_interval}")
        poll, back, latch = self.new_label(), self.new_label(), self.block
        self.out.append(f"  br i1 {done}, label %{poll}, label %{back}, !prof !0")
        self.start_block(poll)
        if frame.site:
            self.record_raw(frame.site)
            self.poll(frame.site)
        polled = self.block
        self.out.append(f"  br label %{back}")
        self.start_block(back)
        strip.next_counter = self.assign(f"phi i32 [ {advanced}, %{latch} ], [ 0, %{polled} ]")
        edge = self.edge(frame.height, len(frame.branch_codes))
        self.terminate(f"  br label %{strip.inner.label}")
        self.close_strip(strip, edge)

    def close_strip(self, strip: Strip, edge: Edge | None) -> None:
        """Fill in the inner header and the strip's counter."""
        self.close_header(strip.inner, edge)
        text = f"  {strip.counter} = phi i32 [ 0, %{strip.inner.entry.block} ]"
        if edge:
            text += f", [ {strip.next_counter}, %{edge.block} ]"
        self.out[strip.counter_position] = text

    # ---- safepoints -------------------------------------------------------------------

    def site_for(self, kind: SiteKind, index: int, callee: int, live: int, stack: list[Operand]) -> Site:
        """The site of an instruction; numbered when it is first asked for."""
        key = (index, kind)
        locals_ = tuple((local, self.body.local_codes[local]) for local in bits(live))
        types = tuple(code for code, _ in stack)
        site = self.sites.get(key)
        if site is None:
            offset = self.body.instrs[index][1] if kind != SiteKind.ENTRY else self.body.instrs[0][1]
            site = Site(self.first_site + len(self.sites), self.body.index, offset, kind, callee, locals_, types, frozenset())
            self.sites[key] = site
        elif (site.locals, site.stack) != (locals_, types):
            raise AssertionError(f"function {self.body.index}: site at {site.offset} differs between versions")
        return site

    def site(self, kind: SiteKind, index: int, callee: int, live: int) -> Site:
        """The site of an instruction with the present operand stack."""
        site = self.site_for(kind, index, callee, live, self.stack)
        self.record_raw(site)
        return site

    def site_operands(self, site: Site) -> list[Operand]:
        """The values that the site records, now."""
        return [(code, self.locals[local]) for local, code in site.locals] + self.stack

    def record_raw(self, site: Site) -> None:
        """Note which of the recorded values have unspecified NaN bits."""
        site.raw = frozenset(
            position
            for position, (code, operand) in enumerate(self.site_operands(site))
            if code in (F32, F64) and self.lanes(operand) is not None
        )

    def bundle(self, site: Site) -> str:
        """The operand bundle of a safepoint call."""
        # Raw scalars are canonicalised by the writer of the snapshot, vectors here.
        operands = [(c, self.exact(c, operand) if c == V128 else operand) for c, operand in self.site_operands(site)]
        self.context.budget.record(len(operands))
        values = "".join(f", {IR_TYPE[code]} {operand}" for code, operand in operands)
        return f'[ "deopt"(i64 {site.number}{values}) ]'

    @property
    def slot_count(self) -> int:
        """Slots of a frame: one for each local, then the operand stack's."""
        return len(self.body.local_codes) + max((len(site.stack) for site in self.sites.values()), default=0)

    def requested(self) -> str:
        """An i1: whether something was asked of the program at its next poll."""
        flag = self.assign("load volatile i32, ptr @wanco_poll_flag, !tbaa !4")
        return self.assign(f"icmp ne i32 {flag}, 0")

    def call_slow_path(self, site: Site) -> None:
        """Have the runtime do what was asked for (its convention is completed by `wanco.codegen.target_ir`)."""
        bundle = self.bundle(site)
        self.out.append(f"  call preserve_mostcc void @wanco_poll_slow() {bundle}")

    def poll(self, site: Site) -> None:
        """Look at the poll flag, and call the slow path if it is set."""
        if not self.live:
            return
        slow, going = self.new_label(), self.new_label()
        test = self.requested()
        self.out.append(f"  br i1 {test}, label %{slow}, label %{going}, !prof !0")
        self.start_block(slow)
        self.call_slow_path(site)
        self.out.append(f"  br label %{going}")
        self.start_block(going)

    # ---- calls ------------------------------------------------------------------------

    def plain_call(self, target: str, signature: FuncType, arguments: str, suffix: str = "", attribute: str = "") -> None:
        """Call and push the results; ``arguments`` is the text between the parentheses."""
        if by_buffer(signature):
            self.line(f"  {attribute}call void {target}({arguments}, ptr %results){suffix}")
            self.push_from_buffer(signature)
        elif signature.results:
            code = CODE[signature.results[0]]
            self.push(code, self.assign(f"{attribute}call {IR_TYPE[code]} {target}({arguments}){suffix}"))
        else:
            self.line(f"  {attribute}call void {target}({arguments}){suffix}")

    def push_from_buffer(self, signature: FuncType) -> None:
        """Push the results that a callee has put into the buffer for them."""
        self.context.budget.load_results(len(signature.results))
        self.result_slots = max(self.result_slots, len(signature.results))
        for number, code in enumerate(codes(signature.results)):
            address = self.assign(slot("%results", number))
            self.push(code, self.assign(f"load {IR_TYPE[code]}, ptr {address}, align 16"))

    def allocas(self) -> list[str]:
        """The function's stack slots: the buffer that calls with several results share."""
        return [f"  %results = alloca [{16 * self.result_slots} x i8], align 16"] if self.result_slots else []

    def call_function(self, target: str, signature: FuncType, index: int, kind: SiteKind, callee: int, safepoint: bool) -> None:
        """A call of a WebAssembly function, operands on the stack."""
        arguments = self.pop_many(len(signature.params))
        text = "ptr %mem" + "".join(f", {IR_TYPE[code]} {self.exact(code, operand)}" for code, operand in arguments)
        if safepoint and self.context.checkpoint:
            self.safepoint_call(target, signature, text, self.site(kind, index, callee, self.body.liveness[index + 1]))
        elif self.context.checkpoint:
            # The call's place, for backtraces; it costs no instruction.
            self.plain_call(target, signature, text, f' [ "deopt"(i64 {self.location(index)}) ]')
        else:
            # Without records LLVM must still not turn runaway recursion into a loop.
            self.plain_call(target, signature, text, attribute="notail " if safepoint else "")

    def safepoint_call(self, target: str, signature: FuncType, arguments: str, site: Site) -> None:
        """A call at which the caller's state is recorded."""
        self.plain_call(target, signature, arguments, " " + self.bundle(site))

    def tail_form(self, target: int) -> TailForm:
        """How a tail call to a node of the graph of tail calls is made."""
        return self.context.plan.tail_calls.form(self.module, self.body.index, target)

    def host_safepoint(self, site: Site) -> None:
        """Called before a host call that can block: the place where a restored frame enters."""

    # ---- results ----------------------------------------------------------------------

    def emit_return(self) -> None:
        """Return the operands on the stack."""
        results = self.pop_many(len(self.body.signature.results))
        operands = [(code, self.exact(code, operand)) for code, operand in results]
        if by_buffer(self.body.signature):
            for number, (code, operand) in enumerate(operands):
                address = self.assign(slot("%res", number))
                self.line(f"  store {IR_TYPE[code]} {operand}, ptr {address}, align 16")
            self.terminate("  ret void")
        elif operands:
            code, operand = operands[0]
            self.terminate(f"  ret {IR_TYPE[code]} {operand}")
        else:
            self.terminate("  ret void")
