"""A snapshot: the whole state of a stopped program, and the file it is kept in."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from wanco.abi.layout import Section
from wanco.errors import SnapshotError
from wanco.files import write_atomically
from wanco.snapshot import sections
from wanco.snapshot.container import Container, pack, unpack
from wanco.snapshot.model import NO_META, NO_SEGMENTS, Base, Control, Frame, HostState, Memory, Meta, Segments, Table, Value
from wanco.snapshot.sections import Reader, Writer
from wanco.snapshot.wasi import WasiState, decode_wasi

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """The state of a stopped program.

    ``frames`` stand innermost first; ``globals`` and ``tables`` hold those that can change;
    ``wasi`` is the raw section, which `system` reads.  Pages of a loaded snapshot's memories
    stay in the mapped file until they are read.  An increment has a ``base``, and of its memories
    only the pages that changed; `wanco.snapshot.load_complete` gives the whole.
    """

    module_hash: bytes
    site_table_hash: bytes
    control: Control
    frames: tuple[Frame, ...] = ()
    globals: tuple[Value, ...] = ()
    tables: tuple[Table, ...] = ()
    segments: Segments = NO_SEGMENTS
    wasi: bytes = b""
    names: Mapping[int, str] = field(default_factory=dict)
    meta: Meta = NO_META
    memories: tuple[Memory, ...] = ()
    host: tuple[HostState, ...] = ()
    base: Base | None = None

    @property
    def identity(self) -> bytes:
        """Module hash and site-table hash: what an executable must have to go on from here."""
        return self.module_hash + self.site_table_hash

    @property
    def system(self) -> WasiState:
        """Arguments, environment, clocks and open files.

        Raises:
            SnapshotError: the section is not well-formed.
        """
        return decode_wasi(self.wasi)

    def function_name(self, function: int) -> str:
        """Name of a function for people; ``func[i]`` where the file has none."""
        return self.names.get(function, f"func[{function}]")

    @classmethod
    def load(cls, path: str | Path) -> Snapshot:
        """Read a file, and check it entirely: lengths, checksums, every value.

        Raises:
            SnapshotError: it is no snapshot, damaged, or of an unknown version.
            OSError: it cannot be read.
        """
        try:
            with open(path, "rb") as file:
                mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # what mmap says to an empty file
            raise SnapshotError(f"{path}: not a snapshot: the file is empty") from None
        try:
            return cls.decode(memoryview(mapping))
        except SnapshotError as error:
            raise SnapshotError(f"{path}: {error}") from None

    def save(self, path: str | Path) -> None:
        """Write it to a file, which appears complete or not at all.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(Path(path), self.encode())

    @classmethod
    def decode(cls, file: memoryview) -> Snapshot:
        """The snapshot in a file's bytes.

        Raises:
            SnapshotError: they are no snapshot, damaged, or of an unknown version.
        """
        container = unpack(file)

        def read(kind: Section, decode: Callable[..., T], *more: Any) -> T:
            reader = Reader(kind, container.sections[kind])
            result = decode(reader, *more)
            reader.end()
            return result

        memories = read(Section.MEMORY, sections.decode_memories, container.sections[Section.PAGES])
        read(Section.SUMS, sections.check_sums, memories)
        return cls(
            container.module_hash,
            container.site_table_hash,
            control=read(Section.CONTROL, sections.decode_control),
            frames=read(Section.FRAMES, sections.decode_frames),
            globals=read(Section.GLOBALS, sections.decode_globals),
            tables=read(Section.TABLES, sections.decode_tables),
            segments=read(Section.SEGMENTS, sections.decode_segments),
            wasi=bytes(container.sections[Section.WASI]),
            host=read(Section.HOST, sections.decode_host),
            names=read(Section.NAMES, sections.decode_names),
            meta=read(Section.META, sections.decode_meta),
            base=read(Section.BASE, sections.decode_base),
            memories=memories,
        )

    def encode(self) -> bytes:
        """The bytes of the file; the inverse of `decode`."""

        def written(encode: Callable[[Writer, Any], None], part: Any) -> memoryview:
            writer = Writer()
            encode(writer, part)
            return memoryview(writer.data)

        parts = {
            Section.CONTROL: written(sections.encode_control, self.control),
            Section.FRAMES: written(sections.encode_frames, self.frames),
            Section.GLOBALS: written(sections.encode_globals, self.globals),
            Section.TABLES: written(sections.encode_tables, self.tables),
            Section.SEGMENTS: written(sections.encode_segments, self.segments),
            Section.WASI: memoryview(self.wasi),
            Section.HOST: written(sections.encode_host, self.host),
            Section.NAMES: written(sections.encode_names, self.names),
            Section.META: written(sections.encode_meta, self.meta),
            Section.BASE: written(sections.encode_base, self.base),
            Section.MEMORY: written(sections.encode_memories, self.memories),
            Section.PAGES: memoryview(b"".join(memory.data for memory in self.memories)),
            Section.SUMS: written(sections.encode_sums, self.memories),
        }
        return pack(Container(self.module_hash, self.site_table_hash, parts))
