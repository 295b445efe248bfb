"""Native addresses of neighbours in linear memory.

An address of WebAssembly is a sum modulo 2^32, so for LLVM ``p + 8`` is not eight bytes away
from ``p``: each of them needs an addition and a zero extension of its own, is no operand of
one addressing mode, and cannot be told to be another place than ``p``.  Here an address is
expressed by the native address of a neighbour where that comes to the same.

Premises: the memory has less than 2^32 - `REACH` bytes (one that starts with fewer than the
65,536 pages that are possible never gets the last of them: see `most_pages`), and `REACH`
bytes in front of it cannot be accessed.  Let u be the (32-bit) address of the neighbour, and
u + d modulo 2^32 the one that is wanted.

* d > 0, if the neighbour has been accessed on every path to here: then u lies in the memory,
  so u + d is below 2^32 and nothing wraps.  (Should LLVM have dropped an access that the
  program cannot see the result of, u + d lies beyond the memory: a trap, as there should have
  been before.)
* d < 0: if u + d wraps, it becomes an address above 2^32 - `REACH`, which always traps.  So does
  the native address, which lies in front of the memory then; but not if an offset is added
  to it that leads back into it.

No flag of the sums says that they do not wrap: LLVM could turn a wrong one, in a program that
should have trapped, into anything.
"""

from __future__ import annotations

from wanco.abi.layout import MEMORY_GUARD
from wanco.wasm.module import Module

REACH = MEMORY_GUARD
"""Distance of neighbours, in bytes; a page of linear memory at most."""

_ALL_PAGES = 1 << 16


def has_neighbours(module: Module) -> bool:
    """Whether memory 0 never reaches its last page."""
    return bool(module.memories) and module.memories[0].limits.minimum < _ALL_PAGES


def most_pages(minimum: int, maximum: int | None) -> int:
    """Pages to which a memory can grow."""
    possible = _ALL_PAGES if minimum == _ALL_PAGES else _ALL_PAGES - 1
    return possible if maximum is None else min(possible, maximum)


def signed(number: int) -> int:
    """A number modulo 2^32, between -2^31 and 2^31."""
    return ((number + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


class Neighbours:
    """Native addresses known at a point of a function, by the value that they are a sum of."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[int, str, bool]]] = {}
        self._order: list[str] = []

    def mark(self) -> int:
        """What `forget` goes back to."""
        return len(self._order)

    def forget(self, mark: int) -> None:
        """Forget what has been noted since a mark: it holds on some paths only."""
        while len(self._order) > mark:
            self._known[self._order.pop()].pop()

    def note(self, root: str, distance: int, pointer: str, accessed: bool) -> None:
        """``pointer`` is the native address of ``root + distance``."""
        self._known.setdefault(root, []).append((distance, pointer, accessed))
        self._order.append(root)

    def find(self, root: str, distance: int, offset: int) -> tuple[str, int] | None:
        """A neighbour's native address and how far it is to ``root + distance``, to which the
        static offset of an access will be added."""
        for known, pointer, accessed in self._known.get(root, ()):
            way = signed(distance - known)
            if way == 0 or (0 < way <= REACH and accessed) or (-REACH <= way < 0 and offset == 0):
                return pointer, way
        return None
