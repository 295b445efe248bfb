"""A reader of relocatable 64-bit little-endian ELF files: sections, symbols, relocations.

Covers what `wanco.objects.safepoint_table` needs of the objects that LLVM makes, fast: symbol tables and
relocations are unpacked in one go.  Sources: System V ABI, chapter 4 (object files).
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Container, Iterable
from typing import NamedTuple

SHF_ALLOC = 0x2
SHF_EXCLUDE = 0x80000000
"""The linker leaves the section out."""
SHT_RELA = 4
_SHT_PROGBITS = 1
SHT_NOBITS = 8
_SHT_SYMTAB_SHNDX = 18
_SHT_GROUP = 17
_SHT_LLVM_ADDRSIG = 0x6FFF4C03
STT_FUNC = 2
STB_LOCAL = 0
STV_HIDDEN = 2

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SECTION_FLAGS = 8
"""Offset of sh_flags in a section header."""
_SECTION_INFO = 44
"""Offset of sh_info in it."""
_SYMBOL = struct.Struct("<IBBHQQ")
_RELA = struct.Struct("<QIIq")  # r_info taken apart: type, then symbol


class Section(NamedTuple):
    """A section header."""

    number: int
    name: str
    type: int
    flags: int
    offset: int
    """Of the content in the file."""
    size: int
    link: int
    info: int


class Symbol(NamedTuple):
    """A symbol; ``value`` is an offset into section number ``section``."""

    name: str
    type: int
    section: int
    value: int
    size: int
    binding: int = 0
    visibility: int = 0

    @property
    def is_global(self) -> bool:
        """Whether other files can refer to it, or define it."""
        return self.binding != STB_LOCAL


class Place(NamedTuple):
    """What a relocation refers to: an offset into a section."""

    section: int
    offset: int


class Object:
    """A relocatable object file.

    Raises:
        ValueError: the bytes are no such file, or damaged.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF file")
        header = _HEADER.unpack_from(data)
        self.data = data
        self.machine: int = header[2]
        self._section_headers: int = header[6]
        count, names = header[12], header[13]
        if self._section_headers + count * _SECTION.size > len(data):
            raise ValueError("ELF file is truncated")
        raw = [_SECTION.unpack_from(data, self._section_headers + i * _SECTION.size) for i in range(count)]
        strings = raw[names][4]
        self.sections = [
            Section(i, self._string(strings + name), kind, flags, offset, size, link, info)
            for i, (name, kind, flags, _, offset, size, link, info, _, _) in enumerate(raw)
        ]

    def _string(self, offset: int) -> str:
        return self.data[offset : self.data.index(0, offset)].decode()

    def section(self, name: str) -> Section | None:
        """The first section of that name."""
        return next((s for s in self.sections if s.name == name), None)

    def content(self, section: Section) -> bytes:
        """A section's bytes, before relocation."""
        return self.data[section.offset : section.offset + section.size]

    @functools.cached_property
    def symbols(self) -> list[Symbol]:
        """The symbol table, in its order."""
        table = self.section(".symtab")
        if table is None:
            return []
        strings = self.sections[table.link].offset
        return [
            Symbol(self._string(strings + name), info & 15, section, value, size, info >> 4, other & 3)
            for name, info, other, section, value, size in _SYMBOL.iter_unpack(self.content(table))
        ]

    def relocations(self, section: Section) -> dict[int, Place]:
        """The places that a section's relocations refer to, by their offset in the section.

        Where several relocations apply to one offset the last one counts.
        """
        symbols = self.symbols
        result = {}
        for relocation in self.sections:
            if relocation.type == SHT_RELA and relocation.info == section.number:
                for offset, _, symbol, addend in _RELA.iter_unpack(self.content(relocation)):
                    target = symbols[symbol]
                    result[offset] = Place(target.section, target.value + addend)
        return result

    def without(self, names: Iterable[str]) -> bytes:
        """The file with the named sections marked so that a linker leaves them out."""
        names = set(names)
        out = bytearray(self.data)
        for section in self.sections:
            if section.name in names:
                at = self._section_headers + section.number * _SECTION.size + _SECTION_FLAGS
                struct.pack_into("<Q", out, at, (section.flags & ~SHF_ALLOC) | SHF_EXCLUDE)
        return bytes(out)

    def localised(self, keep: Container[str] = ()) -> bytes:
        """The file with its hidden definitions as local symbols, but for those to ``keep``.

        So they cannot collide with symbols of other files.  The symbol table has its local
        symbols first, so it is put in another order, and what refers to it is brought in line.

        Raises:
            ValueError: the file has more sections than its symbol table can number.
        """
        table = self.section(".symtab")
        if table is None:
            return self.data
        if any(section.type == _SHT_SYMTAB_SHNDX for section in self.sections):
            raise ValueError("more sections than a symbol table can number")
        symbols = self.symbols
        local = [not s.is_global or (s.section and s.visibility == STV_HIDDEN and s.name not in keep) for s in symbols]
        order = sorted(range(len(symbols)), key=lambda i: not local[i])
        places = {old: new for new, old in enumerate(order)}
        out = bytearray(self.data)
        for new, old in enumerate(order):
            entry = bytearray(self.content(table)[old * _SYMBOL.size : (old + 1) * _SYMBOL.size])
            if local[old]:
                entry[4] &= 15  # binding: local
                entry[5] &= ~3  # visibility: default
            out[table.offset + new * _SYMBOL.size : table.offset + (new + 1) * _SYMBOL.size] = entry
        self._set_info(out, table, sum(local))
        for section in self.sections:
            if section.type == SHT_RELA and section.link == table.number:
                for at in range(section.offset, section.offset + section.size, _RELA.size):
                    struct.pack_into("<I", out, at + 12, places[struct.unpack_from("<I", self.data, at + 12)[0]])
            elif section.type == _SHT_GROUP and section.link == table.number:
                self._set_info(out, section, places[section.info])
            elif section.type == _SHT_LLVM_ADDRSIG or section.name == ".ARM.attributes":
                # Symbol numbers that are wrong now; attributes that LLVM's linker only strings together.
                at = self._section_headers + section.number * _SECTION.size
                struct.pack_into("<IQ", out, at + 4, _SHT_PROGBITS, SHF_EXCLUDE)
        return bytes(out)

    def _set_info(self, out: bytearray, section: Section, info: int) -> None:
        struct.pack_into("<I", out, self._section_headers + section.number * _SECTION.size + _SECTION_INFO, info)
