"""Types: those of functions with their section, and those of tables, memories and globals (sections 5.3 and 5.5.4)."""

from __future__ import annotations

from wanco.errors import DecodeError
from wanco.wasm.columns import Feature
from wanco.wasm.module import Module
from wanco.wasm.reader import Reader, unsupported
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, ValType

MAX_PARAMS = 1_000
"""Parameters, and results, of a function type: the limit of the JavaScript embedding."""


def type_section(reader: Reader, module: Module) -> None:
    """The types of functions."""
    module.types = reader.vector(_func_type)


def _result_type(reader: Reader) -> tuple[ValType, ...]:
    start = reader.pos
    count = reader.u32()
    if count > MAX_PARAMS:
        raise DecodeError(f"more than {MAX_PARAMS} parameters or results in a function type", start)
    return tuple([reader.val_type() for _ in range(count)])


def _func_type(reader: Reader) -> FuncType:
    start = reader.pos
    form = reader.byte()
    if form in (0x4E, 0x4F, 0x50, 0x5E, 0x5F):
        raise unsupported(Feature.GC, f"type {form:#04x}", start)
    if form != 0x60:
        raise DecodeError("integer representation too long" if form & 0x80 else "malformed type", start)
    return FuncType(_result_type(reader), _result_type(reader))


def _limits(reader: Reader) -> Limits:
    start = reader.pos
    flags = reader.byte()
    for bit, feature in ((2, Feature.THREADS), (4, Feature.MEMORY64), (8, Feature.PAGE_SIZES)):
        if flags & bit and flags < 16:
            raise unsupported(feature, f"limits with flags {flags:#04x}", start)
    if flags > 1:
        raise DecodeError("malformed limits flags", start)
    minimum = reader.u64()
    return Limits(minimum, reader.u64() if flags & 1 else None)


def table_type(reader: Reader) -> TableType:
    """Read the type of a table."""
    if reader.remaining and reader.data[reader.pos] == 0x40:
        raise unsupported(Feature.FUNCTION_REFERENCES, "a table with an initializer", reader.pos)
    return TableType(reader.ref_type(), _limits(reader))


def memory_type(reader: Reader) -> MemoryType:
    """Read the type of a memory."""
    return MemoryType(_limits(reader))


def global_type(reader: Reader) -> GlobalType:
    """Read the type of a global."""
    value = reader.val_type()
    mutable = reader.byte()
    if mutable > 1:
        raise DecodeError("malformed mutability", reader.pos - 1)
    return GlobalType(value, bool(mutable))
