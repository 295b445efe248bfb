"""Section WASI of a snapshot: arguments, environment, clocks, granted folders, open files.

Strings are a u32 length and the bytes:

    section     flags u32 (1: deterministic, 2: a poll_oneoff was waiting), 0 u32, virtual time u64,
                random state u64, monotonic clock u64, CPU clock u64, start of the poll_oneoff u64,
                strings (arguments), strings (environment), count u32, preopens, count u32, listeners (string),
                count u32, descriptors
    strings     count u32, size u32, that many bytes: each ended by a NUL
    preopen     guest name string, host path string
    descriptor  number u32, kind u8, type u8, flags u16, preopen u32, mode u32 (1: reads, 2: writes,
                4: a listing follows, 8: contents follow, 16: the number of a descriptor with the same
                file follows), rights given up u64, inheriting rights u64, offset u64, size u64,
                path string, [listing], [size bytes], [number u32]
    listing     count u32, each: type u32, name string

The runtime's half is in runtime/wasi/p1/ (state.h).
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from wanco.abi.layout import Section
from wanco.snapshot.sections import Reader

_DETERMINISTIC, _POLLING = 1, 2
_READS, _WRITES, _LISTING, _CARRIED, _SHARED = 1, 2, 4, 8, 16


class DescriptorKind(enum.IntEnum):
    """What an open descriptor is."""

    STREAM = 1  # standard input, output or error
    FILE = 2
    DIRECTORY = 3
    ROOT = 4  # a granted folder itself
    LISTENER = 5  # a granted socket
    SOCKET = 6  # a connection, closed after a restore
    LOST = 7  # a file that was gone at a restore


@dataclass(frozen=True, slots=True)
class Preopen:
    """A granted folder: the program's name for it, and the host's path."""

    guest: str
    host: str


@dataclass(frozen=True, slots=True)
class Descriptor:
    """An open file.

    ``type`` is WASI's filetype, ``flags`` its fdflags; ``preopen`` the index of the granted
    folder that ``path`` is relative to, of a stream its number, of a listener its index; ``size``
    the file's size when the snapshot was taken.  ``listing`` holds (type, name) of a folder's
    entries where the program is reading it.  ``contents`` are those of a deleted file,
    ``shares`` is an earlier descriptor of the same deleted file.
    """

    number: int
    kind: DescriptorKind
    type: int
    flags: int
    preopen: int
    reads: bool
    writes: bool
    rights_given_up: int
    inheriting_rights: int
    offset: int
    size: int
    path: str
    listing: tuple[tuple[int, str], ...] | None = None
    contents: bytes | None = None
    shares: int | None = None


@dataclass(frozen=True, slots=True)
class WasiState:
    """The state of the system interface.  Times in nanoseconds; 0 where a clock was not read."""

    deterministic: bool
    polling: bool
    virtual_time: int
    random_state: int
    monotonic: int
    cpu: int
    poll_start: int
    arguments: tuple[str, ...]
    environment: tuple[str, ...]
    preopens: tuple[Preopen, ...]
    listeners: tuple[str, ...]
    descriptors: tuple[Descriptor, ...]


def decode_wasi(data: bytes) -> WasiState:
    """The state in a section WASI.

    Raises:
        SnapshotError: it is not well-formed.
    """
    reader = Reader(Section.WASI, memoryview(data))
    flags, zero = reader.u32s(2)
    reader.expect_zero(zero)
    reader.expect_zero(flags & ~(_DETERMINISTIC | _POLLING))
    virtual_time, random_state, monotonic, cpu, poll_start = reader.u64s(5)
    state = WasiState(
        deterministic=bool(flags & _DETERMINISTIC),
        polling=bool(flags & _POLLING),
        virtual_time=virtual_time,
        random_state=random_state,
        monotonic=monotonic,
        cpu=cpu,
        poll_start=poll_start,
        arguments=_strings(reader),
        environment=_strings(reader),
        preopens=tuple(Preopen(_string(reader), _string(reader)) for _ in range(_u32(reader))),
        listeners=tuple(_string(reader) for _ in range(_u32(reader))),
        descriptors=tuple(_descriptor(reader) for _ in range(_u32(reader))),
    )
    reader.end()
    return state


def _u32(reader: Reader) -> int:
    return reader.u32s(1)[0]


def _string(reader: Reader) -> str:
    return reader.text(_u32(reader))


def _strings(reader: Reader) -> tuple[str, ...]:
    count, size = reader.u32s(2)
    *texts, rest = reader.text(size).split("\0")
    if len(texts) != count or rest:
        raise reader.fail(f"{count} strings are promised, {len(texts)} are there")
    return tuple(texts)


def _descriptor(reader: Reader) -> Descriptor:
    number, kind, file_type, flags, preopen, mode, dropped, inheriting, offset, size = struct.unpack("<IBBHIIQQQQ", reader.take(48))
    path = _string(reader)
    if kind not in set(DescriptorKind):
        raise reader.fail(f"descriptor {number} is of kind {kind}, which there is not")
    listing = tuple((_u32(reader), _string(reader)) for _ in range(_u32(reader))) if mode & _LISTING else None
    contents = bytes(reader.take(size)) if mode & _CARRIED else None
    shares = _u32(reader) if mode & _SHARED else None
    return Descriptor(
        number,
        DescriptorKind(kind),
        file_type,
        flags,
        preopen,
        bool(mode & _READS),
        bool(mode & _WRITES),
        dropped,
        inheriting,
        offset,
        size,
        path,
        listing,
        contents,
        shares,
    )
