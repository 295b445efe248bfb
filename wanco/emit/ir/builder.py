"""Building the blocks of one function: fresh names, instructions put into the open block, and the text of all.

While code is not *live*, instructions get names but are not kept: handlers run to keep track of types only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.prelude import Tag


class Block:
    """A basic block: its instructions, what its branch's target wants computed in front of the branch, and the
    terminator."""

    __slots__ = ("body", "edge_code", "end", "label")

    def __init__(self, label: str) -> None:
        self.label = label
        self.body: list[Instruction] = []
        self.edge_code: list[Instruction] = []
        self.end: Instruction | None = None

    def before_end(self, instructions: Sequence[Instruction]) -> None:
        """Put instructions in front of the terminator, and of what was put there earlier."""
        self.edge_code[:0] = instructions

    def instructions(self) -> list[Instruction]:
        """All instructions in their order."""
        return [*self.body, *self.edge_code, *([self.end] if self.end else [])]


class Builder:
    """The function that is being built: blocks in their order, then those for what is rare."""

    def __init__(self, entry: str = "entry") -> None:
        self.block = Block(entry)
        """The open block."""
        self.blocks = [self.block]
        self.cold: list[Block] = []
        self.live = True
        """Whether the open block goes on."""
        self.reachable = True
        """Whether the code is reachable, though it may not be live (`wanco.emit.modes.partial`)."""
        self.values = 0
        """Number of the newest name."""
        self._labels = 0
        self.called: set[str] = set()
        """Symbols of the functions that direct calls refer to."""
        self.operations: set[str] = set()
        """Families of LLVM's operations in use that the function's form depends on."""

    # ---- names and blocks ---------------------------------------------------------------

    def value(self) -> str:
        """A fresh SSA name."""
        self.values += 1
        return f"%v{self.values}"

    def label(self) -> str:
        """A fresh block label."""
        self._labels += 1
        return f"b{self._labels}"

    def start(self, label: str) -> None:
        """Open a block; code is live from here on."""
        self.live = self.reachable = True
        self.block = Block(label)
        self.blocks.append(self.block)

    def set_cold(self, block: Block) -> None:
        """Put a block that is built by itself behind those for what is likely."""
        self.cold.append(block)

    @contextmanager
    def aside(self, label: str) -> Iterator[Block]:
        """Code that goes to a cold block, which it must end; what was open stays open."""
        before, self.block = self.block, Block(label)
        state = self.live, self.reachable
        yield self.block
        self.set_cold(self.block)
        self.block = before
        self.live, self.reachable = state

    # ---- instructions -------------------------------------------------------------------

    def assign(self, text: str, *operands: str, effect: Effect = Effect.NONE) -> str:
        """Add an instruction with a value, of which ``operands`` are the SSA values in ``text``; its name."""
        self.values += 1
        name = f"%v{self.values}"
        if self.live:
            self.block.body.append(Instruction(name, text, operands, effect))
        return name

    def add(self, name: str, text: str, *operands: str, effect: Effect) -> None:
        """Add an instruction with a name that has been made for it."""
        if self.live:
            self.block.body.append(Instruction(name, text, operands, effect))

    def do(self, text: str, *operands: str, effect: Effect = Effect.OTHER) -> None:
        """Add an instruction without a value."""
        if self.live:
            self.block.body.append(Instruction(None, text, operands, effect))

    def newest(self) -> Instruction | None:
        """The instruction that was added last, if code is live."""
        return self.block.body[-1] if self.live else None

    def extend(self, instructions: Iterable[Instruction]) -> None:
        """Add instructions that exist."""
        if self.live:
            self.block.body.extend(instructions)

    def binary(self, op: str, kind: str, a: str, b: str) -> str:
        """An operation of two operands of a type."""
        return self.assign(f"{op} {kind} {a}, {b}", a, b)

    def icmp(self, predicate: str, kind: str, a: str, b: str) -> str:
        """A comparison of integers or pointers, an i1."""
        return self.assign(f"icmp {predicate} {kind} {a}, {b}", a, b)

    def fcmp(self, predicate: str, kind: str, a: str, b: str) -> str:
        """A comparison of floats, an i1."""
        return self.assign(f"fcmp {predicate} {kind} {a}, {b}", a, b)

    def cast(self, op: str, kind: str, operand: str, to: str) -> str:
        """A conversion between types."""
        return self.assign(f"{op} {kind} {operand} to {to}", operand)

    def select(self, condition: str, kind: str, a: str, b: str) -> str:
        """One of two values, by an i1."""
        return self.assign(f"select i1 {condition}, {kind} {a}, {kind} {b}", condition, a, b)

    def offset(self, base: str, distance: int | str, inbounds: bool = True) -> str:
        """A pointer ``distance`` (i64) bytes from another; out of the object only where it is not inbounds."""
        flag = "inbounds " if inbounds else ""
        return self.assign(f"getelementptr {flag}i8, ptr {base}, i64 {distance}", base, str(distance))

    def element(self, kind: str, base: str, index: int | str) -> str:
        """A pointer to an element (i64 index) of an array."""
        return self.assign(f"getelementptr inbounds {kind}, ptr {base}, i64 {index}", base, str(index))

    def load(self, kind: str, place: str, suffix: str = "", effect: Effect = Effect.PLACED) -> str:
        """A load; ``suffix`` has alignment and metadata."""
        return self.assign(f"load {kind}, ptr {place}{suffix}", place, effect=effect)

    def store(self, kind: str, operand: str, place: str, suffix: str = "", effect: Effect = Effect.OTHER) -> None:
        """A store; ``suffix`` has alignment and metadata."""
        self.do(f"store {kind} {operand}, ptr {place}{suffix}", operand, place, effect=effect)

    def operation(self, text: str, *operands: str) -> str:
        """An operation that LLVM writes as the call of an intrinsic; ``text`` is what stands behind ``call``."""
        return self.assign(f"call {text}", *operands, effect=Effect.PLACED)

    def phi(self, kind: str, incoming: Sequence[tuple[str, Block]], name: str | None = None) -> str:
        """A phi of values and the blocks that they come from."""
        name = name or self.value()
        if self.live:
            fill(self.open_phi(name), kind, incoming)
        return name

    def open_phi(self, name: str) -> Instruction:
        """A phi that is yet to be filled in (`fill`)."""
        waiting = Instruction(name, "", (), Effect.PLACED)
        self.block.body.append(waiting)
        return waiting

    def note_call(self, target: str) -> None:
        """Note the symbol of a call's target, if it is called directly."""
        if self.live and target.startswith("@"):
            self.called.add(target[1:])

    # ---- terminators --------------------------------------------------------------------

    def end(self, text: str, *operands: str) -> None:
        """Close the open block, if it is live, without a statement about what follows."""
        if self.live:
            self.block.end = Instruction(None, text, operands, Effect.OTHER)

    def leave(self, text: str, *operands: str) -> None:
        """Close the open block; what follows is unreachable until a block is opened."""
        self.end(text, *operands)
        self.live = self.reachable = False

    def jump(self, label: str) -> None:
        """Close the open block by a branch."""
        self.end(f"br label %{label}")

    def fork(self, condition: str, then: str, otherwise: str, rare: bool = False) -> None:
        """Close the open block by a branch on an i1; ``rare``: it seldom holds."""
        self.end(f"br i1 {condition}, label %{then}, label %{otherwise}{Tag.UNLIKELY if rare else ''}", condition)

    # ---- the whole ----------------------------------------------------------------------

    def all_blocks(self) -> list[Block]:
        """The blocks in the order of the text."""
        return self.blocks + self.cold


def fill(waiting: Instruction, kind: str, incoming: Sequence[tuple[str, Block]]) -> None:
    """Fill in a phi that was opened before its values were known."""
    waiting.text = f"phi {kind} " + ", ".join([f"[ {operand}, %{block.label} ]" for operand, block in incoming])
    waiting.operands = tuple([operand for operand, _ in incoming])


def text_of(blocks: Iterable[Block]) -> list[str]:
    """Lines of IR."""
    lines: list[str] = []
    for block in blocks:
        lines.append(f"{block.label}:")
        lines += [f"  {i.name} = {i.text}" if i.name else f"  {i.text}" for i in block.instructions()]
    return lines
