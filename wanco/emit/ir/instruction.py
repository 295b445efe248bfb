"""Instructions of LLVM IR as values.

An instruction is its name, its text and what it does beside giving a value.  Its operands stand
beside the text, so that nothing needs to read text again: which values an instruction uses, whether
it can be moved, and which accesses must stay are all told by its fields.
"""

from __future__ import annotations

import enum


class Effect(enum.Enum):
    """What an instruction does beside computing its value."""

    NONE = enum.auto()
    """Nothing: it can stand anywhere behind its operands."""
    PLACED = enum.auto()
    """Nothing, but it stays in its place: a phi, an operation that LLVM writes as a call, a part of making a
    NaN canonical, a load that cannot trap."""
    MEMORY = enum.auto()
    """It accesses a linear memory, and traps outside of it."""
    GLOBAL = enum.auto()
    """It accesses a global."""
    CALL = enum.auto()
    """It calls a function."""
    OTHER = enum.auto()
    """It stores elsewhere, or ends its block."""


class Instruction:
    """One instruction; ``name`` is None where it has no value, ``text`` is what stands behind the name."""

    __slots__ = ("effect", "name", "operands", "text")

    def __init__(self, name: str | None, text: str, operands: tuple[str, ...], effect: Effect) -> None:
        self.name = name
        self.text = text
        self.operands = operands
        self.effect = effect

    def keep(self) -> None:
        """Make an access (`Effect.MEMORY`, `Effect.GLOBAL`) volatile: LLVM leaves it where it is."""
        if " volatile " not in self.text:
            self.text = self.text.replace(" ", " volatile ", 1)  # behind `load` or `store`
