"""Who imports whom in a package, read from its source; ``python -m tests.import_graph PACKAGE`` prints its layers.

An import counts wherever it stands: at the top of a module, in a function, for type checking only; and so does
the name of a module as a string, by which modules are loaded later (`importlib.import_module`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Import:
    """One module imports another, or something from it."""

    module: str
    imported: str


def module_name(path: Path, root: Path = ROOT) -> str:
    """Dotted name of a file's module."""
    return str(path.relative_to(root).with_suffix("")).replace("/", ".").removesuffix(".__init__")


def imports_of(package: str, root: Path = ROOT) -> list[Import]:
    """All imports in a package's modules."""
    paths = sorted((root / package).rglob("*.py"))
    modules = {module_name(path, root) for path in paths}
    return [Import(module_name(path, root), name) for path in paths for name in _imported(ast.parse(path.read_text()), modules)]


def _imported(tree: ast.Module, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{alias.name}" for alias in node.names]  # of a module, where it is one
            yield from (name if name in modules else str(node.module) for name in full)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in modules and "." in node.value:
            yield node.value


def graph_of(imports: Iterable[Import]) -> dict[str, set[str]]:
    """The modules that each module imports, of those that import anything."""
    graph: dict[str, set[str]] = {}
    for item in imports:
        graph.setdefault(item.module, set()).add(item.imported)
    return graph


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The sets of modules that can all be reached from each other (strongly connected components), each sorted."""
    reach = {module: _reachable(graph, module) for module in graph}
    in_circle = [module for module in graph if module in reach[module]]
    found = {tuple(sorted(other for other in reach[module] if module in reach.get(other, ()))) for module in in_circle}
    return sorted(map(list, found))


def part(module: str, package: str) -> str:
    """The module or package in a package that a module belongs to."""
    return "__init__" if module == package else module.removeprefix(f"{package}.").partition(".")[0]


def parts_used(imports: Iterable[Import], package: str) -> dict[str, set[str]]:
    """The parts of a package that each of its parts imports, itself not counted."""
    used: dict[str, set[str]] = {}
    for item in imports:
        if item.module.startswith(f"{package}.") and item.imported.startswith(f"{package}."):
            here, there = part(item.module, package), part(item.imported, package)
            used.setdefault(here, set()).update({there} - {here})
    return used


def layers(used: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """The parts in as few layers as there can be, the lowest first; what is in a circle, or above one, is the last."""
    left = set(used).union(*used.values())
    while left:
        layer = {name for name in left if not used.get(name, set()) & left} or set(left)
        yield layer
        left -= layer


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += graph.get(module, ())
    return seen


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for layer in layers(parts_used(imports_of(name.partition(".")[0]), name)):
            print("{" + ", ".join(f'"{part}"' for part in sorted(layer)) + "},")
