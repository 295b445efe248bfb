"""Functions as they stand in a unit: text with the symbol, the linkage and the references that a unit asks for."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

HIDDEN = "hidden"
INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Definition:
    """One function: ``text`` is what stands behind ``define`` and the linkage."""

    symbol: str
    text: str
    linkage: str = HIDDEN
    called: Set[str] = frozenset()
    """Symbols of the functions that it calls directly."""
    has_vectors: bool = False
    """It calls LLVM's operations on vectors."""

    def visible(self) -> Definition:
        """The same, for other units to refer to."""
        return self if self.linkage == HIDDEN else replace(self, linkage=HIDDEN)

    def ir(self) -> str:
        """The whole text."""
        return f"define {self.linkage} {self.text}"
