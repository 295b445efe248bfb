"""Find the executable that a snapshot belongs to."""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from wanco.errors import RunError
from wanco.run.elf import target_of
from wanco.targets import Target


def find_executable(folder: Path, target: Target, identity: bytes) -> Path | None:
    """The newest executable in ``folder`` that is for ``target`` and carries ``identity``.

    ``identity`` is a snapshot's module hash and site-table hash, 64 bytes; in an executable
    they stand side by side in its ``wanco_module``.
    """
    found = [path for path in _executables(folder, target) if carries(path, identity)]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def carries(path: Path, identity: bytes) -> bool:
    """Whether the file contains these bytes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(identity) >= 0


def _executables(folder: Path, target: Target) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        paths = [Path(entry.path) for entry in entries if entry.is_file() and os.access(entry.path, os.X_OK | os.R_OK)]
    for path in paths:
        with contextlib.suppress(RunError):  # it is no ELF file, or for something else
            if target_of(path) == target:
                yield path
