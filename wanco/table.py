"""Safepoint tables: what the runtime must know of the code to walk its stack.

For each text section of a unit (that of an anchor symbol, see ``docs/architecture.md``) the
object's stack maps and unwind information are boiled down to one byte string, which
``runtime/table.c`` reads; both original sections are then left out of the executable.

Little-endian; LEB is unsigned LEB128:

    table    = header return[records] record[records] start[functions] function[functions]
               program[functions] rows values programs
    header   = size text_size records functions rows values programs     (u32 each)
    return   = u32: return address of the record, as offset from the anchor; ascending
    record   = u32: its entry, as offset into values
    start    = u32: start of the function, as offset from the anchor; ascending; it ends
               where the next one starts
    function = u32: its index in WebAssembly, or NULL_FUNCTION
    program  = u32: its rows, as offset into programs
    rows     = row*
    row      = LEB register, LEB offset: the canonical frame address is register + offset
               LEB count, count x { LEB register, LEB slot }: saved at CFA - 8 * slot
    values   = entry*
    entry    = LEB row (offset into rows), LEB count, count x value
    value    = LEB (x << 2 | kind); zigzag numbers are (n << 1) ^ (n >> 63)
               kind 0  in register x
               kind 1  in memory at SP + 4 * x
               kind 2  the constant x, zigzag
               kind 3  in memory at register (x & 127) + (x >> 7), zigzag; but
                       register 127: the constant in the next eight bytes
                       register 126: the constant LOCATION_SITE | x >> 7 << 32 | LEB
    programs = program*
    program  = LEB count, count x { LEB delta, LEB row }: from start + sum of deltas on,
               offset into rows + 1; 0: code that cannot be unwound

``header.size`` is the size of the whole table, a multiple of eight, ``text_size`` that of the
section from the anchor on; rows, values and programs are offsets from the start of the
table.  Registers are DWARF numbers.  The row of a record is the one in force at its return address minus 1:
inside the call, not after it.  A return address may equal the start of the next function
or the end of the section, when the callee does not return.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wanco.elf import STT_FUNC, Object, Place, Section, Symbol
from wanco.errors import CompileError
from wanco.layout import LOCATION_SITE, NULL_FUNCTION, ir_bytes
from wanco.stackmap import Kind, Location, Record, read_stackmaps
from wanco.targets import Target
from wanco.unwind import Row, read_eh_frame

_ANCHOR = re.compile(r"wanco_(resume_)?text_(\w+)$")
_FUNCTION = re.compile(r"w[fkr](\d+)(\.|$)")
"""Functions, their other forms and resume functions; LLVM adds a dot and more to the name of a copy."""

_IN_REGISTER, _AT_SP, _CONSTANT, _AT_REGISTER = range(4)
_LONG_CONSTANT, _PLACE = 127, 126
"""Numbers of kind 3 that are no registers."""
_SHORT_CONSTANTS = range(-(1 << 60), 1 << 60)
"""Those that fit the short form, with which they take no more bytes than with the long one."""
_HEADER = struct.Struct("<7I")
_NO_ROW = 0


@dataclass(frozen=True)
class Table:
    """The safepoint table of one text section."""

    symbol: str
    """Its own symbol, ``wanco_table_<U>`` or ``wanco_resume_table_<U>``."""
    anchor: str
    """The symbol at the start of the section."""
    data: bytes
    text_size: int
    """Bytes of code it describes."""
    records: int


@dataclass(frozen=True)
class UnitTables:
    """The tables of a unit's sections, and its object without the sections they replace."""

    tables: tuple[Table, ...]
    object: bytes


def build_tables(obj: bytes, target: Target) -> UnitTables:
    """Make the safepoint table of each text section in an object that LLVM made for ``target``.

    Raises:
        CompileError: the object has something that a table cannot express.
    """
    try:
        return _build(Object(obj), target)
    except ValueError as error:
        raise CompileError(f"no safepoint table can be made for {target.name}: {error}") from error


def table_ir(tables: Iterable[Table]) -> str:
    """LLVM IR text that defines the tables under their symbols."""
    return "".join(f"@{t.symbol} = hidden constant [{len(t.data)} x i8] {ir_bytes(t.data)}, align 8\n" for t in tables)


