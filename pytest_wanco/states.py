"""Snapshots as states that are compared: quickly if they are equal, in words if not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from wanco.layout import VOLATILE_SECTIONS, Section
from wanco.snapshot import Snapshot, diff, render
from wanco.snapshot.container import unpack

_LINES_SHOWN = 400
_SKIPPED = VOLATILE_SECTIONS | {Section.NAMES}
"""Sections that say nothing about the state: names follow from the module."""


@dataclass(frozen=True)
class State:
    """A snapshot in a file, and the digest of what is program state in it."""

    path: Path
    digest: bytes

    @classmethod
    def read(cls, path: Path) -> State:
        """The state in a file.

        Raises:
            SnapshotError: it is damaged.
            OSError: it is not there.
        """
        container = unpack(memoryview(path.read_bytes()))
        digest = hashlib.sha256(container.module_hash + container.site_table_hash)
        for kind in Section:
            if kind not in _SKIPPED:
                data = container.sections[kind]
                digest.update(len(data).to_bytes(8, "little"))
                digest.update(data)
        return cls(path, digest.digest())

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def sites(self) -> list[int]:
        """Sites of the frames, innermost first."""
        return [frame.site for frame in Snapshot.load(self.path).frames]

    def differences(self, other: State) -> list[str]:
        """What differs, in words, this state's value first."""
        return [str(line) for line in diff(Snapshot.load(self.path), Snapshot.load(other.path))]

    def text(self) -> str:
        """The state in full, as lines."""
        lines = render(Snapshot.load(self.path)).splitlines()
        return "\n".join(lines[:_LINES_SHOWN] + ["..."] * (len(lines) > _LINES_SHOWN))
