"""The element and the data section (sections 5.5.12 and 5.5.14)."""

from __future__ import annotations

from wanco.abi.layout import SegmentMode
from wanco.errors import DecodeError
from wanco.wasm.instructions import const_expr
from wanco.wasm.module import ConstExpr, DataSegment, ElementSegment, Module
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.reader import Reader
from wanco.wasm.types import ValType

_REF_FUNC = BY_NAME["ref.func"].code
"""What an index among the items of a segment is short for."""


def _element_segment(reader: Reader, module: Module) -> ElementSegment:
    """One element segment; bits of the flags (section 5.5.12): 0 not active, 1 explicit
    table or declarative, 2 items are expressions and the type a reference type."""
    start = reader.pos
    flags = reader.u32()
    if flags > 7:
        raise DecodeError("malformed elements segment kind", start)
    mode = (SegmentMode.DECLARATIVE if flags & 2 else SegmentMode.PASSIVE) if flags & 1 else SegmentMode.ACTIVE
    table = reader.u32() if flags & 3 == 2 else 0
    offset = const_expr(reader, module) if mode is SegmentMode.ACTIVE else None
    element = ValType.FUNCREF
    if flags & 3:
        if flags & 4:
            element = reader.ref_type()
        elif reader.byte() != 0:
            raise DecodeError("malformed element kind", reader.pos - 1)
    if flags & 4:
        return ElementSegment(mode, table, offset, element, tuple(reader.vector(lambda r: const_expr(r, module))))
    items: list[ConstExpr] = []
    for _ in range(reader.u32()):
        place = reader.base + reader.pos
        items.append(((_REF_FUNC, place, reader.u32()),))
    return ElementSegment(mode, table, offset, element, tuple(items))


def element_section(reader: Reader, module: Module) -> None:
    """The element segments."""
    module.elements = reader.vector(lambda r: _element_segment(r, module))


def _data_segment(reader: Reader, module: Module) -> DataSegment:
    start = reader.pos
    flags = reader.u32()
    if flags > 2:
        raise DecodeError("malformed data segment kind", start)
    mode = SegmentMode.PASSIVE if flags == 1 else SegmentMode.ACTIVE
    memory = reader.u32() if flags == 2 else 0
    offset = const_expr(reader, module) if mode is SegmentMode.ACTIVE else None
    return DataSegment(mode, memory, offset, reader.bytes(reader.u32()))


def data_section(reader: Reader, module: Module) -> None:
    """The data segments."""
    module.data = reader.vector(lambda r: _data_segment(r, module))