def _build(obj: Object, target: Target) -> UnitTables:
    if obj.machine != target.elf_machine:
        raise ValueError(f"it is an object for ELF machine {obj.machine}")
    rows = {}
    eh_frame = obj.section(".eh_frame")
    if eh_frame is not None:
        rows = read_eh_frame(obj.content(eh_frame), obj.relocations(eh_frame))
    anchors = [s for s in obj.symbols if s.section and _ANCHOR.match(s.name)]
    records: dict[int, list[Record]] = {anchor.section: [] for anchor in anchors}
    stackmaps = obj.section(".llvm_stackmaps")
    if stackmaps is not None:
        for record in read_stackmaps(obj.content(stackmaps), obj.relocations(stackmaps)):
            if record.function.section not in records:
                raise ValueError(f"a safepoint lies in section {obj.sections[record.function.section].name}, which has no anchor")
            records[record.function.section].append(record)
    tables = tuple(_table(obj, anchor, records[anchor.section], rows, target) for anchor in anchors)
    return UnitTables(tables, obj.without((".llvm_stackmaps", ".eh_frame")))


def _table(obj: Object, anchor: Symbol, records: list[Record], rows: Mapping[Place, list[Row]], target: Target) -> Table:
    section = obj.sections[anchor.section]
    text_size = section.size - anchor.value
    encoder = _Encoder(target)
    values = _Pool()
    returns = []
    for record in records:
        try:
            function_rows = rows[record.function]
        except KeyError:
            raise ValueError("a function with a safepoint has no unwind information") from None
        row = _row_at(function_rows, record.offset, target)
        place = record.function.offset + record.offset - anchor.value
        returns.append((place, values.add(encoder.record(row, record))))
    returns.sort()

    functions = _functions(obj, section, anchor)
    programs = _Pool()
    starts = [symbol.value - anchor.value for symbol in functions]
    indices = [_function_index(symbol.name) for symbol in functions]
    places = [programs.add(encoder.program(rows.get(Place(section.number, symbol.value), []))) for symbol in functions]

    arrays = [*(r for r, _ in returns), *(v for _, v in returns), *starts, *indices, *places]
    rows_at = _HEADER.size + 4 * len(arrays)
    values_at = rows_at + len(encoder.rows.data)
    programs_at = values_at + len(values.data)
    size = (programs_at + len(programs.data) + 7) & ~7
    data = b"".join(
        (
            _HEADER.pack(size, text_size, len(returns), len(functions), rows_at, values_at, programs_at),
            struct.pack(f"<{len(arrays)}I", *arrays),
            encoder.rows.data,
            values.data,
            programs.data,
        )
    )
    return Table(anchor.name.replace("text_", "table_", 1), anchor.name, data.ljust(size, b"\0"), text_size, len(returns))


def _row_at(rows: list[Row], return_address: int, target: Target) -> Row:
    """The row in force at the call before a return address.

    On RISC-V, LLVM sometimes does not say that the frame is there again where code follows an
    epilogue (seen where the prologue is not in the first block).  A call overwrites the return
    address, so the frame must be there: then it is the row with the most saved registers,
    provided that there is one frame only.
    """
    row = rows[bisect_right(rows, return_address - 1, key=_start) - 1]
    if _saves(row, target.return_address):
        return row
    complete = [other for other in rows if _saves(other, target.return_address)]
    most = max((len(other.saved) for other in complete), default=0)
    frames = {other[1:] for other in complete if len(other.saved) == most}
    return Row(row.start, *frames.pop()) if len(frames) == 1 else row


def _saves(row: Row, register: int) -> bool:
    return any(saved == register for saved, _ in row.saved)


def _start(row: Row) -> int:
    return row.start


def _functions(obj: Object, section: Section, anchor: Symbol) -> list[Symbol]:
    """The section's functions in their order; where an empty one starts with another, the other."""
    found: dict[int, Symbol] = {}
    for symbol in obj.symbols:
        if symbol.section == section.number and symbol.type == STT_FUNC:
            if symbol.value < anchor.value:
                raise ValueError(f"{symbol.name} lies before {anchor.name}")
            other = found.get(symbol.value)
            if other is None or other.size < symbol.size:
                found[symbol.value] = symbol
    return [found[value] for value in sorted(found)]


def _function_index(name: str) -> int:
    match = _FUNCTION.match(name)
    return int(match[1]) if match else NULL_FUNCTION


