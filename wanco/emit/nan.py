"""NaN bits: which float values are raw, and where they are made canonical.

A float value is *raw* when it is, on every path, the result of arithmetic (the bits of a NaN are
then unspecified by WebAssembly and differ between ISAs) or never a NaN; otherwise it is *exact* and
keeps its bits.  A raw value is canonicalised where its bits can be observed or where it meets an
exact one.  A vector is raw for the lanes it was computed in, f32 or f64.  What has passed the test
of a store (`wanco.emit.stores`) is canonical: exact, but it may be taken as raw, too.

Canonicalising is an explicit select on every ISA: LLVM folds operations such as `x * 1.0` to `x`,
so a hardware mode (AArch64 FPCR.DN) or a canonicalising instruction (RISC-V) does not give the
same bits on its own.

Whether a loop's phi is raw depends on its back edge, which comes later: it is taken as raw if the
entry value is, and if the back edge turns out different, the function is emitted again with that
phi's state known (`NanConflict`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from wanco.emit.ir.builder import Block, Builder
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.values import CANONICAL_NAN, F32, F64, IR_TYPE, V128, ZERO

FLOATING = frozenset({F32, F64, V128})
"""Codes of the types whose values can be raw."""

ANY_LANES = -1
"""Lanes of a value that is never a NaN: it can be taken as raw for any."""

PhiStates = dict[tuple[int, int], int | None]
"""What is known of loop phis, by (loop index, slot): None for exact, else the lanes for which they are raw."""

T = TypeVar("T")


class NanConflict(Exception):
    """Some loop phis were taken for what they are not; ``states`` says what they are."""

    def __init__(self, states: PhiStates) -> None:
        super().__init__()
        self.states = states


def settled(make: Callable[[PhiStates], T], states: PhiStates) -> T:
    """What ``make`` gives once the states of all loop phis are as they were taken to be."""
    while True:
        try:
            return make(states)
        except NanConflict as conflict:
            states = states | conflict.states


class NanState:
    """The NaN state of a function's values."""

    def __init__(self, ir: Builder, known: PhiStates) -> None:
        self._ir = ir
        self.known = known
        """What earlier walks found out about loop phis."""
        self.conflicts: PhiStates = {}
        self.raw_phis: PhiStates = {}
        """The loop phis that are raw, and their lanes."""
        self.raw: dict[str, int] = {}
        """Lanes (F32 or F64) of the raw values: of a scalar, its own code."""
        self.never: set[str] = set()
        """Values that are no NaN."""
        self.canonical: set[str] = set()
        """Scalars in which a NaN is the canonical one: exact, and as good as raw where they meet raw ones."""
        self._on_edges: dict[tuple[Block, str], str] = {}

    def note(self, code: int, name: str, lanes: int) -> None:
        """Note that a value is raw; lanes that are not known yet are taken to be f32."""
        self.raw[name] = (F32 if lanes == ANY_LANES else lanes) if code == V128 else code

    def lanes(self, operand: str) -> int | None:
        """The lanes for which a float or vector operand is raw; None if it is exact."""
        lanes = self.raw.get(operand)
        if lanes is None and (operand.startswith("0x") or operand == ZERO[V128]):
            return ANY_LANES
        return ANY_LANES if operand in self.never or operand in self.canonical else lanes

    def common_lanes(self, operands: Sequence[str]) -> int | None:
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
        return operand in self.raw and operand not in self.never

    def exact(self, code: int, operand: str) -> str:
        """The operand with defined bits: canonicalised if it is raw."""
        if not self.needs_canonical(operand):
            return operand
        instructions = self.canonicalised(code, operand)
        self._ir.extend(instructions)
        return _name(instructions)

    def exact_on(self, block: Block, code: int, operand: str) -> str:
        """`exact`, with the code put at the end of a block from which the value flows on."""
        if not self.needs_canonical(operand):
            return operand
        key = (block, operand)
        if key not in self._on_edges:
            instructions = self.canonicalised(code, operand)
            self._on_edges[key] = _name(instructions)
            block.before_end(instructions)
        return self._on_edges[key]

    def canonicalised(self, code: int, operand: str) -> list[Instruction]:
        """Code that canonicalises the NaNs in a raw value; the last instruction has the result."""
        if code != V128:
            kind, test, name = IR_TYPE[code], self._ir.value(), self._ir.value()
            return [
                _placed(test, f"fcmp uno {kind} {operand}, {operand}", operand),
                _placed(name, f"select i1 {test}, {kind} {CANONICAL_NAN}, {kind} {operand}", test, operand),
            ]
        count, kind = (4, "float") if self.raw[operand] == F32 else (2, "double")
        vector, nan = f"<{count} x {kind}>", f"<{', '.join([f'{kind} {CANONICAL_NAN}'] * count)}>"
        cast, test, select, name = (self._ir.value() for _ in range(4))
        return [
            _placed(cast, f"bitcast <2 x i64> {operand} to {vector}", operand),
            _placed(test, f"fcmp uno {vector} {cast}, {cast}", cast),
            _placed(select, f"select <{count} x i1> {test}, {vector} {nan}, {vector} {cast}", test, cast),
            _placed(name, f"bitcast {vector} {select} to <2 x i64>", select),
        ]

    # ---- loop phis ------------------------------------------------------------------------

    def into_header(self, loop: int, slot: int, code: int, name: str, entry: str, block: Block) -> str:
        """The operand that enters a loop's phi ``name`` from ``block``; notes the phi's state."""
        lanes = self.known.get((loop, slot), self.lanes(entry))
        if lanes is None:
            return self.exact_on(block, code, entry)
        self.note(code, name, lanes)
        self.raw_phis[loop, slot] = self.raw[name]
        return entry

    def around(self, loop: int, slot: int, code: int, name: str, entry: str, operand: str, block: Block) -> str:
        """The operand that flows back into a loop's phi, made to fit the phi's state."""
        wanted, given = self.raw.get(name), self.lanes(operand)
        if wanted is None:
            return self.exact_on(block, code, operand)
        if given not in (wanted, ANY_LANES):
            # A phi that starts with a value which is never a NaN can be raw for other lanes.
            key, free = (loop, slot), self.lanes(entry) == ANY_LANES
            self.conflicts[key] = given if free and key not in self.known else None
        return operand


def _placed(name: str, text: str, *operands: str) -> Instruction:
    return Instruction(name, text, operands, Effect.PLACED)


def _name(instructions: Sequence[Instruction]) -> str:
    name = instructions[-1].name
    assert name is not None
    return name
