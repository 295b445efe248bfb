"""Snapshots as states that are compared: quickly if they are equal, in words if not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from wanco.abi.layout import VOLATILE_SECTIONS, Section
from wanco.errors import SnapshotError
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
        """The state in a file, which may be damaged (it is then equal to no other).

        Raises:
            OSError: it is not there.
        """
        data = path.read_bytes()
        try:
            container = unpack(memoryview(data))
        except SnapshotError:
            return cls(path, hashlib.sha256(data).digest())
        digest = hashlib.sha256(container.module_hash + container.site_table_hash)
        for kind in Section:
            if kind not in _SKIPPED:
                section = container.sections[kind]
                digest.update(len(section).to_bytes(8, "little"))
                digest.update(section)
        return cls(path, digest.digest())

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def sites(self) -> list[int]:
        """Sites of the frames, innermost first; none in a damaged snapshot."""
        try:
            return [frame.site for frame in Snapshot.load(self.path).frames]
        except SnapshotError:
            return []

    def differences(self, other: State) -> list[str]:
        """What differs, in words, this state's value first."""
        try:
            return [str(line) for line in diff(Snapshot.load(self.path), Snapshot.load(other.path))]
        except SnapshotError as error:
            return [f"damaged snapshot: {error}"]

    def text(self) -> str:
        """The state in full, as lines."""
        try:
            lines = render(Snapshot.load(self.path)).splitlines()
        except SnapshotError as error:
            return str(error)
        return "\n".join(lines[:_LINES_SHOWN] + ["..."] * (len(lines) > _LINES_SHOWN))
