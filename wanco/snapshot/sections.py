"""The inner layer of a snapshot file: the bytes of each section and what they mean.

All numbers are little-endian; "pad" is zeros up to a multiple of 8.

    value     type u8, role u8 (0 local, 1 operand, 2 global), 0 u16, index u32, bits u64 (V128: u128)
    CONTROL   phase u32, entry u32, flags u32 (1: requested by the program), 0 u32
    FRAMES    count u32, 0 u32; innermost first: site u32, function u32, offset u32, n u32, n values
    GLOBALS   count u32, 0 u32, values
    TABLES    count u32, 0 u32; each: table u32, type u32, size u32, 0 u32, size entries (u32; EXTERNREF u64), pad
    SEGMENTS  data u32, elements u32, one bit each (a whole number of bytes for either kind), pad
    WASI      see docs/snapshot-format.md
    HOST      data of each state, padded; each: size u64, version u32, length u32, name, pad; bytes of those entries u32, count u32
    NAMES     count u32, 0 u32; each: function u32, length u32, bytes, pad
    META      time u64, polls u64, number u64, monotonic u64, cpu u64, poll interval u64,
              three strings (length u32, bytes), pad
    BASE      nothing; in an increment: size u64, time u64, header_crc u32, depth u32, name (length u32, bytes), pad
    MEMORY    count u32, 0 u32; each: memory u32, runs u32, size u64, cleared u32, 0 u32,
              (runs + cleared) x { first u32, count u32 }
    PAGES     the pages of all runs
    SUMS      for each block of 2 MiB of a memory that has pages in PAGES: crc u32 of these; pad

Each section has a decoder and an encoder, one above the other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from crc32c import crc32c

from wanco.abi.layout import SNAPSHOT_BLOCK, SNAPSHOT_PAGE, WASM_PAGE, Phase, Section, ValueCode
from wanco.errors import SnapshotError
from wanco.snapshot.model import Base, Control, Frame, HostState, Memory, Meta, Run, Segments, Table, Value

_LOCAL, _OPERAND, _GLOBAL = 0, 1, 2
_REQUESTED = 1
_WIDTHS = {ValueCode.I32: 4, ValueCode.F32: 4, ValueCode.FUNCREF: 4, ValueCode.V128: 16}
"""Bytes of a value's bits that may be other than zero; 8 where a type is not listed."""
_REFERENCES = (ValueCode.FUNCREF, ValueCode.EXTERNREF)


class Reader:
    """Takes values off the front of a section."""

    def __init__(self, section: Section, data: memoryview) -> None:
        self.section = section
        self._data = data
        self._next = 0

    def fail(self, what: str) -> SnapshotError:
        """The error to raise for ``what``."""
        return SnapshotError(f"section {self.section.name}: {what}")

    @property
    def left(self) -> int:
        """Bytes not yet taken."""
        return len(self._data) - self._next

    def take(self, size: int) -> memoryview:
        """The next ``size`` bytes."""
        if size > self.left:
            raise self.fail(f"it ends at byte {len(self._data)}, in the middle of a value")
        self._next += size
        return self._data[self._next - size : self._next]

    def u32s(self, count: int) -> tuple[int, ...]:
        """The next ``count`` u32."""
        return struct.unpack(f"<{count}I", self.take(4 * count))

    def u64s(self, count: int) -> tuple[int, ...]:
        """The next ``count`` u64."""
        return struct.unpack(f"<{count}Q", self.take(8 * count))

    def count(self) -> int:
        """A u32 that tells how many things follow, and a zero."""
        count, zero = self.u32s(2)
        self.expect_zero(zero)
        return count

    def text(self, size: int) -> str:
        """``size`` bytes of UTF-8; bytes that are none are escaped."""
        return bytes(self.take(size)).decode("utf-8", "backslashreplace")

    def expect_zero(self, value: int) -> None:
        """Refuse what is not zero where zero is wanted."""
        if value:
            raise self.fail(f"a reserved field before byte {self._next} is {value:#x}, not 0")

    def pad(self) -> None:
        """Skip zeros up to a multiple of 8."""
        self.expect_zero(int.from_bytes(self.take(-self._next % 8), "little"))

    def end(self) -> None:
        """Refuse bytes that are left over."""
        if self.left:
            raise self.fail(f"{self.left} bytes too many")


