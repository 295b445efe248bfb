"""Counts what is too large, and the import circles: ``python -m tests.shape``.

Limits are signs, not aims: what is beyond one has to have a reason, which stands in `EXCEPTIONS`.  Counted are
lines of the source, from the first line of a definition (decorators left out) to its last.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.import_graph import ROOT, circles, graph_of, imports_of

FUNCTION_LINES, CLASS_LINES, FILE_LINES = 60, 300, 500

PYTHON = ("wanco", "pytest_wanco")
C_SOURCES = "runtime"
CMAKE = ("CMakeLists.txt", "cmake", "runtime", "tests/runtime/units")

EXCEPTIONS: dict[str, str] = {}
"""What is too large, and why; an entry that is not needed any more is an error."""


@dataclass(frozen=True)
class Item:
    """A file, or a definition in it."""

    place: str
    kind: str
    lines: int

    @property
    def limit(self) -> int:
        """How many lines it may have."""
        return {"file": FILE_LINES, "class": CLASS_LINES, "function": FUNCTION_LINES, "macro": 0}[self.kind]

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} of {self.lines} lines (limit {self.limit})"


def python_items(path: str, text: str) -> Iterator[Item]:
    """The classes and functions of a Python file, nested ones too, by their dotted names."""

    def visit(node: ast.AST, prefix: str) -> Iterator[Item]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from visit(child, prefix)
                continue
            name = f"{prefix}.{child.name}" if prefix else child.name
            kind = "class" if isinstance(child, ast.ClassDef) else "function"
            assert child.end_lineno is not None
            yield Item(f"{path}:{name}", kind, child.end_lineno - child.lineno + 1)
            yield from visit(child, name)

    yield from visit(ast.parse(text), "")


_C_FUNCTION = re.compile(r"^[A-Za-z_][^;={}#]*?\b(\w+)\([^;{}]*\)[^;={}]*\{$", re.MULTILINE)


def c_items(path: str, text: str) -> Iterator[Item]:
    """The functions of a C file, which begin in the first column and end with a brace there."""
    for match in _C_FUNCTION.finditer(text):
        end = text.find("\n}", match.end())
        yield Item(f"{path}:{match[1]}", "function", text.count("\n", match.start(), end) + 2)


_CMAKE_DEFINITION = re.compile(r"^(function|macro)\((\w+).*?^end\1\(\)", re.MULTILINE | re.DOTALL)


def cmake_items(path: str, text: str) -> Iterator[Item]:
    """The functions and macros of a CMake file; there should be no macros, which work on their caller's variables."""
    for match in _CMAKE_DEFINITION.finditer(text):
        yield Item(f"{path}:{match[2]}", match[1], match[0].count("\n") + 1)


Reader = Callable[[str, str], Iterator[Item]]


def files() -> Iterator[tuple[Path, Reader]]:
    """What is counted, and how."""
    for package in PYTHON:
        yield from ((path, python_items) for path in sorted((ROOT / package).rglob("*.py")))
    yield from ((path, c_items) for path in sorted((ROOT / C_SOURCES).rglob("*.[ch]")))
    for name in CMAKE:
        given = ROOT / name
        found = [given] if given.is_file() else [*given.rglob("*.cmake"), *given.rglob("*.cmake.in"), *given.rglob("CMakeLists.txt")]
        yield from ((path, cmake_items) for path in sorted(found))


def items() -> Iterator[Item]:
    """Every file that is counted, and every definition in one."""
    for path, read in files():
        name, text = str(path.relative_to(ROOT)), path.read_text()
        yield Item(name, "file", text.count("\n"))
        yield from read(name, text)


def main() -> int:
    """Print what is beyond the limits; 1 if anything is that is no exception."""
    everything = list(items())
    beyond = [item for item in everything if item.lines > item.limit]
    for kind in ("file", "class", "function", "macro"):
        of_kind = [item.lines for item in everything if item.kind == kind]
        too_large = sum(item.kind == kind for item in beyond)
        print(f"{len(of_kind)} of kind {kind}, the largest of {max(of_kind, default=0)} lines; {too_large} beyond the limit")
    for item in beyond:
        print(f"  {item}{'; exception' if item.place in EXCEPTIONS else ''}")
    found = [circle for package in PYTHON for circle in circles(graph_of(imports_of(package)))]
    print(f"{len(found)} import circles")
    for circle in found:
        print(f"  {', '.join(circle)}")
    return 1 if found or any(item.place not in EXCEPTIONS for item in beyond) else 0


if __name__ == "__main__":
    sys.exit(main())
