"""Snapshots survive being written and read."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from wanco.abi.layout import NULL_FUNCTION, SNAPSHOT_PAGE, WASM_PAGE, Phase, ValueCode
from wanco.errors import SnapshotError
from wanco.snapshot import Control, Frame, HostState, Memory, Meta, Segments, Snapshot, Table, Value

_BITS = {ValueCode.I32: 32, ValueCode.F32: 32, ValueCode.FUNCREF: 32, ValueCode.V128: 128}

u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@st.composite
def values(draw: st.DrawFn, index: int) -> Value:
    kind = draw(st.sampled_from(ValueCode))
    return Value(kind, index, draw(st.integers(0, 2 ** _BITS.get(kind, 64) - 1)))


@st.composite
def value_lists(draw: st.DrawFn, dense: bool) -> tuple[Value, ...]:
    indices = range(draw(st.integers(0, 4))) if dense else sorted(draw(st.sets(u32, max_size=4)))
    return tuple(draw(values(index)) for index in indices)


frames = st.builds(Frame, u32, u32, u32, value_lists(dense=False), value_lists(dense=True))
tables = st.builds(lambda i, e: Table(i, ValueCode.FUNCREF, tuple(e)), u32, st.lists(u32, max_size=5)) | st.builds(
    lambda i, e: Table(i, ValueCode.EXTERNREF, tuple(e)), u32, st.lists(u64, max_size=5)
)
bits = st.lists(st.booleans(), max_size=20).map(tuple)


@st.composite
def memories(draw: st.DrawFn) -> tuple[Memory, ...]:
    found = []
    for index in range(draw(st.integers(0, 2))):
        size = draw(st.integers(0, 2))
        contents = bytearray(size * WASM_PAGE)
        for address in draw(st.sets(st.integers(0, max(len(contents) - 1, 0)), max_size=6)) if size else ():
            contents[address] = draw(st.integers(0, 255))
        found.append(Memory.of(index, bytes(contents)))
    return tuple(found)


def _host_states(states: dict[str, tuple[int, bytes]]) -> tuple[HostState, ...]:
    return tuple(HostState(name, version, data) for name, (version, data) in sorted(states.items()))


snapshots = st.builds(
    Snapshot,
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.builds(Control, st.sampled_from(Phase), u32, st.booleans()),
    st.lists(frames, max_size=4).map(tuple),
    value_lists(dense=False),
    st.lists(tables, max_size=3).map(tuple),
    st.builds(Segments, bits, bits),
    st.binary(max_size=40),
    st.dictionaries(u32, names, max_size=3),
    st.builds(Meta, u64, u64, u64, names, names, names, u64, u64),
    memories(),
    st.dictionaries(names, st.tuples(u32, st.binary(max_size=20)), max_size=3).map(_host_states),
)


@settings(deadline=None)
@given(snapshots)
def test_what_is_encoded_decodes_to_the_same(snapshot: Snapshot) -> None:
    file = snapshot.encode()
    again = Snapshot.decode(memoryview(file))
    assert again == snapshot
    assert again.encode() == file


@settings(max_examples=300, deadline=None)
@given(snapshots, st.data())
def test_a_changed_byte_is_noticed(snapshot: Snapshot, data: st.DataObject) -> None:
    file = bytearray(snapshot.encode())
    at = data.draw(st.integers(0, len(file) - 1))
    file[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SnapshotError):
        Snapshot.decode(memoryview(file))


@settings(deadline=None)
@given(snapshots, st.data())
def test_a_truncated_file_is_noticed(snapshot: Snapshot, data: st.DataObject) -> None:
    file = snapshot.encode()
    with pytest.raises(SnapshotError):
        Snapshot.decode(memoryview(file[: data.draw(st.integers(0, len(file) - 1))]))


def _section(file: bytes, number: int) -> tuple[int, int, int, int]:
    kind, crc, offset, size = struct.unpack_from("<IIQQ", file, 96 + 24 * number)
    return kind, crc, offset, size


def _patched(file: bytes, kind: int, at: int, new: bytes) -> bytes:
    """The file with bytes of a section replaced and the checksums made right: a forged snapshot."""
    out = bytearray(file)
    _, _, offset, size = _section(file, kind - 1)
    out[offset + at : offset + at + len(new)] = new
    struct.pack_into("<I", out, 96 + 24 * (kind - 1) + 4, crc32c(bytes(out[offset : offset + size])))
    struct.pack_into("<I", out, 88, 0)
    struct.pack_into("<I", out, 88, crc32c(bytes(out[: 96 + 312])))
    return bytes(out)


EXAMPLE = Snapshot(
    module_hash=bytes(range(32)),
    site_table_hash=bytes(range(32, 64)),
    control=Control(Phase.COMMAND, 2),
    frames=(
        Frame(7, 3, 0x1C, (Value(ValueCode.I32, 0, 5), Value(ValueCode.F64, 2, 0x7FF8000000000000)), (Value(ValueCode.I64, 0, 2**64 - 1),)),
        Frame(1, 2, 9),
    ),
    globals=(Value(ValueCode.I32, 0, 66560),),
    tables=(Table(1, ValueCode.FUNCREF, (3, NULL_FUNCTION, 2)),),
    segments=Segments((True, False), (True,)),
    names={3: "fib", 2: "main"},
    meta=Meta(10**18, 42, 1, "x86_64", "0.1.0", "app"),
    memories=(Memory.of(0, b"\1" + bytes(2 * SNAPSHOT_PAGE) + b"\2" + bytes(WASM_PAGE - 2 * SNAPSHOT_PAGE - 2)),),
    host=(HostState("counter", 1, b"\5\0"), HostState("names", 2, b"")),
)


def test_the_layout_of_the_file_is_that_of_the_documentation() -> None:
    file = EXAMPLE.encode()
    assert file[:16] == bytes.fromhex("89 57 41 4e 43 4f 0d 0a  03 00 00 00  0d 00 00 00")
    assert struct.unpack_from("<Q", file, 16) == (len(file),)
    assert file[24:88] == bytes(range(64))
    kinds = [_section(file, n) for n in range(13)]
    assert [k for k, *_ in kinds] == list(range(1, 14))
    for _, crc, offset, size in kinds:
        assert offset % 8 == 0
        assert crc32c(file[offset : offset + size]) == crc
    assert kinds[11][2] % 4096 == 0
    assert kinds[11][3] == 2 * SNAPSHOT_PAGE
    offset, size = kinds[1][2:]
    innermost = file[offset + 8 : offset + 8 + 16]
    assert innermost == struct.pack("<IIII", 7, 3, 0x1C, 3)
    assert file[offset + 24 : offset + 40] == bytes.fromhex("00 00 00 00  00 00 00 00  05 00 00 00  00 00 00 00")


@pytest.mark.parametrize(
    ("kind", "at", "new", "message"),
    [
        (1, 0, b"\x09", "CONTROL: there is no phase 9"),
        (2, 24, b"\x55", "FRAMES: there is no value type 85"),
        (2, 36, b"\x01", "FRAMES: 0x100000005 does not fit its type i32"),
        (2, 25, b"\x01", "FRAMES: the frame of function 3 does not have its locals first"),
        (2, 0, b"\xff\xff\xff\xff", "FRAMES: it ends at byte"),
        (2, 0, b"\x01", "FRAMES: 16 bytes too many"),
        (4, 16, b"\xff\xff\xff\x7f", "TABLES: it ends at byte"),
        (5, 8, b"\x04", "SEGMENTS: a reserved field"),
        (7, 2, b"\1", "HOST: a reserved field before byte 8 is 0x1, not 0"),
        (7, 8, b"\x09", "HOST: it ends at byte 8"),
        (7, 24, b"z", "HOST: the state names is not in order"),
        (7, 56, b"\x80", "HOST: a directory of 128 bytes does not fit"),
        (11, 32, b"\xff", "MEMORY: memory 0: 1 pages at 255 are out of order or outside it"),
        (11, 44, b"\x02", "MEMORY: memory 0 has more pages than section PAGES"),
    ],
)
def test_a_forged_section_is_refused(kind: int, at: int, new: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        Snapshot.decode(memoryview(_patched(EXAMPLE.encode(), kind, at, new)))


def test_version_and_magic_are_named(tmp_path: Path) -> None:
    file = bytearray(EXAMPLE.encode())
    file[8] = 9
    path = tmp_path / "new.wsnap"
    path.write_bytes(file)
    with pytest.raises(SnapshotError, match=r"new\.wsnap: version 9 of the format: this wanco reads version 3"):
        Snapshot.load(path)
    for text in (b"", b"hello"):
        path.write_bytes(text)
        with pytest.raises(SnapshotError, match="not a snapshot"):
            Snapshot.load(path)


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "app.wsnap"
    EXAMPLE.save(path)
    assert Snapshot.load(path) == EXAMPLE
    assert [p.name for p in tmp_path.iterdir()] == ["app.wsnap"]


def test_memory_reads_across_pages_that_are_stored_and_not() -> None:
    memory = EXAMPLE.memories[0]
    assert [(r.first, r.count) for r in memory.runs] == [(0, 1), (2, 1)]
    assert memory.stored == 2
    whole = memory.read(0, WASM_PAGE)
    assert whole[0] == 1 and whole[2 * SNAPSHOT_PAGE + 1] == 2 and sum(whole) == 3
    assert memory.read(2 * SNAPSHOT_PAGE - 1, 4) == b"\0\0\2\0"
    assert memory.read(WASM_PAGE, 0) == b""
    with pytest.raises(IndexError, match="outside a memory of 0x10000 bytes"):
        memory.read(WASM_PAGE - 1, 2)
