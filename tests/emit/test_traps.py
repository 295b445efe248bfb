"""Accesses outside the memory trap, also where nothing needs what they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.execution import execute
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.targets import TARGETS, is_native
from wanco.wasm.text import read_module

OUTSIDE = "(i32.load (i32.const 70000))"

UNUSED = {
    "dropped": f"(drop {OUTSIDE})",
    "dropped after arithmetic": f"(drop (f64.sqrt (f64.convert_i32_u (i32.add (i32.const 1) {OUTSIDE}))))",
    "of a vector": "(drop (i32x4.extract_lane 1 (i32x4.neg (v128.load8_splat (i32.const 70000)))))",
    "set and not read": f"(local.set 0 (i32.mul (i32.const 3) {OUTSIDE}))",
    "set twice": f"(local.set 0 (i32.mul (i32.const 3) {OUTSIDE})) (local.set 0 (i32.const 7))",
    "left behind by a branch": f"(block (i32.add (i32.const 1) {OUTSIDE}) (br 0))",
    "left behind by a return": f"(i64.extend_i32_u {OUTSIDE}) (return)",
    "left behind by unreachable": f"(i64.extend_i32_u {OUTSIDE}) (unreachable)",
    "left behind by a tail call": f"(i64.extend_i32_u {OUTSIDE}) (return_call $none)",
    "as an address": f"(drop (i32.load8_u (i32.and (i32.const 15) {OUTSIDE})))",
    "overwritten": f"(i32.store (i32.const 0) (i32.const 1)) (drop {OUTSIDE})",
}

ONLY_LLVM_SEES = {
    "times zero": f"(i32.store (i32.const 0) (i32.mul (i32.const 0) {OUTSIDE}))",
    "overwritten global": f"(global.set 0 {OUTSIDE}) (global.set 0 (i32.const 1))",
}


def _answers(body: str, tmp_path: Path, optimize: int, precise_traps: bool = False) -> list[str]:
    text = f"""(module (memory (export "m") 1) (global (mut i32) (i32.const 0))
      (func (export "f") (local i32) {body})
      (func (export "word") (result i32) (i32.load (i32.const 0)))
      (func $none))"""
    target = next(t for t in TARGETS.values() if is_native(t))
    options = CompileOptions(optimize=optimize, driver=True, jobs=1, precise_traps=precise_traps)
    (artifact,) = compile_module(read_module(text.encode()), [target], options)
    artifact.write(tmp_path / "program")
    transcript = execute([Executable.open(tmp_path / "program")], ["invoke 1", "invoke 2"], tmp_path)
    assert not transcript.end
    return transcript.answers


@pytest.mark.parametrize("body", UNUSED.values(), ids=UNUSED)
def test_what_the_program_throws_away_is_still_read(body: str, tmp_path: Path) -> None:
    trap, word = _answers(body, tmp_path, optimize=2)
    assert trap == "trap out of bounds memory access"
    assert int(word.removeprefix("ok "), 16) == body.startswith("(i32.store")


@pytest.mark.parametrize("body", ONLY_LLVM_SEES.values(), ids=ONLY_LLVM_SEES)
def test_precise_traps(body: str, tmp_path: Path) -> None:
    trap, word = _answers(body, tmp_path, optimize=2, precise_traps=True)
    assert trap == "trap out of bounds memory access"
    assert word == f"ok {0:032x}"