class _Pool:
    """A byte string of items, each distinct one stored once."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._places: dict[bytes, int] = {}

    def add(self, item: bytes) -> int:
        """The item's offset."""
        place = self._places.get(item)
        if place is None:
            place = self._places[item] = len(self.data)
            self.data += item
        return place


_NO_ROW = (1 << 32) - 1
"""A row's offset that lies beyond every pool: the frame cannot be left."""


def _is_place(location: Location) -> bool:
    """Whether a value is the constant that names a place (of a call that cannot poll)."""
    return location.kind == Kind.CONSTANT and bool(location.offset & LOCATION_SITE)


class _Encoder:
    """Rows and values in the table's form, for one target; remembers what it has encoded."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.rows = _Pool()
        self._rows: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}
        self._values: dict[bool, dict[Location, bytes]] = {False: {}, True: {}}

    def record(self, row: Row, record: Record) -> bytes:
        """An entry of values."""
        locations = record.values
        place = self.row(row)
        if all(register != self.target.return_address for register, _ in row.saved):
            # A function that only traps need not save it. Nothing is captured at a record that
            # ends in a place, so it may say that the walk ends there: by a row beyond the pool.
            if not _is_place(locations[-1]):
                raise ValueError("a frame has not saved its return address at a safepoint")
            place = _NO_ROW
        known = self._values[record.is_poll]
        parts = [_uleb(place), _uleb(len(locations))]
        for location in locations:
            value = known.get(location)
            if value is None:
                value = known[location] = self._value(location, record.is_poll)
            parts.append(value)
        return b"".join(parts)

    def program(self, rows: list[Row]) -> bytes:
        """A function's rows, each with the distance to the one before."""
        parts = [_uleb(len(rows))]
        at = 0
        for row in rows:
            parts.append(_uleb(row.start - at))
            parts.append(_uleb(self.row(row) + 1))
            at = row.start
        return b"".join(parts)

    def row(self, row: Row) -> int:
        """The row's offset in `rows`."""
        key = row[1:]
        place = self._rows.get(key)
        if place is None:
            place = self._rows[key] = self.rows.add(self._row(row))
        return place

    def _row(self, row: Row) -> bytes:
        target = self.target
        if row.cfa_register != target.stack_pointer:
            self._check_saved(row.cfa_register, "a frame address")
        out = [_uleb(row.cfa_register), _uleb(row.cfa_offset), _uleb(len(row.saved))]
        for register, offset in row.saved:
            if register != target.return_address:
                self._check_saved(register, "a saved register")
            if offset >= 0 or offset % 8:
                raise ValueError(f"register {register} is saved at the frame address plus {offset}")
            out.append(_uleb(register))
            out.append(_uleb(-offset // 8))
        return b"".join(out)

    def _check_saved(self, register: int, what: str) -> None:
        if register not in self.target.callee_saved:
            raise ValueError(f"{what} is in register {register}, which calls do not preserve")

    def _value(self, location: Location, is_poll: bool) -> bytes:
        kind, _, register, offset = location
        if kind == Kind.REGISTER and register == self.target.zero_register:
            kind, offset = Kind.CONSTANT, 0
        if kind == Kind.CONSTANT:
            return _constant(offset)
        if kind == Kind.INDIRECT and register == self.target.stack_pointer and offset >= 0 and offset % 4 == 0:
            return _uleb(offset // 4 << 2 | _AT_SP)
        if register != self.target.stack_pointer and not (is_poll and register in self.target.poll_saved):
            self._check_saved(register, "a live value")
        if kind == Kind.REGISTER:
            return _uleb(register << 2 | _IN_REGISTER)
        if kind == Kind.INDIRECT:
            return _uleb((_zigzag(offset) << 7 | register) << 2 | _AT_REGISTER)
        raise ValueError(f"a live value has a location of kind {kind}")


def _uleb(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else ~(value << 1)


def _constant(value: int) -> bytes:
    if value in _SHORT_CONSTANTS:
        return _uleb(_zigzag(value) << 2 | _CONSTANT)
    if value & LOCATION_SITE and value > 0:
        place = value ^ LOCATION_SITE
        return _uleb((place >> 32 << 7 | _PLACE) << 2 | _AT_REGISTER) + _uleb(place & 0xFFFFFFFF)
    return _uleb(_LONG_CONSTANT << 2 | _AT_REGISTER) + struct.pack("<q", value)
