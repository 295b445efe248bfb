"""Decoder for modules (WebAssembly 2.0, chapter 5).

`decode` reads the sections; function bodies it only cuts out, because they are most of a
module and are wanted one at a time.  `decode_body` reads the instructions of one of them.
Together they refuse everything that the specification calls malformed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from wanco.abi.layout import ExternKind, SegmentMode
from wanco.errors import DecodeError, UnsupportedError, ValidationError
from wanco.wasm.columns import Feature
from wanco.wasm.instructions import read_expression
from wanco.wasm.module import (
    Code,
    ConstExpr,
    DataSegment,
    ElementSegment,
    Export,
    ExternType,
    Global,
    Import,
    Instr,
    Module,
    Names,
)
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.reader import Reader, relocated, unsupported
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, ValType

__all__ = ["MAGIC", "MAX_LOCALS", "MAX_PARAMS", "Instr", "decode", "decode_body"]

MAGIC = b"\0asm"
VERSION = b"\x01\0\0\0"
_COMPONENT_VERSION = b"\x0d\0\x01\0"

MAX_LOCALS = 50_000
"""Declared locals of a function.  Like other implementations we have a limit below that of
the specification, so that a few bytes cannot ask for gigabytes."""

MAX_PARAMS = 1_000
"""Parameters, and results, of a function type: the limit of the JavaScript embedding."""

T = TypeVar("T")


def decode(data: bytes) -> Module:
    """Decode a binary module.

    Raises `DecodeError` for malformed bytes, `UnsupportedError` for features that are known
    but not decoded, `ValidationError` for imports of unknown types.
    """
    if data[:4] != MAGIC:
        raise DecodeError("magic header not detected" if len(data) >= 4 else "unexpected end", 0)
    if data[4:8] == _COMPONENT_VERSION:
        raise unsupported(Feature.COMPONENTS, "this file, which is a component and not a module", 4)
    if data[4:8] != VERSION:
        raise DecodeError("unknown binary version" if len(data) >= 8 else "unexpected end", 4)
    module = Module(sha256=hashlib.sha256(data).digest(), size=len(data))
    file = Reader(data)
    file.pos = 8
    last = 0
    while file.remaining:
        start = file.pos
        number = file.byte()
        name, order, read = _section(number, start)
        if number:
            if order <= last:
                raise DecodeError("unexpected content after last section", start, f"{name} section")
            last = order
        size = file.u32()
        if size > file.remaining:
            raise DecodeError("length out of bounds", start + 1, f"{name} section")
        section = file.sub(size)
        try:
            read(section, module)
            if section.remaining:
                raise DecodeError("section size mismatch", section.pos)
        except (DecodeError, UnsupportedError, ValidationError) as error:
            if error.where is not None:
                raise
            raise relocated(error, section.base, f"{name} section") from None
    if len(module.functions) - module.imported_functions != len(module.code):
        raise DecodeError("function and code section have inconsistent lengths", len(data))
    if module.data_count is not None and module.data_count != len(module.data):
        raise DecodeError("data count and data section have inconsistent lengths", len(data))
    for custom, content in module.customs:
        if custom == "name":
            module.names = _names(content)
    return module


def decode_body(module: Module, code: Code) -> list[Instr]:
    """Decode the instructions of a function body, the final ``end`` included.

    Raises `DecodeError`, `UnsupportedError`, and `ValidationError` for an unknown block
    type, with offsets in the file and the function's name.
    """
    try:
        instrs, pos = read_expression(code.body, code.first, module.types, module.data_count is not None)
        if pos != len(code.body):
            raise DecodeError("section size mismatch: code after the end of the function", pos)
    except (DecodeError, UnsupportedError, ValidationError) as error:
        raise relocated(error, code.offset, _place_of(module, code)) from None
    return instrs


def _place_of(module: Module, code: Code) -> str:
    index = next((i for i, other in enumerate(module.code) if other is code), None)
    return "code" if index is None else module.describe_function(module.imported_functions + index)


def _section(number: int, offset: int) -> tuple[str, int, Callable[[Reader, Module], None]]:
    if number == 13:
        raise unsupported(Feature.EXCEPTIONS, "the tag section", offset)
    if number not in _SECTIONS:
        raise DecodeError("malformed section id", offset)
    return _SECTIONS[number]


def _vector(reader: Reader, read: Callable[[Reader], T]) -> list[T]:
    return [read(reader) for _ in range(reader.u32())]


# Types


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


def _table_type(reader: Reader) -> TableType:
    if reader.remaining and reader.data[reader.pos] == 0x40:
        raise unsupported(Feature.FUNCTION_REFERENCES, "a table with an initializer", reader.pos)
    return TableType(reader.ref_type(), _limits(reader))


def _memory_type(reader: Reader) -> MemoryType:
    return MemoryType(_limits(reader))


def _global_type(reader: Reader) -> GlobalType:
    value = reader.val_type()
    mutable = reader.byte()
    if mutable > 1:
        raise DecodeError("malformed mutability", reader.pos - 1)
    return GlobalType(value, bool(mutable))


def _const_expr(reader: Reader, module: Module) -> ConstExpr:
    instrs, reader.pos = read_expression(reader.data, reader.pos, module.types, True)
    base = reader.base
    return tuple([(op, base + offset, immediate) for op, offset, immediate in instrs[:-1]])


# Sections


def _custom_section(reader: Reader, module: Module) -> None:
    name = reader.name()
    module.customs.append((name, reader.bytes(reader.remaining)))


def _type_section(reader: Reader, module: Module) -> None:
    module.types = _vector(reader, _func_type)


_REFUSED_KINDS = {4: Feature.EXCEPTIONS, 0x7E: Feature.COMPACT_IMPORTS, 0x7F: Feature.COMPACT_IMPORTS}


def _extern_kind(reader: Reader, malformed: str) -> ExternKind:
    kind = reader.byte()
    if kind in _REFUSED_KINDS:
        raise unsupported(_REFUSED_KINDS[kind], f"kind {kind:#04x}", reader.pos - 1)
    if kind > 3:
        raise DecodeError(malformed, reader.pos - 1)
    return ExternKind(kind)


def _import_section(reader: Reader, module: Module) -> None:
    for _ in range(reader.u32()):
        module_name = reader.name()
        name = reader.name()
        kind = _extern_kind(reader, "malformed import kind")
        item: ExternType
        if kind is ExternKind.FUNCTION:
            start = reader.pos
            index = reader.u32()
            if index >= len(module.types):
                raise ValidationError(f"unknown type {index}", start)
            item = module.types[index]
            module.functions.append(index)
        elif kind is ExternKind.TABLE:
            item = _table_type(reader)
            module.tables.append(item)
        elif kind is ExternKind.MEMORY:
            item = _memory_type(reader)
            module.memories.append(item)
        else:
            item = _global_type(reader)
            module.globals.append(Global(item, None))
        module.imports.append(Import(module_name, name, kind, item))


def _function_section(reader: Reader, module: Module) -> None:
    module.functions += _vector(reader, Reader.u32)


def _table_section(reader: Reader, module: Module) -> None:
    module.tables += _vector(reader, _table_type)


def _memory_section(reader: Reader, module: Module) -> None:
    module.memories += _vector(reader, _memory_type)


def _global_section(reader: Reader, module: Module) -> None:
    for _ in range(reader.u32()):
        global_type = _global_type(reader)
        module.globals.append(Global(global_type, _const_expr(reader, module)))


def _export(reader: Reader) -> Export:
    name = reader.name()
    kind = _extern_kind(reader, "malformed export kind")
    return Export(name, kind, reader.u32())


def _export_section(reader: Reader, module: Module) -> None:
    module.exports = _vector(reader, _export)


def _start_section(reader: Reader, module: Module) -> None:
    module.start = reader.u32()


_OP_REF_FUNC = BY_NAME["ref.func"].code


def _element_segment(reader: Reader, module: Module) -> ElementSegment:
    """One element segment; bits of the flags (section 5.5.12): 0 not active, 1 explicit
    table or declarative, 2 items are expressions and the type a reference type."""
    start = reader.pos
    flags = reader.u32()
    if flags > 7:
        raise DecodeError("malformed elements segment kind", start)
    mode = (SegmentMode.DECLARATIVE if flags & 2 else SegmentMode.PASSIVE) if flags & 1 else SegmentMode.ACTIVE
    table = reader.u32() if flags & 3 == 2 else 0
    offset = _const_expr(reader, module) if mode is SegmentMode.ACTIVE else None
    element = ValType.FUNCREF
    if flags & 3:
        if flags & 4:
            element = reader.ref_type()
        elif reader.byte() != 0:
            raise DecodeError("malformed element kind", reader.pos - 1)
    if flags & 4:
        return ElementSegment(mode, table, offset, element, tuple(_vector(reader, lambda r: _const_expr(r, module))))
    items: list[ConstExpr] = []
    for _ in range(reader.u32()):
        place = reader.base + reader.pos
        items.append(((_OP_REF_FUNC, place, reader.u32()),))
    return ElementSegment(mode, table, offset, element, tuple(items))


def _element_section(reader: Reader, module: Module) -> None:
    module.elements = _vector(reader, lambda r: _element_segment(r, module))


def _data_count_section(reader: Reader, module: Module) -> None:
    module.data_count = reader.u32()


def _code_section(reader: Reader, module: Module) -> None:
    for _ in range(reader.u32()):
        body = reader.sub(reader.u32())
        try:
            declared = _locals(body)
        except (DecodeError, UnsupportedError) as error:
            place = module.describe_function(module.imported_functions + len(module.code))
            raise relocated(error, body.base, place) from None
        module.code.append(Code(declared, body.data, body.base, body.pos))


def _locals(reader: Reader) -> tuple[ValType, ...]:
    declared: list[ValType] = []
    for _ in range(reader.u32()):
        start = reader.pos
        count = reader.u32()
        if len(declared) + count > MAX_LOCALS:
            raise DecodeError(f"too many locals: more than {MAX_LOCALS}", start)
        declared += [reader.val_type()] * count
    return tuple(declared)


def _data_segment(reader: Reader, module: Module) -> DataSegment:
    start = reader.pos
    flags = reader.u32()
    if flags > 2:
        raise DecodeError("malformed data segment kind", start)
    mode = SegmentMode.PASSIVE if flags == 1 else SegmentMode.ACTIVE
    memory = reader.u32() if flags == 2 else 0
    offset = _const_expr(reader, module) if mode is SegmentMode.ACTIVE else None
    return DataSegment(mode, memory, offset, reader.bytes(reader.u32()))


def _data_section(reader: Reader, module: Module) -> None:
    module.data = _vector(reader, lambda r: _data_segment(r, module))


# Section id: (name, rank, reader); sections must appear by increasing rank.
_SECTIONS: dict[int, tuple[str, int, Callable[[Reader, Module], None]]] = {
    0: ("custom", 0, _custom_section),
    1: ("type", 1, _type_section),
    2: ("import", 2, _import_section),
    3: ("function", 3, _function_section),
    4: ("table", 4, _table_section),
    5: ("memory", 5, _memory_section),
    6: ("global", 6, _global_section),
    7: ("export", 7, _export_section),
    8: ("start", 8, _start_section),
    9: ("element", 9, _element_section),
    12: ("data count", 10, _data_count_section),
    10: ("code", 11, _code_section),
    11: ("data", 12, _data_section),
}


# The name section (section 7.4.1).  Errors in custom sections do not make a module
# malformed, so what was read before an error is kept and the rest ignored.


def _names(content: bytes) -> Names:
    names = Names()
    reader = Reader(content)
    try:
        while reader.remaining:
            number = reader.byte()
            part = reader.sub(reader.u32())
            if number == 0:
                names.module = part.name()
            elif number == 1:
                _name_map(part, names.functions)
            elif number == 2:
                for _ in range(part.u32()):
                    _name_map(part, names.locals.setdefault(part.u32(), {}))
    except DecodeError:
        pass
    return names


def _name_map(reader: Reader, into: dict[int, str]) -> None:
    for _ in range(reader.u32()):
        index = reader.u32()
        into[index] = reader.name()
