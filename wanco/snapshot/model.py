"""The parts of a stopped program's state as Python values."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from wanco.abi.layout import SNAPSHOT_PAGE, WASM_PAGE, Phase, ValueCode

Buffer = bytes | memoryview

PAGE_OF_ZEROS = bytes(SNAPSHOT_PAGE)


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value.  ``bits`` is its bit pattern; of a funcref the function index or `NULL_FUNCTION`.

    ``index`` is that of the local, of the operand from the bottom of the stack, or of the global.
    """

    type: ValueCode
    index: int
    bits: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebAssembly activation, stopped at the site ``site``.

    ``offset`` counts from the start of the function's body.  ``locals`` has the live ones
    in ascending order, ``stack`` the operands from the bottom.
    """

    site: int
    function: int
    offset: int
    locals: tuple[Value, ...] = ()
    stack: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """What was running: the entry that the outermost frame belongs to.

    ``requested`` is set where the program itself asked for the snapshot.
    """

    phase: Phase
    entry: int
    requested: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: function indices or `NULL_FUNCTION`, or for externref opaque numbers."""

    index: int
    type: ValueCode
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Segments:
    """Which segments have been dropped, by index."""

    data: tuple[bool, ...] = ()
    elements: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class HostState:
    """What host functions keep under a name; only they know what the bytes mean."""

    name: str
    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Meta:
    """What is no program state.  ``time`` in nanoseconds since 1970, ``polls`` 0 where they were not counted;
    ``monotonic`` and ``cpu`` are readings of the program's clocks in nanoseconds, ``poll_interval``
    is what the program was compiled with."""

    time: int = 0
    polls: int = 0
    number: int = 1
    isa: str = ""
    version: str = ""
    module: str = ""
    monotonic: int = 0
    cpu: int = 0
    poll_interval: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """The snapshot that an increment builds on: a file in the same folder.

    ``size``, ``time`` (of its META) and ``header_crc`` tell it from any other; ``depth`` is the
    number of snapshots beneath the increment.
    """

    name: str
    size: int
    time: int
    header_crc: int
    depth: int


NO_SEGMENTS = Segments()
NO_META = Meta()


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive pages of 4096 bytes that are not all zero."""

    first: int
    count: int


@dataclass(frozen=True)
class Memory:
    """A linear memory of ``size`` WebAssembly pages.

    ``data`` holds the pages of ``runs`` one after the other; everything else is zero.  In an
    increment everything else is as in its base, but for the pages of ``cleared``, which are zero.
    """

    index: int
    size: int
    runs: tuple[Run, ...] = ()
    data: memoryview = field(default=memoryview(b""), repr=False)
    cleared: tuple[Run, ...] = ()

    @property
    def byte_size(self) -> int:
        """Size in bytes."""
        return self.size * WASM_PAGE

    @property
    def stored(self) -> int:
        """Number of pages of 4096 bytes that are stored."""
        return sum(run.count for run in self.runs)

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        firsts, positions, position = [], [], 0
        for run in self.runs:
            firsts.append(run.first)
            positions.append(position)
            position += run.count
        return firsts, positions

    def page_numbers(self) -> Iterator[int]:
        """Numbers of the stored pages, in ascending order."""
        for run in self.runs:
            yield from range(run.first, run.first + run.count)

    def page(self, number: int) -> bytes:
        """The 4096 bytes of one page."""
        firsts, positions = self._starts
        at = bisect.bisect_right(firsts, number) - 1
        if at < 0 or number >= firsts[at] + self.runs[at].count:
            return PAGE_OF_ZEROS
        start = (positions[at] + number - firsts[at]) * SNAPSHOT_PAGE
        return bytes(self.data[start : start + SNAPSHOT_PAGE])

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes at ``address``.

        Raises:
            IndexError: they do not lie inside the memory.
        """
        if address < 0 or size < 0 or address + size > self.byte_size:
            raise IndexError(f"{size} bytes at {address:#x} lie outside a memory of {self.byte_size:#x} bytes")
        first, last = address // SNAPSHOT_PAGE, (address + size + SNAPSHOT_PAGE - 1) // SNAPSHOT_PAGE
        data = b"".join(self.page(number) for number in range(first, last))
        start = address - first * SNAPSHOT_PAGE
        return data[start : start + size]

    @classmethod
    def of_pages(cls, index: int, size: int, pages: Mapping[int, Buffer]) -> Memory:
        """A memory of ``size`` WebAssembly pages that has these pages, by number, of 4096 bytes each, none of them all zero."""
        runs: list[Run] = []
        numbers = sorted(pages)
        for number in numbers:
            if runs and runs[-1].first + runs[-1].count == number:
                runs[-1] = Run(runs[-1].first, runs[-1].count + 1)
            else:
                runs.append(Run(number, 1))
        return cls(index, size, tuple(runs), memoryview(b"".join(pages[number] for number in numbers)))

    @classmethod
    def of(cls, index: int, contents: bytes) -> Memory:
        """A memory with these contents, whose length is a multiple of 65536."""
        if len(contents) % WASM_PAGE:
            raise ValueError("a memory is a whole number of pages of 65536 bytes")
        pages = {i // SNAPSHOT_PAGE: contents[i : i + SNAPSHOT_PAGE] for i in range(0, len(contents), SNAPSHOT_PAGE)}
        return cls.of_pages(index, len(contents) // WASM_PAGE, {n: page for n, page in pages.items() if page != PAGE_OF_ZEROS})
