"""Forms of tail calls, and that LLVM leaves the records right when it inlines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wanco.codegen.llvmlite import compile_ir
from wanco.emit import EmitOptions, emit_module
from wanco.targets import TARGETS
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

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


def unit(source: Path | bytes, checkpoint: bool = True) -> str:
    """IR of a module of one unit."""
    module = decode(read_module(source))
    validate(module)
    (text,) = emit_module(module, EmitOptions(checkpoint=checkpoint, wrappers="all", unit_size=1 << 40)).units
    return text


def functions(ir: str) -> dict[str, str]:
    return dict(re.findall(r"^define [^@]*@(\w+)\(.*?\{\n(.*?)^\}", ir, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("opt", [0, 2, 3])
@pytest.mark.parametrize("source", [TAIL_CALLS, BEHIND_OPERANDS.encode()], ids=["program", "small"])
def test_every_call_that_stays_has_a_record(source: Path | bytes, opt: int) -> None:
    text = compile_ir(unit(source), TARGETS["x86_64"], opt=opt, emit="ll").decode()
    assert "musttail" in text
    # Calls of functions, and indirect ones; those of the runtime's have none.
    for line in re.findall(r"^.* call .*(?:@w[fkr]\d+|%\w+)\(.*$", text, re.MULTILINE):
        assert "musttail" in line or '"deopt"' in line, line


FORMS = """(module
  (type $narrow (func (param i32) (result i32)))
  (table funcref (elem $n2))
  (func $n1 (type $narrow) (return_call $n2 (local.get 0)))
  (func $n2 (type $narrow) (return_call_indirect (type $narrow) (local.get 0) (i32.const 0)))
  (func $out (type $narrow) (return_call $wide (local.get 0) (i64.const 1)))
  (func $wide (param i32 i64) (result i32) (i32.const 1))
  (func $c1 (param i32 f32) (result i32) (return_call $c2 (local.get 1)))
  (func $c2 (param f32) (result i32) (return_call $c1 (i32.const 5) (local.get 0))))
"""


def test_forms() -> None:
    """A jump between equal signatures, a call out of a cycle, the common form in a cycle of unequal ones."""
    code = functions(unit(FORMS.encode()))
    assert "musttail call i32 @wf1(" in code["wf0"]
    assert re.search(r"musttail call i32 %\w+\(ptr %mem, i32", code["wf1"])
    assert "= call i32 @wf3(" in code["wf2"] and "musttail" not in code["wf2"]
    assert "musttail call i32 @wk5(ptr %mem)" in code["wk4"] and "musttail call i32 @wk4(ptr %mem)" in code["wk5"]
    assert "wk0" not in code and "musttail" not in code["wf4"]


def test_modules_without_unequal_cycles_have_no_argument_area() -> None:
    text = unit(BEHIND_OPERANDS.encode())
    assert "wanco_tail_arguments" not in text and "@wk" not in text
