"""The import and the export section (sections 5.5.5 and 5.5.10)."""

from __future__ import annotations

from wanco.abi.layout import ExternKind
from wanco.errors import DecodeError, ValidationError
from wanco.wasm.columns import Feature
from wanco.wasm.module import Export, ExternType, Global, Import, Module
from wanco.wasm.reader import Reader, unsupported
from wanco.wasm.sections.types import global_type, memory_type, table_type

_REFUSED_KINDS = {4: Feature.EXCEPTIONS, 0x7E: Feature.COMPACT_IMPORTS, 0x7F: Feature.COMPACT_IMPORTS}


def _extern_kind(reader: Reader, malformed: str) -> ExternKind:
    kind = reader.byte()
    if kind in _REFUSED_KINDS:
        raise unsupported(_REFUSED_KINDS[kind], f"kind {kind:#04x}", reader.pos - 1)
    if kind > 3:
        raise DecodeError(malformed, reader.pos - 1)
    return ExternKind(kind)


def import_section(reader: Reader, module: Module) -> None:
    """The imports, which come first in all index spaces."""
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
            item = table_type(reader)
            module.tables.append(item)
        elif kind is ExternKind.MEMORY:
            item = memory_type(reader)
            module.memories.append(item)
        else:
            item = global_type(reader)
            module.globals.append(Global(item, None))
        module.imports.append(Import(module_name, name, kind, item))


def _export(reader: Reader) -> Export:
    name = reader.name()
    kind = _extern_kind(reader, "malformed export kind")
    return Export(name, kind, reader.u32())


def export_section(reader: Reader, module: Module) -> None:
    """The exports."""
    module.exports = reader.vector(_export)
