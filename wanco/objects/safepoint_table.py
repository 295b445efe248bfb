"""Safepoint tables: what the runtime must know of the code to walk its stack.

For each text section of a unit (that of an anchor symbol, see ``docs/architecture.md``) the
object's stack maps and unwind information are boiled down to one byte string, which
``runtime/stack/safepoint_table.c`` reads; both original sections are then left out of the executable.

Little-endian; LEB is unsigned LEB128:

    table    = header base[blocks] block[blocks] start[functions] function[functions]
               program[functions] rows saves heads values programs
    header   = size text_size blocks functions rows saves heads values programs     (u32 each)
    base     = u32: the first return address of the block, as offset from the anchor; ascending
    block    = u32: the block's head, as offset into heads
    start    = u32: start of the function, as offset from the anchor; ascending; it ends
               where the next one starts
    function = u32: its index in WebAssembly, or NULL_FUNCTION
    program  = u32: its rows, as offset into programs
    rows     = row*
    row      = LEB (x << 1 | other), LEB register if other, LEB saves: the canonical frame
               address is 8 * x + the register, or the stack pointer; saves: offset into saves
    saves    = { LEB count, count x { LEB register, LEB slot } }*: saved at CFA - 8 * slot
    heads    = head*
    head     = LEB count, LEB function, LEB site, LEB values, count x { LEB delta, LEB length }:
               records, each with the distance of its return address to that of the one before
               (or base) and the length of its entry; the first one's begins at values,
               an offset into values
    values   = entry*
    entry    = LEB row (offset into rows + 1; 0: the walk ends here), value*
    value    = byte x
               0 to 31     in register x
               32 to 191   in memory at SP + 4 * (x - 32)
               192 to 207  the constant x - 192, zigzag
               208 to 239  the constant head's site + x - 208
               240         in register LEB
               241         in memory at SP + 4 * LEB
               242         the constant LEB, zigzag
               243         the constant in the next eight bytes
               244         in memory at register LEB + LEB, zigzag
               245         the constant LOCATION_SITE | function << 32 | offset: LEB, zigzag, more
                           than head's function; LEB
               246         the constant head's site + LEB, zigzag
               247         the same with FRAME_SITE set
               248         LEB count, LEB distance: values that begin so many bytes before x, none
                           of which is of this form
    programs = program*
    program  = LEB count, count x { LEB delta, LEB row }: from start + sum of deltas on,
               offset into rows + 1; 0: code that cannot be unwound

Zigzag numbers are (n << 1) ^ (n >> 63).  ``header.size`` is the size of the whole table, a multiple
of eight, ``text_size`` that of the section from the anchor on; the last five of the header are offsets
from the start of the table.  Registers are indices of a struct wanco_registers (`Target.slot`).
A head's function and site are what most of its records are near.  The row of a record is the one in force at its return address minus 1:
inside the call, not after it.  A return address may equal the start of the next function
or the end of the section, when the callee does not return.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from wanco.abi.layout import FRAME_SITE, LOCATION_SITE, NULL_FUNCTION
from wanco.abi.leb128 import uleb
from wanco.abi.structs import ir_bytes
from wanco.abi.symbols import function_of, is_anchor, safepoints_of
from wanco.errors import CompileError
from wanco.objects.eh_frame import Row, read_eh_frame
from wanco.objects.elf import STT_FUNC, Object, Place, Section, Symbol
from wanco.objects.stackmap import Kind, Location, Record, read_stackmaps
from wanco.targets import Target

Item = TypeVar("Item", bound=Hashable)

_REGISTERS, _SP_SLOTS, _CONSTANTS, _SITES = range(32), range(160), range(16), range(32)
_FIRST_SP_SLOT, _FIRST_CONSTANT, _FIRST_SITE = 32, 192, 208
(_REGISTER, _AT_SP, _CONSTANT, _LONG_CONSTANT, _AT_REGISTER, _PLACE, _NEAR_SITE, _NEAR_FRAME_SITE, _REPEAT) = range(240, 249)
_SHORT_CONSTANTS = range(-(1 << 55), 1 << 55)
"""Those that take no more bytes as LEB than with the long form."""
_BLOCK = 16
"""Records of a block: finding one reads half of their lengths on average."""
_LEAST_REPEATED = 4
"""Values that are worth a reference to where they stand already."""
_HEADER = struct.Struct("<9I")
_SITE_NUMBERS = range(FRAME_SITE)


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
    anchors = [s for s in obj.symbols if s.section and is_anchor(s.name)]
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
    functions = _functions(obj, section, anchor)
    starts = [symbol.value - anchor.value for symbol in functions]
    indices = [_function_index(symbol.name) for symbol in functions]
    index_of = dict(zip((symbol.value for symbol in functions), indices, strict=True))
    placed = []
    for record in records:
        try:
            function_rows = rows[record.function]
        except KeyError:
            raise ValueError("a function with a safepoint has no unwind information") from None
        place = record.function.offset + record.offset - anchor.value
        row = _row_at(function_rows, record.offset, target)
        placed.append(_Placed(place, _leaving(row, record, target), index_of.get(record.function.offset, NULL_FUNCTION), record))
    placed.sort(key=lambda record: record.place)
    programs_of = [rows.get(Place(section.number, symbol.value), []) for symbol in functions]
    unwinding = _Unwinding(target, [r.row for r in placed if r.row] + [row for program in programs_of for row in program])

    blocks = [placed[i : i + _BLOCK] for i in range(0, len(placed), _BLOCK)]
    heads, values = bytearray(), _Values(target)
    heads_at = []
    for block in blocks:
        heads_at.append(len(heads))
        heads += _head(block, values, unwinding)
    programs, program_at = bytearray(), []
    for program in programs_of:
        program_at.append(len(programs))
        programs += unwinding.program(program)

    arrays = [*(block[0].place for block in blocks), *heads_at, *starts, *indices, *program_at]
    pools = [unwinding.rows, unwinding.saves, heads, values.data, programs]
    ends = list(itertools.accumulate(map(len, pools), initial=_HEADER.size + 4 * len(arrays)))
    size = (ends[-1] + 7) & ~7
    head = _HEADER.pack(size, text_size, len(blocks), len(functions), *ends[:-1])
    data = b"".join((head, struct.pack(f"<{len(arrays)}I", *arrays), *pools))
    return Table(safepoints_of(anchor.name), anchor.name, data.ljust(size, b"\0"), text_size, len(placed))


class _Placed(NamedTuple):
    """A record with its return address as offset from the anchor, the row in force (None: the walk ends
    here) and the index of the function around it."""

    place: int
    row: Row | None
    function: int
    record: Record


def _leaving(row: Row, record: Record, target: Target) -> Row | None:
    """The row by which a walk goes on from a record."""
    if _saves(row, target.return_address):
        return row
    # A function that only traps need not save its return address. Nothing is captured at a record that
    # ends in a place, so the walk may end there.
    if not _is_place(record.values[-1]):
        raise ValueError("a frame has not saved its return address at a safepoint")
    return None


def _head(block: Sequence[_Placed], values: _Values, unwinding: _Unwinding) -> bytes:
    """The head of a block, whose entries are appended to ``values``."""
    function = min((r.function for r in block if r.function != NULL_FUNCTION), default=0)
    near = [first.offset & ~FRAME_SITE for r in block if (first := r.record.values[0]).kind == Kind.CONSTANT]
    values.begin(function, min((n for n in near if n in _SITE_NUMBERS), default=0))
    out = [uleb(len(block)), uleb(values.function), uleb(values.site), uleb(len(values.data))]
    place = block[0].place
    for record in block:
        start = len(values.data)
        values.add(unwinding.place(record.row), record.record)
        out += [uleb(record.place - place), uleb(len(values.data) - start)]
        place = record.place
    return b"".join(out)


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
    function = function_of(name)
    return NULL_FUNCTION if function is None else function


def _is_place(location: Location) -> bool:
    """Whether a value is the constant that names a place (of a call that cannot poll)."""
    return location.kind == Kind.CONSTANT and bool(location.offset & LOCATION_SITE)


class _Unwinding:
    """The rows of a table and what they save, each distinct one once, the most frequent ones first."""

    def __init__(self, target: Target, rows: Iterable[Row]) -> None:
        self.target = target
        counts = Counter(row[1:] for row in rows)
        saved: Counter[tuple[tuple[int, int], ...]] = Counter()
        for row in counts:
            saved[row[2]] += 1
        self._saves = _Pool((places, self._encode_saves(places)) for places, _ in saved.most_common())
        self._rows = _Pool((row, self._encode(*row)) for row, _ in counts.most_common())
        self.rows, self.saves = self._rows.data, self._saves.data

    def place(self, row: Row | None) -> bytes:
        """Where a row is."""
        return uleb(self._rows.places[row[1:]] + 1 if row else 0)

    def program(self, rows: list[Row]) -> bytes:
        """A function's rows, each with the distance to the one before."""
        parts, at = [uleb(len(rows))], 0
        for row in rows:
            parts += [uleb(row.start - at), self.place(row)]
            at = row.start
        return b"".join(parts)

    def _encode(self, register: int, offset: int, saved: tuple[tuple[int, int], ...]) -> bytes:
        if offset < 0 or offset % 8:
            raise ValueError(f"a frame's address is a register plus {offset}")
        other = register != self.target.stack_pointer
        if other:
            _check_saved(self.target, register, "a frame address")
        return uleb(offset // 8 << 1 | other) + (uleb(self.target.slot(register)) if other else b"") + uleb(self._saves.places[saved])

    def _encode_saves(self, saved: tuple[tuple[int, int], ...]) -> bytes:
        out = [uleb(len(saved))]
        for register, offset in saved:
            if register != self.target.return_address:
                _check_saved(self.target, register, "a saved register")
            if offset >= 0 or offset % 8:
                raise ValueError(f"register {register} is saved at the frame address plus {offset}")
            out += [uleb(self.target.slot(register)), uleb(-offset // 8)]
        return b"".join(out)


class _Pool(Generic[Item]):
    """A byte string of items, and where each of them is."""

    def __init__(self, items: Iterable[tuple[Item, bytes]]) -> None:
        self.data = bytearray()
        self.places: dict[Item, int] = {}
        for item, code in items:
            self.places[item] = len(self.data)
            self.data += code


class _Values:
    """The entries of a table, appended one by one.

    Consecutive safepoints have most of their values in the same places: sequences that stand
    in an earlier entry already are replaced by references to them.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.data = bytearray()
        self.function = self.site = 0
        self._codes: dict[bool, dict[Location, bytes]] = {False: {}, True: {}}
        self._literals: list[tuple[int, bytes]] = []
        """Position and code of all values that can be referred to, in their order."""
        self._known: dict[tuple[bytes, ...], int] = {}
        """The latest of these where a sequence of values begins."""

    def begin(self, function: int, site: int) -> None:
        """Begin a block, whose values are near these."""
        self.function, self.site = function, site

    def add(self, row: bytes, record: Record) -> None:
        """Append an entry."""
        self.data += row
        codes = [self._code(location, record.is_poll) for location in record.values]
        at = 0
        while at < len(codes):
            found, count = self._earlier(codes, at)
            if count:
                distance = uleb(len(self.data) - found)
                self.data += bytes([_REPEAT]) + uleb(count) + distance
                at += count
            else:
                self._append(codes[at])
                at += 1

    def _append(self, code: bytes) -> None:
        if not _is_relative(code):
            self._literals.append((len(self.data), code))
            last = self._literals[-_LEAST_REPEATED:]
            if len(last) == _LEAST_REPEATED and _adjacent(last):
                self._known[tuple(code for _, code in last)] = len(self._literals) - _LEAST_REPEATED
        self.data += code

    def _earlier(self, codes: Sequence[bytes], at: int) -> tuple[int, int]:
        """Where the codes from ``at`` on stand already, and how many of them; none where a reference takes no less."""
        first = self._known.get(tuple(codes[at : at + _LEAST_REPEATED]))
        if first is None:
            return 0, 0
        count, literals = _LEAST_REPEATED, self._literals
        while (
            at + count < len(codes)
            and first + count < len(literals)
            and literals[first + count][1] == codes[at + count]
            and _adjacent(literals[first + count - 1 : first + count + 1])
        ):
            count += 1
        position = literals[first][0]
        takes = 1 + len(uleb(count)) + len(uleb(len(self.data) - position))
        return (position, count) if takes < sum(map(len, codes[at : at + count])) else (0, 0)

    def _code(self, location: Location, is_poll: bool) -> bytes:
        if location.kind == Kind.CONSTANT and location.offset not in _SMALL_CONSTANTS:
            return self._constant(location.offset)
        known = self._codes[is_poll]
        code = known.get(location)
        if code is None:
            code = known[location] = self._place(location, is_poll)
        return code

    def _place(self, location: Location, is_poll: bool) -> bytes:
        kind, _, register, offset = location
        if kind == Kind.REGISTER and register == self.target.zero_register:
            kind, offset = Kind.CONSTANT, 0
        if kind == Kind.CONSTANT:
            return bytes([_FIRST_CONSTANT + _zigzag(offset)])
        if kind == Kind.INDIRECT and register == self.target.stack_pointer and offset >= 0 and offset % 4 == 0:
            slot = offset // 4
            return bytes([_FIRST_SP_SLOT + slot]) if slot in _SP_SLOTS else bytes([_AT_SP]) + uleb(slot)
        if register != self.target.stack_pointer and not (is_poll and register in self.target.poll_saved):
            _check_saved(self.target, register, "a live value")
        if kind == Kind.REGISTER:
            place = self.target.slot(register)
            return bytes([place]) if place in _REGISTERS else bytes([_REGISTER]) + uleb(place)
        if kind == Kind.INDIRECT:
            return bytes([_AT_REGISTER]) + uleb(self.target.slot(register)) + uleb(_zigzag(offset))
        raise ValueError(f"a live value has a location of kind {kind}")

    def _constant(self, value: int) -> bytes:
        value &= (1 << 64) - 1
        near = value - self.site
        if near in _SITES:
            return bytes([_FIRST_SITE + near])
        if value & LOCATION_SITE and value >> 32 & 0x7FFFFFFF < NULL_FUNCTION >> 1:
            place = value ^ LOCATION_SITE
            return bytes([_PLACE]) + uleb(_zigzag((place >> 32) - self.function)) + uleb(place & 0xFFFFFFFF)
        if value in _SITE_NUMBERS:
            return min(bytes([_NEAR_SITE]) + uleb(_zigzag(near)), bytes([_CONSTANT]) + uleb(_zigzag(value)), key=len)
        if value ^ FRAME_SITE in _SITE_NUMBERS:
            return bytes([_NEAR_FRAME_SITE]) + uleb(_zigzag((value ^ FRAME_SITE) - self.site))
        signed = value - (value >> 63 << 64)
        if signed in _SHORT_CONSTANTS:
            return bytes([_CONSTANT]) + uleb(_zigzag(signed))
        return bytes([_LONG_CONSTANT]) + struct.pack("<q", signed)


_SMALL_CONSTANTS = range(-(len(_CONSTANTS) // 2), len(_CONSTANTS) // 2)


def _is_relative(code: bytes) -> bool:
    """Whether a value means something else in another block."""
    return _FIRST_SITE <= code[0] < _REGISTER or code[0] in (_PLACE, _NEAR_SITE, _NEAR_FRAME_SITE)


def _adjacent(literals: Sequence[tuple[int, bytes]]) -> bool:
    """Whether values follow each other without anything in between."""
    return all(position + len(code) == following for (position, code), (following, _) in itertools.pairwise(literals))


def _check_saved(target: Target, register: int, what: str) -> None:
    if register not in target.callee_saved:
        raise ValueError(f"{what} is in register {register}, which calls do not preserve")


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else ~(value << 1)

