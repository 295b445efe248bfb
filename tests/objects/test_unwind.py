"""ELF files and .eh_frame, compared with pyelftools; the rows that reach the tables."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from tests.objects.random_modules import Module
from wanco.abi.layout import NULL_FUNCTION
from wanco.abi.leb128 import read_uleb
from wanco.codegen.llvmlite import compile_ir
from wanco.objects.eh_frame import Row, read_eh_frame
from wanco.objects.elf import Object, Place
from wanco.objects.safepoint_table import Table, build_tables
from wanco.targets import Target


@pytest.fixture(params=range(3))
def compiled(request: pytest.FixtureRequest, target: Target) -> bytes:
    """An object with functions of many shapes, at several optimisation levels."""
    return compile_ir(Module(request.param, functions=30).code, target, opt=request.param, cf_protection=request.param == 1)


def oracle_rows(obj: bytes) -> dict[Place, list[Row]]:
    """All rows of an object as pyelftools decodes them."""
    elf = ELFFile(io.BytesIO(obj))
    symbols, relocations = elf.get_section_by_name(".symtab"), elf.get_section_by_name(".rela.eh_frame")
    assert isinstance(symbols, SymbolTableSection) and isinstance(relocations, RelocationSection)
    places = {}
    for relocation in relocations.iter_relocations():
        symbol = symbols.get_symbol(relocation["r_info_sym"])
        places[relocation["r_offset"]] = Place(symbol["st_shndx"], symbol["st_value"] + relocation["r_addend"])
    result = {}
    for entry in elf.get_dwarf_info(relocate_dwarf_sections=False).EH_CFI_entries():
        if isinstance(entry, FDE):
            result[places[entry.offset + 8]] = [oracle_row(line, entry["initial_location"]) for line in entry.get_decoded().table]
    return result


def oracle_row(line: dict[Any, Any], start: int) -> Row:
    saved = sorted((register, rule.arg) for register, rule in line.items() if isinstance(register, int) and rule.type == "OFFSET")
    return Row(line["pc"] - start, line["cfa"].reg, line["cfa"].offset, tuple(saved))


def my_rows(obj: bytes) -> dict[Place, list[Row]]:
    elf = Object(obj)
    section = elf.section(".eh_frame")
    assert section is not None
    return read_eh_frame(elf.content(section), elf.relocations(section))


def test_rows_are_those_of_pyelftools(compiled: bytes) -> None:
    expected, got = oracle_rows(compiled), my_rows(compiled)
    assert len(expected) > 30
    assert got == expected


def test_sections_and_symbols_are_those_of_pyelftools(compiled: bytes) -> None:
    oracle, mine = ELFFile(io.BytesIO(compiled)), Object(compiled)
    assert [(s.name, s.flags, s.offset, s.size) for s in mine.sections] == [
        (s.name, s["sh_flags"], s["sh_offset"], s["sh_size"]) for s in oracle.iter_sections()
    ]
    symbols = oracle.get_section_by_name(".symtab")
    assert isinstance(symbols, SymbolTableSection)
    numbered = [s for s in symbols.iter_symbols() if isinstance(s["st_shndx"], int)]
    assert {(s.name, s.section, s.value, s.size) for s in mine.symbols} >= {
        (s.name, s["st_shndx"], s["st_value"], s["st_size"]) for s in numbered if s["st_info"]["type"] != "STT_SECTION"
    }


def test_replaced_sections_are_left_out_of_links(compiled: bytes, target: Target) -> None:
    oracle = ELFFile(io.BytesIO(build_tables(compiled, target).object))
    for name in (".eh_frame", ".llvm_stackmaps"):
        section = oracle.get_section_by_name(name)
        assert section is not None
        flags = section["sh_flags"]
        assert flags & 0x80000000 and not flags & 2, f"{name}: SHF_EXCLUDE and not SHF_ALLOC"


class TableReader:
    """An independent reader of the parts of a table that are for backtraces."""

    def __init__(self, data: bytes, stack_pointer: int) -> None:
        self.data = data
        self.stack_pointer = stack_pointer
        self.at = 0
        header = struct.unpack_from("<9I", data)
        self.size, self.text_size, self.blocks, self.functions, self.rows, self.saves, self.heads, _, self.programs = header
        arrays = struct.unpack_from(f"<{2 * self.blocks + 3 * self.functions}I", data, 36)
        self.bases, self.block_places = arrays[: self.blocks], arrays[self.blocks : 2 * self.blocks]
        tail = arrays[2 * self.blocks :]
        self.starts, self.indices, self.places = (tail[i * self.functions : (i + 1) * self.functions] for i in range(3))

    def returns(self) -> list[int]:
        """The return addresses of all records, as offsets from the anchor."""
        found = []
        for base, place in zip(self.bases, self.block_places, strict=True):
            self.at = self.heads + place
            count, _, _, _ = (self.leb() for _ in range(4))
            for _ in range(count):
                base += self.leb()
                self.leb()
                found.append(base)
        return found

    def leb(self) -> int:
        value, self.at = read_uleb(self.data, self.at, 64)
        return value

    def program(self, number: int) -> list[Row]:
        self.at = self.programs + self.places[number]
        start, steps = 0, []
        for _ in range(self.leb()):
            start += self.leb()
            steps.append((start, self.leb()))
        return [self.row(start, place) for start, place in steps]

    def row(self, start: int, place: int) -> Row:
        self.at = self.rows + place - 1
        distance = self.leb()
        register = self.leb() if distance & 1 else self.stack_pointer
        self.at = self.saves + self.leb()
        return Row(start, register, 8 * (distance >> 1), tuple((self.leb(), -8 * self.leb()) for _ in range(self.leb())))


def in_slots(row: Row, target: Target) -> Row:
    """A row with registers as a table has them, in the order that the row has."""
    return row._replace(cfa_register=target.slot(row.cfa_register), saved=tuple((target.slot(register), at) for register, at in row.saved))


def section_of(obj: bytes, table: Table) -> int:
    return next(s.section for s in Object(obj).symbols if s.name == table.anchor)


def test_tables_have_all_rows_and_functions(compiled: bytes, target: Target) -> None:
    rows = oracle_rows(compiled)
    names = {(s.section, s.value): s.name for s in Object(compiled).symbols if s.type == 2}
    tables = build_tables(compiled, target).tables
    assert {t.symbol for t in tables} == {"wanco_table_0", "wanco_resume_table_0"}
    found = 0
    for table in tables:
        section = section_of(compiled, table)
        reader = TableReader(table.data, target.stack_pointer)
        assert reader.size == len(table.data) and reader.text_size == table.text_size
        returns = reader.returns()
        assert returns == sorted(set(returns)) and len(returns) == table.records
        for number, start in enumerate(reader.starts):
            name = names[section, start]
            assert reader.indices[number] == (int(name[2:]) if name.startswith("wf") else NULL_FUNCTION)
            assert reader.program(number) == [in_slots(row, target) for row in rows.get(Place(section, start), [])]
            found += 1
    assert found == len([key for key in names if key[0] in {section_of(compiled, t) for t in tables}])


CIE = "01 7a 52 00 01 78 10 01 1b 0c 07 08 90 01 00 00"
"""Version 1, "zR", code alignment 1, data alignment -8, register 16 returns, pcrel sdata4; CFA = r7 + 8, r16 at CFA - 8."""


def eh_frame(instructions: str) -> bytes:
    """A section with one function, whose start is relocated at offset 32."""
    cie = bytes(4) + bytes.fromhex(CIE)
    fde = bytes(4) + bytes.fromhex("40 00 00 00") + b"\0" + bytes.fromhex(instructions)  # start, size, no augmentation data
    return struct.pack("<I", len(cie)) + cie + struct.pack("<II", len(fde) + 4, 4 + len(cie) + 4) + fde


FUNCTION = Place(1, 0)
AT = {32: FUNCTION}


def test_instructions_of_the_standard() -> None:
    # advance 1, def_cfa_offset 16, offset r3 at CFA-16, remember, advance1 2, restore r3, restore_state
    rows = read_eh_frame(eh_frame("41 0e 10 83 02 0a 02 02 c3 0e 08 42 0b"), AT)[FUNCTION]
    assert rows == [
        Row(0, 7, 8, ((16, -8),)),
        Row(1, 7, 16, ((3, -16), (16, -8))),
        Row(3, 7, 8, ((16, -8),)),
        Row(5, 7, 16, ((3, -16), (16, -8))),
    ]


@pytest.mark.parametrize(
    ("instructions", "message"),
    [
        ("0f 03 11 22 33", "instruction 0x0f is not known"),  # def_cfa_expression
        ("10 03 01 30", "instruction 0x10 is not known"),  # expression
        ("09 03 04", "instruction 0x09 is not known"),  # register
        ("0b", "did not remember"),
        ("0c 80", "truncated"),
    ],
)
def test_what_is_not_known_is_refused(instructions: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_eh_frame(eh_frame(instructions), AT)


def test_entry_without_function_is_refused() -> None:
    with pytest.raises(ValueError, match="refers to nothing"):
        read_eh_frame(eh_frame("00"), {})


@pytest.mark.parametrize("data", [b"", b"\x7fELF\x01\x01" + bytes(60), b"\x7fELF\x02\x01" + bytes(34) + b"\xff" * 24])
def test_no_object(data: bytes) -> None:
    with pytest.raises(ValueError, match="ELF"):
        Object(data)
