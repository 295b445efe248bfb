"""Imports go one way only (docs/architecture.md), and heavy ones stay where they are allowed."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pytest

from tests.import_graph import ROOT, circles, graph_of, imports_of, part, parts_used

PACKAGES = ("wanco", "pytest_wanco", "bench")

ALLOWED: dict[str, dict[str, set[str]]] = {
    "wanco": {
        "errors": set(),
        "abi": set(),
        "files": set(),
        "version": set(),
        "report": set(),
        "wasm": {"errors", "abi"},
        "analysis": {"errors", "abi", "wasm"},
        "imports": {"errors", "abi", "wasm", "objects", "targets"},
        "emit": {"errors", "abi", "wasm", "analysis", "imports"},
        "targets": {"errors"},
        "install": {"errors", "targets"},
        "objects": {"errors", "abi", "targets", "install", "files"},
        "options": {"errors", "imports"},
        "codegen": {"errors", "targets", "install", "objects", "options", "report"},
        "snapshot": {"errors", "abi", "files"},
        "run": {"errors", "abi", "targets", "objects"},
        "cache": {"files"},
        "artifact": {"files", "report", "targets"},
        "facts": {"errors", "install", "run", "targets", "version"},
    },
    "pytest_wanco": {
        "errors": set(),
        "names": set(),
        "trees": set(),
        "hookspecs": set(),
        "config": {"names"},
        "progress": {"names"},
        "states": set(),
        "sites": {"errors"},
        "result": set(),
        "strategies": set(),
        "program": {"config"},
        "runner": {"config", "program", "states", "trees"},
        "verify": {"config", "errors", "program", "result", "runner", "sites", "states", "trees"},
        "campaign": {"config", "errors", "program", "result", "runner", "states", "verify"},
        "report": {"result"},
        "check": {"errors", "program", "result"},
        "session": {"campaign", "check", "config", "names", "program", "progress", "report", "result", "verify"},
        "activation": {"names", "session"},
        "items": {"activation", "errors", "names"},
        "fixtures": {"check", "errors", "program", "session"},
    },
}
"""What each part of a package may import of it, a part being a module or a package in it; parts that are not
listed stand above all of them."""

LAYERS: dict[str, tuple[set[str], ...]] = {
    "wanco.emit": (
        {"addresses", "budget", "ir", "sites", "waiting"},
        {"context", "frame_slots", "frames", "kept_accesses", "known", "nan", "records", "streams"},
        {"state_mode"},
        {"translation"},
        {"flow", "safepoints", "stores", "traps"},
        {"calls", "loops"},
        {"modes", "operators"},
        {"function"},
        {"versions"},
        {"module"},
    ),
}
"""Packages within which order is checked too: their parts (modules and packages) in layers, the lowest first.  A part
imports parts of layers below its own; every part is in one.  ``python -m tests.import_graph PACKAGE`` prints the table as
the imports now have it."""

ONLY_IN = {"llvmlite": {"codegen"}, "rich": {"cli"}, "crc32c": {"snapshot"}, "filelock": {"cache"}}
NOWHERE = ("pytest", "hypothesis", "pytest_wanco")
PIPELINE_USERS = {"build", "cli", "__init__"}

IMPORTS = {package: imports_of(package) for package in PACKAGES}


def check(used: Mapping[str, Set[str]], allowed: Mapping[str, Set[str]]) -> None:
    """No part imports what it may not."""
    wrong = {name: sorted(used.get(name, set()) - allowed[name]) for name in allowed}
    assert {name: extra for name, extra in wrong.items() if extra} == {}


@pytest.mark.parametrize("package", ALLOWED)
def test_parts_import_only_what_stands_below_them(package: str) -> None:
    check(parts_used(IMPORTS[package], package), ALLOWED[package])


@pytest.mark.parametrize("package", LAYERS)
def test_layers_import_only_what_stands_below_them(package: str) -> None:
    layers = LAYERS[package]
    folder = ROOT / package.replace(".", "/")
    there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} - {"__init__"}
    assert there == set().union(*layers)
    below = {name: set[str]().union(*layers[:i]) for i, layer in enumerate(layers) for name in layer}
    check(parts_used(IMPORTS[package.partition(".")[0]], package), below)


@pytest.mark.parametrize("package", [*ONLY_IN, *NOWHERE])
def test_heavy_packages_stay_where_they_belong(package: str) -> None:
    users = {part(item.module, "wanco") for item in IMPORTS["wanco"] if item.imported.split(".")[0] == package}
    assert users <= ONLY_IN.get(package, set())


def test_few_import_the_pipeline() -> None:
    users = {part(item.module, "wanco") for item in IMPORTS["wanco"] if item.imported == "wanco.pipeline"}
    assert users <= PIPELINE_USERS


@pytest.mark.parametrize("package", PACKAGES)
def test_there_are_no_circles(package: str) -> None:
    assert circles(graph_of(IMPORTS[package])) == []
