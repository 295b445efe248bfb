"""What differs between the program states in two snapshots, in words.

Compared is everything that is program state: all sections but META and NAMES (names follow
from the module).  Frames are matched from the outermost in, as that is where two runs of one
program agree longest; the number shown is that of `wanco inspect`, innermost first.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wanco.abi.layout import SNAPSHOT_PAGE
from wanco.errors import SnapshotError
from wanco.snapshot.model import Frame, HostState, Memory, Table, Value
from wanco.snapshot.snapshot import Snapshot
from wanco.snapshot.text import format_descriptor, format_frame, format_host_state, format_value
from wanco.snapshot.wasi import Descriptor, WasiState

_GAP = 8
"""Equal bytes between two differing ranges of memory that still make them one."""

_BYTES_SHOWN = 16


@dataclass(frozen=True)
class Difference:
    """One thing that differs: its place, and what it is on either side."""

    place: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.place}: {self.left} | {self.right}"


def diff(a: Snapshot, b: Snapshot) -> list[Difference]:
    """All differences between two program states; an empty list if they are equal."""
    return [
        *_fields(a, b),
        *_frames(a, b),
        *_values("global", a.globals, b.globals),
        *_tables(a, b),
        *_segments(a, b),
        *_wasi(a, b),
        *_host(a.host, b.host),
        *_memories(a.memories, b.memories),
    ]


def _fields(a: Snapshot, b: Snapshot) -> Iterator[Difference]:
    def words(s: Snapshot) -> dict[str, str]:
        return {
            "module": s.module_hash.hex(),
            "site table": s.site_table_hash.hex(),
            "phase": s.control.phase.name.lower(),
            "entry": str(s.control.entry),
            "requested by the program": str(s.control.requested).lower(),
        }

    right = words(b)
    yield from (Difference(name, left, right[name]) for name, left in words(a).items() if left != right[name])


def _frames(a: Snapshot, b: Snapshot) -> Iterator[Difference]:
    if len(a.frames) != len(b.frames):
        yield Difference("number of frames", str(len(a.frames)), str(len(b.frames)))
    pairs = itertools.zip_longest(reversed(a.frames), reversed(b.frames))
    last = max(len(a.frames), len(b.frames)) - 1
    for depth, (left, right) in enumerate(pairs):
        if left is None or right is None:
            yield Difference(f"frame #{last - depth}", _place(a, left), _place(b, right))
        elif (left.function, left.offset, left.site) != (right.function, right.offset, right.site):
            yield Difference(f"frame #{last - depth}", _place(a, left), _place(b, right))
            return  # what lies further in belongs to another call
        else:
            place = f"frame #{last - depth} ({_place(a, left)})"
            yield from _values(f"{place} local", left.locals, right.locals)
            yield from _values(f"{place} stack", left.stack, right.stack)


def _place(snapshot: Snapshot, frame: Frame | None) -> str:
    return "missing" if frame is None else format_frame(snapshot, frame)


def _values(kind: str, a: Sequence[Value], b: Sequence[Value]) -> Iterator[Difference]:
    left, right = {v.index: v for v in a}, {v.index: v for v in b}
    for index in sorted(left.keys() | right.keys()):
        if left.get(index) != right.get(index):
            yield Difference(f"{kind} {index}", _value(left.get(index)), _value(right.get(index)))


def _value(value: Value | None) -> str:
    return "missing" if value is None else format_value(value)


def _tables(a: Snapshot, b: Snapshot) -> Iterator[Difference]:
    left, right = {t.index: t for t in a.tables}, {t.index: t for t in b.tables}
    for index in sorted(left.keys() | right.keys()):
        one, other = left.get(index), right.get(index)
        if one is None or other is None or (one.type, len(one.entries)) != (other.type, len(other.entries)):
            yield Difference(f"table {index}", _table(one), _table(other))
            continue
        for entry, (x, y) in enumerate(zip(one.entries, other.entries, strict=True)):
            if x != y:
                yield Difference(f"table {index} entry {entry}", _value(Value(one.type, entry, x)), _value(Value(one.type, entry, y)))


def _table(table: Table | None) -> str:
    return "missing" if table is None else f"{len(table.entries)} x {table.type.name.lower()}"


def _segments(a: Snapshot, b: Snapshot) -> Iterator[Difference]:
    words = {True: "dropped", False: "kept", None: "missing"}
    pairs = (("data", a.segments.data, b.segments.data), ("element", a.segments.elements, b.segments.elements))
    for kind, left, right in pairs:
        for index, (x, y) in enumerate(itertools.zip_longest(left, right)):
            if x != y:
                yield Difference(f"{kind} segment {index}", words[x], words[y])


def _wasi(a: Snapshot, b: Snapshot) -> Iterator[Difference]:
    if a.wasi == b.wasi:
        return
    try:
        yield from _system(a.system, b.system)
    except SnapshotError:  # a section that is not understood is compared as bytes
        if len(a.wasi) != len(b.wasi):
            yield Difference("WASI state", f"{len(a.wasi)} bytes", f"{len(b.wasi)} bytes")
        for start, end in _ranges(a.wasi, b.wasi):
            yield Difference(f"WASI state bytes {start:#x}-{end:#x}", _hex(a.wasi[start:end]), _hex(b.wasi[start:end]))


def _system(a: WasiState, b: WasiState) -> Iterator[Difference]:
    yield from _named_fields("WASI", a, b, skip=("descriptors",))
    left, right = ({d.number: d for d in state.descriptors} for state in (a, b))
    for number in sorted(left.keys() | right.keys()):
        one, other = left.get(number), right.get(number)
        if one is None or other is None or (one.kind, one.path, one.preopen) != (other.kind, other.path, other.preopen):
            yield from _changed(f"WASI descriptor {number}", _descriptor(a, one), _descriptor(b, other))
        else:
            yield from _named_fields(f"WASI descriptor {number}", one, other)


def _descriptor(state: WasiState, descriptor: Descriptor | None) -> str:
    return "closed" if descriptor is None else format_descriptor(state, descriptor)


def _named_fields(place: str, a: Any, b: Any, skip: Sequence[str] = ()) -> Iterator[Difference]:
    for field in dataclasses.fields(a):
        if field.name not in skip:
            yield from _changed(f"{place} {field.name.replace('_', ' ')}", getattr(a, field.name), getattr(b, field.name))


def _changed(place: str, a: object, b: object) -> Iterator[Difference]:
    if a != b:
        yield Difference(place, str(a), str(b))


def _host(a: Sequence[HostState], b: Sequence[HostState]) -> Iterator[Difference]:
    left, right = {s.name: s for s in a}, {s.name: s for s in b}
    for name in sorted(left.keys() | right.keys()):
        one, other = left.get(name), right.get(name)
        if one is None or other is None or (one.version, len(one.data)) != (other.version, len(other.data)):
            yield from _changed("host state", *("missing" if s is None else format_host_state(s) for s in (one, other)))
        else:
            for start, end in _ranges(one.data, other.data):
                yield Difference(f"host state {name} bytes {start:#x}-{end:#x}", _hex(one.data[start:end]), _hex(other.data[start:end]))


def _memories(a: Sequence[Memory], b: Sequence[Memory]) -> Iterator[Difference]:
    for left, right in itertools.zip_longest(a, b):
        if left is None or right is None:
            yield Difference(f"memory {(left or right).index}", _size(left), _size(right))
            continue
        if left.size != right.size:
            yield Difference(f"memory {left.index} size", _size(left), _size(right))
        yield from _contents(left, right)


def _size(memory: Memory | None) -> str:
    return "missing" if memory is None else f"{memory.size} pages"


def _contents(a: Memory, b: Memory) -> Iterator[Difference]:
    """Differing ranges, also across the boundaries of pages."""
    open_range: tuple[int, bytes, bytes] | None = None  # its address and contents, still to be joined or reported
    for address, left, right in _differing(a, b):
        if open_range is not None:
            start, before, after = open_range
            if start + len(before) == address:
                open_range = (start, before + left, after + right)
                continue
            yield _range_difference(a.index, *open_range)
        open_range = (address, left, right)
    if open_range is not None:
        yield _range_difference(a.index, *open_range)


def _differing(a: Memory, b: Memory) -> Iterator[tuple[int, bytes, bytes]]:
    for number in sorted({*a.page_numbers(), *b.page_numbers()}):
        left, right = a.page(number), b.page(number)
        if left != right:
            for start, end in _ranges(left, right):
                yield number * SNAPSHOT_PAGE + start, left[start:end], right[start:end]


def _range_difference(memory: int, start: int, left: bytes, right: bytes) -> Difference:
    return Difference(f"memory {memory} bytes {start:#x}-{start + len(left):#x}", _hex(left), _hex(right))


def _ranges(a: bytes, b: bytes) -> Iterator[tuple[int, int]]:
    """Ranges (start, end) in which two byte strings differ, as far as both reach."""
    start = end = -1
    for at, (x, y) in enumerate(zip(a, b, strict=False)):
        if x == y:
            continue
        if start >= 0 and at - end > _GAP:
            yield start, end
            start = at
        elif start < 0:
            start = at
        end = at + 1
    if start >= 0:
        yield start, end


def _hex(data: bytes) -> str:
    return data[:_BYTES_SHOWN].hex(" ") + (f" ... ({len(data)} bytes)" if len(data) > _BYTES_SHOWN else "")
