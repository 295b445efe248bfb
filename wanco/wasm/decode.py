"""Decoder for modules (WebAssembly 2.0, chapter 5).

`decode` reads the sections; function bodies it only cuts out, because they are most of a
module and are wanted one at a time.  `decode_body` reads the instructions of one of them.
Together they refuse everything that the specification calls malformed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from wanco.errors import DecodeError, UnsupportedError, ValidationError
from wanco.wasm.columns import Feature
from wanco.wasm.instructions import const_expr, read_expression
from wanco.wasm.module import Code, Global, Instr, Module
from wanco.wasm.reader import Reader, relocated, unsupported
from wanco.wasm.sections.code import code_section
from wanco.wasm.sections.externs import export_section, import_section
from wanco.wasm.sections.names import read_names
from wanco.wasm.sections.segments import data_section, element_section
from wanco.wasm.sections.types import global_type, memory_type, table_type, type_section

MAGIC = b"\0asm"
VERSION = b"\x01\0\0\0"
_COMPONENT_VERSION = b"\x0d\0\x01\0"


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
            module.names = read_names(content)
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


# Sections that are but a number or a vector; the others have modules in `wanco.wasm.sections`.


def _custom_section(reader: Reader, module: Module) -> None:
    name = reader.name()
    module.customs.append((name, reader.bytes(reader.remaining)))


def _function_section(reader: Reader, module: Module) -> None:
    module.functions += reader.vector(Reader.u32)


def _table_section(reader: Reader, module: Module) -> None:
    module.tables += reader.vector(table_type)


def _memory_section(reader: Reader, module: Module) -> None:
    module.memories += reader.vector(memory_type)


def _global_section(reader: Reader, module: Module) -> None:
    for _ in range(reader.u32()):
        type_ = global_type(reader)
        module.globals.append(Global(type_, const_expr(reader, module)))


def _start_section(reader: Reader, module: Module) -> None:
    module.start = reader.u32()


def _data_count_section(reader: Reader, module: Module) -> None:
    module.data_count = reader.u32()


# Section id: (name, rank, reader); sections must appear by increasing rank.
_SECTIONS: dict[int, tuple[str, int, Callable[[Reader, Module], None]]] = {
    0: ("custom", 0, _custom_section),
    1: ("type", 1, type_section),
    2: ("import", 2, import_section),
    3: ("function", 3, _function_section),
    4: ("table", 4, _table_section),
    5: ("memory", 5, _memory_section),
    6: ("global", 6, _global_section),
    7: ("export", 7, export_section),
    8: ("start", 8, _start_section),
    9: ("element", 9, element_section),
    12: ("data count", 10, _data_count_section),
    10: ("code", 11, code_section),
    11: ("data", 12, data_section),
}
