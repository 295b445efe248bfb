"""Chains of snapshots: increments and the full snapshot beneath them, put together.

Each increment is complete but for its memories, so a chain's state is that of its newest file with
the memories of all.  Merged, it is the snapshot that the program would have written in full at that
moment, byte for byte but for section META.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from wanco.abi.layout import SNAPSHOT_HEADER, SNAPSHOT_PAGE
from wanco.errors import SnapshotError
from wanco.snapshot.model import Buffer, Memory, Run
from wanco.snapshot.snapshot import Snapshot


def load_chain(path: str | Path) -> list[Snapshot]:
    """The snapshot in a file and those that it builds on, the oldest first; one where it is a full one.

    Raises:
        SnapshotError: one of them is missing or damaged, or is not the one that the next builds on.
        OSError: the file itself cannot be read.
    """
    path = Path(path)
    chain = [Snapshot.load(path)]
    while (base := chain[-1].base) is not None:
        above, path = path, path.parent / base.name
        try:
            found = Snapshot.load(path)
            size, crc = path.stat().st_size, _header_crc(path)
        except OSError as error:
            raise SnapshotError(f"{path}, on which {above} builds: {error.strerror}") from None
        if (size, found.meta.time, crc) != (base.size, base.time, base.header_crc):
            raise SnapshotError(f"{path} is not the snapshot that {above} builds on: it has been replaced")
        if (found.base.depth if found.base else 0) != base.depth - 1 or found.identity != chain[-1].identity:
            raise SnapshotError(f"{above}: damaged: it cannot build on {path}")
        chain.append(found)
    return chain[::-1]


def load_complete(path: str | Path) -> Snapshot:
    """The snapshot in a file, merged with those that it builds on.

    Raises:
        SnapshotError: as `load_chain`.
        OSError: the file itself cannot be read.
    """
    return merge(load_chain(path))


def merge(chain: Sequence[Snapshot]) -> Snapshot:
    """A full snapshot of the state that the last of a chain has; the first must be a full one."""
    if len(chain) == 1:
        return chain[0]
    *_, newest = chain
    memories = (_merged([snapshot.memories[i] for snapshot in chain]) for i in range(len(newest.memories)))
    return dataclasses.replace(newest, base=None, memories=tuple(memories))


def _merged(versions: Sequence[Memory]) -> Memory:
    pages: dict[int, Buffer] = {}
    for memory in versions:
        for number in _numbers(memory.cleared):
            pages.pop(number, None)
        for position, number in enumerate(memory.page_numbers()):
            pages[number] = memory.data[position * SNAPSHOT_PAGE : (position + 1) * SNAPSHOT_PAGE]
    return Memory.of_pages(versions[-1].index, versions[-1].size, pages)


def _numbers(runs: Sequence[Run]) -> Iterator[int]:
    for run in runs:
        yield from range(run.first, run.first + run.count)


def _header_crc(path: Path) -> int:
    with path.open("rb") as file:
        (crc,) = struct.unpack_from("<I", file.read(SNAPSHOT_HEADER.size), SNAPSHOT_HEADER.offsets()["header_crc"])
    return int(crc)
