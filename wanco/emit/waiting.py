"""Stores of raw floats, put off so that one test finds the NaNs of several.

A raw value (`wanco.emit.nan`) is canonical in memory, where its bits can be observed.  A
select in front of its store would lie on the path from the arithmetic, through memory, to the
load that the processor forwards the store to.  A branch that is never taken does not, but it
ends a block, and LLVM combines the stores of one block only (and would combine the arithmetic
behind them).  So stores wait until something else could observe memory; then one branch tests
all of their values, and they are made in their order.

What may come in between: whatever neither accesses memory nor ends a block nor traps, and loads
from elsewhere.  A store that has to wait for another may itself be of any type.
"""

from __future__ import annotations

from dataclasses import dataclass

_WRAP = 1 << 32

MOST_VALUES = 8
"""Raw values that wait at most: each of them occupies a register."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Bytes of a memory: ``size`` of them from ``(root + distance mod 2^32) + offset`` on.  The root
    is an SSA value; "" for an address that is known."""

    memory: int
    root: str
    distance: int
    offset: int
    size: int

    def overlaps(self, other: Extent) -> bool:
        """Whether both can have a byte in common."""
        if self.memory != other.memory:
            return False
        if self.root != other.root:
            return True
        apart = self.offset - other.offset + (self.distance - other.distance) % _WRAP
        return any(-self.size < way < other.size for way in (apart, apart - _WRAP))


@dataclass(frozen=True, slots=True)
class Store:
    """A store to be made: ``kind`` is the LLVM type; ``raw`` is a value code if the operand is raw."""

    kind: str
    operand: str
    place: str
    extent: Extent
    raw: int | None


class WaitingStores:
    """The stores that wait, in their order."""

    def __init__(self) -> None:
        self._stores: list[Store] = []

    def __bool__(self) -> bool:
        return bool(self._stores)

    def add(self, store: Store) -> None:
        """Let a store wait."""
        self._stores.append(store)

    def full(self) -> bool:
        """Whether no more should wait."""
        return len(self._stores) >= 2 * MOST_VALUES or sum(store.raw is not None for store in self._stores) >= MOST_VALUES

    def overlap(self, extent: Extent) -> bool:
        """Whether one of them can change what a load reads."""
        return any(store.extent.overlaps(extent) for store in self._stores)

    def take(self) -> tuple[list[Store], dict[str, int]]:
        """All of them, which wait no longer, and the raw operands with their value codes."""
        stores, self._stores = self._stores, []
        return stores, {store.operand: store.raw for store in stores if store.raw is not None}
