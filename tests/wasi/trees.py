"""Directory trees for tests: one to start from, and descriptions to compare."""

from __future__ import annotations

import os
from pathlib import Path


def populate(root: Path) -> None:
    """Files, directories and every kind of symbolic link, harmless and hostile."""
    (root / "f").write_bytes(b"hello")
    (root / "g").write_bytes(b"world!")
    (root / "sub").mkdir()
    (root / "sub" / "deep").mkdir()
    (root / "sub" / "deep" / "x").write_bytes(b"x")
    (root / "full").mkdir()
    (root / "full" / "y").write_bytes(b"y")
    links = {
        "ln": "f", "dirln": "sub", "dangling": "nope", "loop": "loop", "inner": "sub/../f", "chain": "ln", "slashed": "sub/",
        "root": "/", "up": "..", "out": "../outside", "abs": "/etc/passwd", "sub/up2": "../..",
        "sub/back": "../g", "dots": "sub/./deep/../deep/x",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root.parent / "outside").write_bytes(b"secret")


def describe(root: Path) -> dict[str, object]:
    """What is in a tree: contents of files, targets of links, None for directories."""
    found: dict[str, object] = {}
    for directory, directories, files in os.walk(root):
        for name in directories + files:
            path = Path(directory, name)
            value = os.readlink(path) if path.is_symlink() else None if path.is_dir() else path.read_bytes()
            found[str(path.relative_to(root))] = value
    return found


PATHS: tuple[str | bytes, ...] = (
    "f", "sub", "full", "ln", "chain", "inner", "dirln", "dirln/deep/x", "dangling", "loop", "slashed", "dots", "root", "up", "out", "abs",
    "sub/up2", "sub/up2/x", "sub/back", "nope", "nope/x", "f/x", "/f", "/", "../f", "..", "sub/../../f", "sub/..", "sub/.", ".", "./", "",
    "sub/../f", "./f", "sub//deep", "f/", "sub/", "ln/", "dirln/", "dangling/", "nope/", "root/etc/passwd", "up/outside", "dirln/../f",
    "f\0", b"\xff", b"\xc0\xaf", "\u00e9", "x" * 255, "x" * 256, "x/" * 2100,
)  # fmt: skip
"""Paths good and bad, in a tree that `populate` made."""
