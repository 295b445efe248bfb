"""Accesses of linear memory: what numbers its bytes, native addresses, loads.

Bounds are checked by page protection: a 32-bit address plus a 32-bit offset stays inside
the reservation, so an access is one instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

from wanco.emit.addresses import REACH
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import I32, IR_TYPE, is_integer_constant
from wanco.emit.stores import UNALIGNED
from wanco.emit.translation import Translation
from wanco.emit.waiting import Extent
from wanco.wasm.types import MemoryType, TableType

WIDE = "i64"
"""LLVM type in which native addresses and sizes are computed."""


# ---- what bytes and elements are numbered by ----------------------------------------------


@dataclass(frozen=True, slots=True)
class IndexType:
    """The integer type that numbers a memory's bytes or a table's elements."""

    code: int
    bits: int

    @property
    def kind(self) -> str:
        """The LLVM type."""
        return IR_TYPE[self.code]

    def wide(self, t: Translation, operand: str) -> str:
        """An index as an i64."""
        return operand if self.kind == WIDE else t.ir.cast("zext", self.kind, operand, WIDE)

    def narrow(self, t: Translation, operand: str) -> str:
        """An i64 as an index."""
        return operand if self.kind == WIDE else t.ir.cast("trunc", WIDE, operand, self.kind)


_I32 = IndexType(I32, 32)


def index_type(indexed: MemoryType | TableType) -> IndexType:
    """What numbers the bytes of a memory, or the elements of a table: i32 for all that WebAssembly 2.0 has."""
    return _I32


def memory_index(t: Translation, memory: int) -> IndexType:
    """What numbers the bytes of a memory."""
    return index_type(t.module.memories[memory])


def table_index(t: Translation, table: int) -> IndexType:
    """What numbers the elements of a table."""
    return index_type(t.module.tables[table])


def shared_index(a: IndexType, b: IndexType) -> IndexType:
    """What counts that which goes from one memory or table to another: the narrower of both types."""
    return min(a, b, key=lambda index: index.bits)


# ---- native addresses ---------------------------------------------------------------------


def memory_base(t: Translation, memory: int) -> str:
    """Native address of a memory's first byte; it never changes."""
    if memory == 0:
        return "%mem"
    return t.ir.load("ptr", t.ir.element("ptr", "@wanco_memory_base", memory), Tag.INVARIANT)


def address(t: Translation, operand: str, offset: int, memory: int) -> str:
    """Native address of a linear memory address plus a static offset."""
    origin, index = memory_base(t, memory), memory_index(t, memory)
    if is_integer_constant(operand):
        return t.ir.offset(origin, int(operand) % (1 << index.bits) + offset, inbounds=False)
    if memory == 0 and t.context.neighbours:
        base = _neighbour(t, index, operand, offset)
    else:
        base = _native(t, origin, index, operand)
    return t.ir.offset(base, offset, inbounds=False) if offset else base


def _native(t: Translation, origin: str, index: IndexType, operand: str) -> str:
    return t.ir.offset(origin, index.wide(t, operand), inbounds=False)


def _neighbour(t: Translation, index: IndexType, operand: str, offset: int) -> str:
    """Native address of an address in memory 0 that is now accessed with a static offset."""
    root, distance = t.known.sum_of(operand)
    found, computed = t.neighbours.find(root, distance, offset), None
    if found is None and -REACH <= distance < 0 and offset == 0:
        found = _native(t, "%mem", index, root), distance
        computed = t.ir.newest()
        t.note_neighbour(root, 0, found[0], accessed=False)
    if found is None:
        pointer = _native(t, "%mem", index, operand)
        computed = t.ir.newest()
    else:
        pointer, way = found
        if way:
            pointer = t.ir.offset(pointer, way, inbounds=False)
    t.note_neighbour(root, distance, pointer, accessed=True)
    t.streams.access(root, distance + offset, computed)
    return pointer


# ---- accesses -----------------------------------------------------------------------------


def extent(t: Translation, operand: str, offset: int, memory: int, size: int) -> Extent:
    """What an access of ``size`` bytes touches."""
    root, distance = ("", int(operand)) if is_integer_constant(operand) else t.known.sum_of(operand)
    return Extent(memory, root, distance, offset, size)


def load(t: Translation, kind: str, place: str) -> str:
    """Load from linear memory (`wanco.emit.kept_accesses`: what nothing uses stays)."""
    return t.ir.load(kind, place, UNALIGNED, Effect.MEMORY)
