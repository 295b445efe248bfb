"""The text that checkpoints take: resume functions beside the ordinary ones, and what polls add to these."""

from __future__ import annotations

import pytest

from tests.cross_isa.generator import generate
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

LARGE = """(module (memory 1) (func $f (param i32) (result i32) (local i32 i32)
  BODY (local.get 1)) (func (export "_start") (i32.store (i32.const 0) (call $f (i32.load (i32.const 4))))))"""
"""A function of several loops, which are not known to be hot, and of the work between them."""

_LOOP = """(local.set 2 (local.get 0))
  (loop (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.load8_u (local.get 2))))
    (local.set 2 (i32.add (local.get 2) (i32.const 1)))
    (br_if 0 (i32.load8_u (local.get 2))))
  (i32.store offset=NUMBER (local.get 0) (i32.xor (local.get 1) (i32.shl (local.get 2) (i32.const 3))))
  (if (i32.lt_u (local.get 1) (local.get 2)) (then (local.set 1 (i32.rotl (local.get 1) (i32.const 5)))))"""


def _large(loops: int) -> str:
    return LARGE.replace("BODY", "".join(_LOOP.replace("NUMBER", str(4 * number)) for number in range(loops)))


PROGRAMS = {"small functions": generate(1000), "middling function": _large(30), "large function": _large(130)}
LIMITS = {"small functions": 4.6, "middling function": 4.8, "large function": 4.2}
"""Times the text without checkpoints, with some room: what is asserted is that it does not grow unnoticed."""


@pytest.mark.parametrize("program", PROGRAMS)
def test_text_with_checkpoints(program: str) -> None:
    module = read_module(PROGRAMS[program].encode())
    with_, without = (
        compile_module(module, [TARGETS["x86_64"]], CompileOptions(checkpoint=checkpoint, jobs=1))[0] for checkpoint in (True, False)
    )
    sizes = with_.stats.sizes
    text = sizes["text"] + sizes["resume text"]
    assert text <= LIMITS[program] * without.stats.sizes["text"]
    assert sizes["safepoint tables"] <= 0.15 * text
    assert with_.front_end.emitter["compact_resume_functions"] == (program == "large function")
