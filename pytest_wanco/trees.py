"""Folders that programs are granted: copies, states of them, and what differs between two."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

Tree = Mapping[str, str]
"""What every path under a folder is: ``folder``, ``-> TARGET``, or ``N bytes, SHA-256 ...``."""


def replace_tree(source: Path, target: Path) -> None:
    """Make ``target`` a copy of ``source``."""
    remove_tree(target)
    shutil.copytree(source, target, symlinks=True)


def remove_tree(folder: Path) -> None:
    """Delete a folder, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def tree_of(folder: Path) -> Tree:
    """The state of everything under a folder, modes and times excepted."""
    found: dict[str, str] = {}
    for path, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            full = Path(path, name)
            found[str(full.relative_to(folder))] = _describe(full)
    return found


def _describe(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"-> {os.readlink(path)}"
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return "special file"
    data = path.read_bytes()
    return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()[:16]}"


def tree_differences(expected: Tree, actual: Tree) -> list[str]:
    """One line for each path that differs."""
    return [
        f"file {path}: {expected.get(path, 'missing')} | {actual.get(path, 'missing')}"
        for path in sorted(expected.keys() | actual.keys())
        if expected.get(path) != actual.get(path)
    ]