class Writer:
    """Puts values at the end of a section."""

    def __init__(self) -> None:
        self.data = bytearray()

    def u32s(self, *values: int) -> None:
        """Append u32."""
        self.data += struct.pack(f"<{len(values)}I", *values)

    def u64s(self, *values: int) -> None:
        """Append u64."""
        self.data += struct.pack(f"<{len(values)}Q", *values)

    def pad(self) -> None:
        """Append zeros up to a multiple of 8."""
        self.data += bytes(-len(self.data) % 8)


def _read_value(reader: Reader) -> tuple[int, Value]:
    code, role, zero, index = struct.unpack("<BBHI", reader.take(8))
    reader.expect_zero(zero)
    try:
        kind = ValueCode(code)
    except ValueError:
        raise reader.fail(f"there is no value type {code}") from None
    bits = int.from_bytes(reader.take(16 if kind is ValueCode.V128 else 8), "little")
    if bits >> 8 * _WIDTHS.get(kind, 8):
        raise reader.fail(f"{bits:#x} does not fit its type {kind.name.lower()}")
    return role, Value(kind, index, bits)


def _write_value(writer: Writer, role: int, value: Value) -> None:
    writer.data += struct.pack("<BBHI", value.type, role, 0, value.index)
    writer.data += value.bits.to_bytes(16 if value.type is ValueCode.V128 else 8, "little")


def decode_control(reader: Reader) -> Control:
    """Section CONTROL."""
    phase, entry, flags, zero = reader.u32s(4)
    reader.expect_zero(zero)
    reader.expect_zero(flags & ~_REQUESTED)
    try:
        return Control(Phase(phase), entry, bool(flags & _REQUESTED))
    except ValueError:
        raise reader.fail(f"there is no phase {phase}") from None


def encode_control(writer: Writer, control: Control) -> None:
    """Section CONTROL."""
    writer.u32s(control.phase, control.entry, _REQUESTED * control.requested, 0)


def decode_frames(reader: Reader) -> tuple[Frame, ...]:
    """Section FRAMES."""
    return tuple(_read_frame(reader) for _ in range(reader.count()))


def _read_frame(reader: Reader) -> Frame:
    site, function, offset, count = reader.u32s(4)
    values = [_read_value(reader) for _ in range(count)]
    roles = [role for role, _ in values]
    lives = tuple(value for role, value in values if role == _LOCAL)
    stack = tuple(value for role, value in values if role == _OPERAND)
    if roles != [_LOCAL] * len(lives) + [_OPERAND] * len(stack):
        raise reader.fail(f"the frame of function {function} does not have its locals first, then its operands")
    if [v.index for v in lives] != sorted({v.index for v in lives}) or [v.index for v in stack] != list(range(len(stack))):
        raise reader.fail(f"the values of the frame of function {function} are not in order")
    return Frame(site, function, offset, lives, stack)


def encode_frames(writer: Writer, frames: Sequence[Frame]) -> None:
    """Section FRAMES."""
    writer.u32s(len(frames), 0)
    for frame in frames:
        writer.u32s(frame.site, frame.function, frame.offset, len(frame.locals) + len(frame.stack))
        for role, values in ((_LOCAL, frame.locals), (_OPERAND, frame.stack)):
            for value in values:
                _write_value(writer, role, value)


def decode_globals(reader: Reader) -> tuple[Value, ...]:
    """Section GLOBALS."""
    values = [_read_value(reader) for _ in range(reader.count())]
    if any(role != _GLOBAL for role, _ in values):
        raise reader.fail("a value in it is not a global")
    return tuple(value for _, value in values)


def encode_globals(writer: Writer, values: Sequence[Value]) -> None:
    """Section GLOBALS."""
    writer.u32s(len(values), 0)
    for value in values:
        _write_value(writer, _GLOBAL, value)


def decode_tables(reader: Reader) -> tuple[Table, ...]:
    """Section TABLES."""
    return tuple(_read_table(reader) for _ in range(reader.count()))


