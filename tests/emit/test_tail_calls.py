"""Tail calls: LLVM leaves the records right when it inlines (their forms: `golden/tail_*.wat`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emit.answers import emitted
from wanco.codegen.llvmlite import compile_ir
from wanco.targets import TARGETS

TAIL_CALLS = Path(__file__).parents[1] / "cross_isa" / "tail_calls.wat"

# The function that hands over is small enough to be inlined, the one that it hands over to is not known.
BEHIND_OPERANDS = """(module
  (type $t (func (param i32 i32) (result i32)))
  (table funcref (elem $loops))
  (func $loops (type $t) (loop (br_if 0 (local.tee 0 (i32.div_u (local.get 0) (local.get 1))))) (local.get 1))
  (func $hands (type $t) (return_call_indirect (type $t) (i32.add (local.get 1) (i32.const 5)) (local.get 0) (i32.const 0)))
  (func (export "f") (param i32) (result i32)
    (i32.mul (call $hands (local.get 0) (i32.const 3)) (i32.xor (call $hands (i32.const 4) (local.get 0)) (local.get 0)))))
"""


@pytest.mark.parametrize("opt", [0, 2, 3])
@pytest.mark.parametrize("source", [TAIL_CALLS, BEHIND_OPERANDS], ids=["program", "small"])
def test_every_call_that_stays_has_a_record(source: Path | str, opt: int) -> None:
    text = compile_ir(emitted(source, unit_size=1 << 40), TARGETS["x86_64"], opt=opt, emit="ll").decode()
    assert "musttail" in text
    # Calls of functions, and indirect ones; those of the runtime's have none.
    for line in re.findall(r"^.* call .*(?:@w[fkr]\d+|%\w+)\(.*$", text, re.MULTILINE):
        assert "musttail" in line or '"deopt"' in line, line


def test_modules_without_unequal_cycles_have_no_argument_area() -> None:
    text = emitted(BEHIND_OPERANDS)
    assert "wanco_tail_arguments" not in text and "@wk" not in text
