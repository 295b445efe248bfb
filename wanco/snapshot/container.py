"""The outer layer of a snapshot file: header, section table, checksums.

    header    magic u8[8], version u32, section_count u32, file_size u64,
              module_hash u8[32], site_table_hash u8[32], header_crc u32, 0 u32
    table     per section: kind u32, crc u32, offset u64, size u64
    sections  in ascending order of kind; at multiples of 8, PAGES at one of 4096; zeros between

``header_crc`` is the CRC-32C of header and table with itself taken as zero, ``crc`` that of
a section's bytes.  docs/snapshot-format.md is the full description.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crc32c import crc32c

from wanco.abi.layout import SNAPSHOT_HEADER, SNAPSHOT_MAGIC, SNAPSHOT_PAGE, SNAPSHOT_SECTION, SNAPSHOT_VERSION, Section
from wanco.errors import SnapshotError

_HEADER = struct.Struct("<8sIIQ32s32sII")
_ENTRY = struct.Struct("<IIQQ")
_ALIGNMENT = {Section.PAGES: SNAPSHOT_PAGE}
_DEFAULT_ALIGNMENT = 8
_CRC_OFFSET = SNAPSHOT_HEADER.offsets()["header_crc"]

assert _HEADER.size == SNAPSHOT_HEADER.size and _ENTRY.size == SNAPSHOT_SECTION.size


@dataclass(frozen=True)
class Container:
    """The hashes that tie a snapshot to its program, and the bytes of all sections."""

    module_hash: bytes
    site_table_hash: bytes
    sections: dict[Section, memoryview]


def unpack(file: memoryview) -> Container:
    """Take a file apart and check everything on this layer, all checksums included.

    Raises:
        SnapshotError: it is no snapshot, truncated, corrupt, or of an unknown version.
    """
    if bytes(file[: len(SNAPSHOT_MAGIC)]) != SNAPSHOT_MAGIC:
        raise SnapshotError("not a snapshot: it does not start with the magic bytes")
    if len(file) < _HEADER.size:
        raise SnapshotError(f"truncated: {len(file)} bytes are less than a header")
    _, version, count, file_size, module_hash, site_table_hash, header_crc, _ = _HEADER.unpack_from(file)
    if version != SNAPSHOT_VERSION:
        raise SnapshotError(f"version {version} of the format: this wanco reads version {SNAPSHOT_VERSION}")
    if file_size != len(file):
        raise SnapshotError(f"truncated: the header says {file_size} bytes, the file has {len(file)}")
    if count != len(Section):
        raise SnapshotError(f"{count} sections where version {version} has {len(Section)}")
    end = _HEADER.size + count * _ENTRY.size
    if end > len(file):
        raise SnapshotError("truncated in the section table")
    if _header_crc(file[:end]) != header_crc:
        raise SnapshotError("corrupt: the header's checksum is wrong")
    sections = {}
    for number, kind in enumerate(Section):
        found, crc, offset, size = _ENTRY.unpack_from(file, _HEADER.size + number * _ENTRY.size)
        if found != kind:
            raise SnapshotError(f"section {found} where {kind.name} ({kind}) is wanted")
        if offset < end or offset != _aligned(kind, offset) or offset + size > len(file):
            raise SnapshotError(f"section {kind.name} is misplaced: {size} bytes at {offset}")
        if any(file[end:offset]):
            raise SnapshotError(f"corrupt: the padding before section {kind.name} is not zero")
        end = offset + size
        data = file[offset:end]
        if crc32c(data) != crc:
            raise SnapshotError(f"corrupt: the checksum of section {kind.name} is wrong")
        sections[kind] = data
    if end != len(file):
        raise SnapshotError(f"{len(file) - end} bytes after the last section")
    return Container(module_hash, site_table_hash, sections)


def pack(container: Container) -> bytes:
    """The bytes of a file; the inverse of `unpack`."""
    body = bytearray()
    table = bytearray()
    base = _HEADER.size + len(Section) * _ENTRY.size
    for kind in Section:
        data = container.sections[kind]
        start = _aligned(kind, base + len(body))
        body += bytes(start - base - len(body)) + data
        table += _ENTRY.pack(kind, crc32c(data), start, len(data))
    head = _HEADER.pack(
        SNAPSHOT_MAGIC, SNAPSHOT_VERSION, len(Section), base + len(body), container.module_hash, container.site_table_hash, 0, 0
    )
    file = bytearray(head + table)
    struct.pack_into("<I", file, _CRC_OFFSET, _header_crc(memoryview(file)))
    return bytes(file + body)


def _aligned(kind: Section, offset: int) -> int:
    alignment = _ALIGNMENT.get(kind, _DEFAULT_ALIGNMENT)
    return (offset + alignment - 1) // alignment * alignment


def _header_crc(head: memoryview) -> int:
    copy = bytearray(head)
    struct.pack_into("<I", copy, _CRC_OFFSET, 0)
    return int(crc32c(copy))