def _read_table(reader: Reader) -> Table:
    index, code, size, zero = reader.u32s(4)
    reader.expect_zero(zero)
    if code not in _REFERENCES:
        raise reader.fail(f"table {index} is said to hold values of type {code}")
    entries = reader.u32s(size) if code == ValueCode.FUNCREF else reader.u64s(size)
    reader.pad()
    return Table(index, ValueCode(code), entries)


def encode_tables(writer: Writer, tables: Sequence[Table]) -> None:
    """Section TABLES."""
    writer.u32s(len(tables), 0)
    for table in tables:
        writer.u32s(table.index, table.type, len(table.entries), 0)
        if table.type is ValueCode.FUNCREF:
            writer.u32s(*table.entries)
        else:
            writer.u64s(*table.entries)
        writer.pad()


def decode_segments(reader: Reader) -> Segments:
    """Section SEGMENTS."""
    counts = reader.u32s(2)
    data, elements = (_read_bits(reader, count) for count in counts)
    reader.pad()
    return Segments(data, elements)


def _read_bits(reader: Reader, count: int) -> tuple[bool, ...]:
    bits = int.from_bytes(reader.take((count + 7) // 8), "little")
    reader.expect_zero(bits >> count)
    return tuple(bool(bits >> i & 1) for i in range(count))


def encode_segments(writer: Writer, segments: Segments) -> None:
    """Section SEGMENTS."""
    writer.u32s(len(segments.data), len(segments.elements))
    for bits in (segments.data, segments.elements):
        writer.data += sum(1 << i for i, bit in enumerate(bits) if bit).to_bytes((len(bits) + 7) // 8, "little")
    writer.pad()


def decode_host(reader: Reader) -> tuple[HostState, ...]:
    """Section HOST: the directory at its end says what the data in front of it is."""
    body = reader.take(max(reader.left - 8, 0))
    size, count = reader.u32s(2)
    if size > len(body):
        raise reader.fail(f"a directory of {size} bytes does not fit")
    data, directory = (Reader(Section.HOST, part) for part in (body[: len(body) - size], body[len(body) - size :]))
    states: list[HostState] = []
    for _ in range(count):
        (size,), (version, length) = directory.u64s(1), directory.u32s(2)
        name = directory.text(length)
        directory.pad()
        if states and name <= states[-1].name:
            raise reader.fail(f"the state {name} is not in order")
        states.append(HostState(name, version, bytes(data.take(size))))
        data.pad()
    directory.end()
    data.end()
    return tuple(states)


def encode_host(writer: Writer, states: Sequence[HostState]) -> None:
    """Section HOST."""
    directory = Writer()
    for state in states:
        writer.data += state.data
        writer.pad()
        name = state.name.encode()
        directory.u64s(len(state.data))
        directory.u32s(state.version, len(name))
        directory.data += name
        directory.pad()
    writer.data += directory.data
    writer.u32s(len(directory.data), len(states))


def decode_names(reader: Reader) -> dict[int, str]:
    """Section NAMES."""
    names = {}
    for _ in range(reader.count()):
        function, length = reader.u32s(2)
        names[function] = reader.text(length)
        reader.pad()
    return names


def encode_names(writer: Writer, names: Mapping[int, str]) -> None:
    """Section NAMES."""
    writer.u32s(len(names), 0)
    for function, name in sorted(names.items()):
        text = name.encode()
        writer.u32s(function, len(text))
        writer.data += text
        writer.pad()


def decode_meta(reader: Reader) -> Meta:
    """Section META."""
    time, polls, number, monotonic, cpu, poll_interval = reader.u64s(6)
    isa, version, module = (reader.text(reader.u32s(1)[0]) for _ in range(3))
    reader.pad()
    return Meta(time, polls, number, isa, version, module, monotonic, cpu, poll_interval)


def encode_meta(writer: Writer, meta: Meta) -> None:
    """Section META."""
    writer.u64s(meta.time, meta.polls, meta.number, meta.monotonic, meta.cpu, meta.poll_interval)
    for text in (meta.isa.encode(), meta.version.encode(), meta.module.encode()):
        writer.u32s(len(text))
        writer.data += text
    writer.pad()


def decode_base(reader: Reader) -> Base | None:
    """Section BASE."""
    if not reader.left:
        return None
    size, time = reader.u64s(2)
    header_crc, depth, length = reader.u32s(3)
    name = reader.text(length)
    reader.pad()
    if not depth or name in ("", ".", "..") or "/" in name or "\0" in name:
        raise reader.fail(f"{name!r} with {depth} snapshots beneath is no snapshot that one can build on")
    return Base(name, size, time, header_crc, depth)


def encode_base(writer: Writer, base: Base | None) -> None:
    """Section BASE."""
    if base is None:
        return
    name = base.name.encode()
    writer.u64s(base.size, base.time)
    writer.u32s(base.header_crc, base.depth, len(name))
    writer.data += name
    writer.pad()


def decode_memories(reader: Reader, pages: memoryview) -> tuple[Memory, ...]:
    """Section MEMORY, given section PAGES."""
    memories = []
    start = 0
    for _ in range(reader.count()):
        index, run_count = reader.u32s(2)
        (size,) = reader.u64s(1)
        cleared_count, zero = reader.u32s(2)
        reader.expect_zero(zero)
        runs, cleared = (_read_runs(reader, index, count, size * WASM_PAGE // SNAPSHOT_PAGE) for count in (run_count, cleared_count))
        stored = sum(run.count for run in runs) * SNAPSHOT_PAGE
        if start + stored > len(pages):
            raise reader.fail(f"memory {index} has more pages than section {Section.PAGES.name}")
        memories.append(Memory(index, size, runs, pages[start : start + stored], cleared))
        start += stored
    if start != len(pages):
        raise reader.fail(f"section {Section.PAGES.name} has {len(pages)} bytes where the runs need {start}")
    return tuple(memories)


def _read_runs(reader: Reader, memory: int, count: int, limit: int) -> tuple[Run, ...]:
    numbers = reader.u32s(2 * count)
    runs = tuple(Run(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))
    free = 0
    for run in runs:
        if run.first < free or run.count == 0 or run.first + run.count > limit:
            raise reader.fail(f"memory {memory}: {run.count} pages at {run.first} are out of order or outside it")
        free = run.first + run.count + 1  # runs are as long as possible: a gap follows
    return runs


def encode_memories(writer: Writer, memories: Sequence[Memory]) -> None:
    """Section MEMORY; section PAGES is the data of all memories."""
    writer.u32s(len(memories), 0)
    for memory in memories:
        writer.u32s(memory.index, len(memory.runs))
        writer.u64s(memory.size)
        writer.u32s(len(memory.cleared), 0)
        for run in (*memory.runs, *memory.cleared):
            writer.u32s(run.first, run.count)


def check_sums(reader: Reader, memories: Sequence[Memory]) -> None:
    """Section SUMS, which follows from the memories."""
    expected = block_sums(memories)
    if reader.u32s(len(expected)) != expected:
        raise reader.fail("a checksum is not that of its block")
    reader.pad()


def encode_sums(writer: Writer, memories: Sequence[Memory]) -> None:
    """Section SUMS."""
    writer.u32s(*block_sums(memories))
    writer.pad()


def block_sums(memories: Sequence[Memory]) -> tuple[int, ...]:
    """CRC-32C of the stored pages of each block of 2 MiB that has any."""
    return tuple(sum_ for memory in memories for sum_ in _sums(memory))


def _sums(memory: Memory) -> Iterator[int]:
    pages = SNAPSHOT_BLOCK // SNAPSHOT_PAGE
    stored: dict[int, int] = {}
    for run in memory.runs:
        for block in range(run.first // pages, (run.first + run.count - 1) // pages + 1):
            inside = min(run.first + run.count, (block + 1) * pages) - max(run.first, block * pages)
            stored[block] = stored.get(block, 0) + inside
    start = 0
    for count in stored.values():
        end = start + count * SNAPSHOT_PAGE
        yield crc32c(memory.data[start:end])
        start = end
