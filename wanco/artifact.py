"""What the pipeline makes: the content of a file, and what is known of how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wanco.files import write_atomically
from wanco.report import FrontEndStats, TargetStats
from wanco.targets import Target


@dataclass(frozen=True)
class Artifact:
    """What was made for one target (None: for all, as IR is)."""

    target: Target | None
    data: bytes = field(repr=False)
    executable: bool
    front_end: FrontEndStats
    stats: TargetStats
    header: str = field(default="", repr=False)
    """Of a library: the C header, the same for every target."""
    identity: bytes = field(default=b"", repr=False)
    """What snapshots of it have, too: SHA-256 of the module, then of its site table."""

    def write(self, path: Path) -> None:
        """Write it to a file, which appears complete or not at all.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(path, self.data, executable=self.executable)
