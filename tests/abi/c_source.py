"""What the runtime's sources say, read as text: enumerators, macros, texts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "runtime"

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ENUM = re.compile(r"\benum(?:\s+\w+)?\s*\{([^}]*)\}")
_MACRO = re.compile(r"^#define (\w+) (.+)$", re.MULTILINE)


@cache
def source(*names: str) -> str:
    """Files, named from ``runtime`` on, or all C files and headers, without comments."""
    files = [RUNTIME / name for name in names] or sorted(path for path in RUNTIME.rglob("*") if path.suffix in (".c", ".h"))
    return "\n".join(_COMMENT.sub("", path.read_text()) for path in files)


@cache
def enumerators() -> dict[str, int]:
    """Values of the enumerators that are numbers, written or counted up."""
    values: dict[str, int] = {}
    for body in _ENUM.findall(source()):
        following: int | None = 0
        for item in filter(None, map(str.strip, body.split(","))):
            name, _, text = (part.strip() for part in item.partition("="))
            try:
                following = int(text, 0) if text else following
            except ValueError:
                following = None
            if following is not None:
                values[name] = following
                following += 1
    return values


def macros(path: Path) -> dict[str, str]:
    """The macros of one file, as they are written."""
    return dict(_MACRO.findall(_COMMENT.sub("", path.read_text())))
