"""ELF files: relocatable objects with their sections, symbols and relocations, and executables as they are loaded.

Covers what is needed of the objects that LLVM makes, and of our executables, fast: symbol tables and
relocations are unpacked in one go.  Sources: System V ABI, chapters 4 (object files) and 5 (program loading).
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

_PT_LOAD = 1

_SECTION_FLAGS = 8
"""Offset of sh_flags in a section header."""
_SECTION_INFO = 44
"""Offset of sh_info in it."""
_RELA_SYMBOL = 12
"""Offset of the symbol's number in a relocation."""


class _Formats:
    """The records of the 64-bit class in a byte order (as `struct` names it)."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.header = struct.Struct(f"{order}16sHHIQQQIHHHHHH")
        self.section = struct.Struct(f"{order}IIQQQQIIQQ")
        self.segment = struct.Struct(f"{order}IIQQQQQQ")
        self.symbol = struct.Struct(f"{order}IBBHQQ")
        self.rela = struct.Struct(f"{order}QIIq")  # r_info taken apart: type, then symbol (little-endian)

    def patch(self, out: bytearray, at: int, codes: str, *values: int) -> None:
        """Overwrite numbers."""
        struct.pack_into(self.order + codes, out, at, *values)


_FORMATS = {b"\x7fELF\x02\x01": _Formats("<")}
"""By a file's first bytes: the magic number, class and byte order."""
_IDENT_SIZE = 6

_MACHINE = 18
"""Offset of e_machine, after which nothing more is needed to know what a file is for."""
HEAD_SIZE = 20
"""Bytes of a file from which `machine_of` tells its machine."""


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


class _Header:
    """The header of any ELF file.

    Raises:
        ValueError: the bytes do not begin with one of a known class and byte order.
    """

    def __init__(self, data: bytes) -> None:
        formats = _FORMATS.get(data[:_IDENT_SIZE])
        if formats is None or len(data) < formats.header.size:
            raise ValueError("not a 64-bit little-endian ELF file")
        self.formats = formats
        header = formats.header.unpack_from(data)
        self.machine: int = header[2]
        self.segments_at: int = header[5]
        self.sections_at: int = header[6]
        self.segment_count: int = header[10]
        self.section_count: int = header[12]
        self.section_names: int = header[13]


def machine_of(head: bytes) -> int:
    """The machine (e_machine) that a file is for which begins with these bytes.

    Raises:
        ValueError: it is no ELF file of a known class and byte order.
    """
    formats = _FORMATS.get(head[:_IDENT_SIZE])
    if formats is None or len(head) < HEAD_SIZE:
        raise ValueError("not a 64-bit little-endian ELF file")
    return int(struct.unpack_from(f"{formats.order}H", head, _MACHINE)[0])


class Image:
    """An executable as its program headers have it loaded.

    Raises:
        ValueError: the bytes are no such file.
    """

    def __init__(self, data: bytes) -> None:
        header = _Header(data)
        segment = header.formats.segment
        if header.segments_at + header.segment_count * segment.size > len(data):
            raise ValueError("ELF file is truncated")
        self.data = data
        self._loaded: list[tuple[int, int, int]] = []
        """Address, file offset and size of what is loaded."""
        for i in range(header.segment_count):
            kind, _, place, address, _, size, _, _ = segment.unpack_from(data, header.segments_at + i * segment.size)
            if kind == _PT_LOAD:
                self._loaded.append((address, place, size))

    def place(self, address: int) -> int:
        """File offset of an address.

        Raises:
            ValueError: nothing of the file is loaded there.
        """
        for start, place, size in self._loaded:
            if start <= address < start + size:
                return place + address - start
        raise ValueError(f"address {address:#x} is not in the file")

    def text(self, address: int) -> str:
        """The NUL-terminated string at an address.

        Raises:
            ValueError: there is none.
        """
        start = self.place(address)
        return self.data[start : self.data.index(b"\0", start)].decode(errors="replace")


class Object:
    """A relocatable object file.

    Raises:
        ValueError: the bytes are no such file, or damaged.
    """

    def __init__(self, data: bytes) -> None:
        header = _Header(data)
        self.data = data
        self.machine = header.machine
        self._formats = header.formats
        self._section_headers = header.sections_at
        section = self._formats.section
        if header.sections_at + header.section_count * section.size > len(data):
            raise ValueError("ELF file is truncated")
        raw = [section.unpack_from(data, self._header_of(i)) for i in range(header.section_count)]
        strings = raw[header.section_names][4]
        self.sections = [
            Section(i, self._string(strings + name), kind, flags, offset, size, link, info)
            for i, (name, kind, flags, _, offset, size, link, info, _, _) in enumerate(raw)
        ]

    def _header_of(self, section: int) -> int:
        """File offset of a section's header."""
        return self._section_headers + section * self._formats.section.size

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
            for name, info, other, section, value, size in self._formats.symbol.iter_unpack(self.content(table))
        ]

    def relocations(self, section: Section) -> dict[int, Place]:
        """The places that a section's relocations refer to, by their offset in the section.

        Where several relocations apply to one offset the last one counts.
        """
        symbols = self.symbols
        result = {}
        for relocation in self.sections:
            if relocation.type == SHT_RELA and relocation.info == section.number:
                for offset, _, symbol, addend in self._formats.rela.iter_unpack(self.content(relocation)):
                    target = symbols[symbol]
                    result[offset] = Place(target.section, target.value + addend)
        return result

    def without(self, names: Iterable[str]) -> bytes:
        """The file with the named sections marked so that a linker leaves them out."""
        names = set(names)
        out = bytearray(self.data)
        for section in self.sections:
            if section.name in names:
                at = self._header_of(section.number) + _SECTION_FLAGS
                self._formats.patch(out, at, "Q", (section.flags & ~SHF_ALLOC) | SHF_EXCLUDE)
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
        size = self._formats.symbol.size
        for new, old in enumerate(order):
            entry = bytearray(self.content(table)[old * size : (old + 1) * size])
            if local[old]:
                entry[4] &= 15  # binding: local
                entry[5] &= ~3  # visibility: default
            out[table.offset + new * size : table.offset + (new + 1) * size] = entry
        self._set_info(out, table, sum(local))
        self._renumber(out, table, places)
        return bytes(out)

    def _renumber(self, out: bytearray, table: Section, places: dict[int, int]) -> None:
        """Bring what refers to symbols in line with a symbol table in another order."""
        formats = self._formats
        for section in self.sections:
            if section.type == SHT_RELA and section.link == table.number:
                for i, (_, _, symbol, _) in enumerate(formats.rela.iter_unpack(self.content(section))):
                    formats.patch(out, section.offset + i * formats.rela.size + _RELA_SYMBOL, "I", places[symbol])
            elif section.type == _SHT_GROUP and section.link == table.number:
                self._set_info(out, section, places[section.info])
            elif section.type == _SHT_LLVM_ADDRSIG or section.name == ".ARM.attributes":
                # Symbol numbers that are wrong now; attributes that LLVM's linker only strings together.
                formats.patch(out, self._header_of(section.number) + 4, "IQ", _SHT_PROGBITS, SHF_EXCLUDE)

    def _set_info(self, out: bytearray, section: Section, info: int) -> None:
        self._formats.patch(out, self._header_of(section.number) + _SECTION_INFO, "I", info)
