"""Imports go one way only (docs/architecture.md), and heavy ones stay where they are allowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wanco

ROOT = Path(wanco.__file__).parent

ALLOWED = {
    "errors": set(),
    "abi": set(),
    "files": set(),
    "wasm": {"errors", "abi"},
    "analysis": {"errors", "abi", "wasm"},
    "imports": {"errors", "abi", "wasm", "objects", "targets"},
    "emit": {"errors", "abi", "wasm", "analysis", "imports"},
    "targets": {"errors"},
    "install": {"errors", "targets"},
    "objects": {"errors", "abi", "targets", "install", "files"},
    "options": {"errors", "imports"},
    "codegen": {"errors", "targets", "install", "objects", "options"},
    "snapshot": {"errors", "abi", "files"},
    "run": {"errors", "abi", "targets", "objects"},
    "cache": {"errors", "files", "install", "targets"},
}
"""What each part may import of ours; parts that are not listed stand above all of them."""

ONLY_IN = {"llvmlite": {"codegen", "cache"}, "rich": {"cli"}, "crc32c": {"snapshot"}, "filelock": {"cache"}}
NOWHERE = ("pytest", "hypothesis", "pytest_wanco")

MODULES = {str(p.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__") for p in ROOT.rglob("*.py")}


def _imports() -> Iterator[tuple[str, str]]:
    """(file, imported module) for every import statement of the package."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                full = [f"{node.module}.{alias.name}" for alias in node.names]  # of a module, where it is one
                names = [name if name.removeprefix("wanco.") in MODULES else str(node.module) for name in full]
            for name in names:
                yield str(path.relative_to(ROOT)), name


IMPORTS = list(_imports())


def _part(file: str) -> str:
    return Path(file).parts[0].removesuffix(".py")


@pytest.mark.parametrize("part", ALLOWED)
def test_parts_import_only_what_stands_below_them(part: str) -> None:
    wrong = [
        (file, name)
        for file, name in IMPORTS
        if _part(file) == part and name.startswith("wanco.") and name.split(".")[1] not in ALLOWED[part] | {part}
    ]
    assert wrong == []


@pytest.mark.parametrize("package", [*ONLY_IN, *NOWHERE])
def test_heavy_packages_stay_where_they_belong(package: str) -> None:
    users = {_part(file) for file, name in IMPORTS if name.split(".")[0] == package}
    assert users <= ONLY_IN.get(package, set())


def test_only_the_command_line_and_the_public_names_import_the_pipeline() -> None:
    users = {_part(file) for file, name in IMPORTS if name == "wanco.pipeline"}
    assert users <= {"cli", "__init__"}


def test_there_are_no_circles() -> None:
    graph: dict[str, set[str]] = {}
    for file, name in IMPORTS:
        here = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        there = name.removeprefix("wanco.")
        if name.startswith("wanco.") and there in MODULES and here != "__init__":
            graph.setdefault(here, set()).add(there)
    while graph:
        leaves = {m for m in graph if not graph[m] & graph.keys()}
        assert leaves, f"an import circle among {sorted(graph)}"
        graph = {m: graph[m] for m in graph.keys() - leaves}
