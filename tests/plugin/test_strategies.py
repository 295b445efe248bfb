"""Strategies: what they generate is valid, terminates, and shrinks; limits are checked."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from pytest_wanco import ProgramFactory
from pytest_wanco.strategies import Command, Script, commands, wasi_scripts
from pytest_wanco.strategies.ast import TYPES, Loop, Statement
from pytest_wanco.strategies.modules import NAN_BITS
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

QUICK = settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(commands())
def test_programs_are_valid(program: Command) -> None:
    validate(decode(read_module(program.wat().encode())))


@QUICK
@given(wasi_scripts())
def test_scripts_are_valid(script: Script) -> None:
    validate(decode(read_module(script.wat().encode())))


WANTED = {
    "parameters of each type": [rf"\(func \$f\d.*\(param {t}\)" for t in TYPES],
    "results of each type": [rf"\(func \$f\d.*\(result {t}\)" for t in TYPES],
    "locals of each type": [rf"\(local .*{t}" for t in TYPES],
    "globals of each type": [rf"global.set \$g_{t}" for t in TYPES],
    "blocks with results": [r"\(block \S+ \(result", r"\(if \(result"],
    "loops": [r"\(loop \S+ \(param", r"\(block \S+ \(loop", r"\(loop[^\n]*\(loop[^\n]*\(loop"],
    "counted loops": [r"i32.const 1\)\)\) \(i32.const \d+", r"i32.const -1\)\)\) \(i32.const 0"],
    "branches": ["br_table", "br_if", r"\(if \$l\d+ .* \(else", "return"],
    "calls": [r"\(call \$f\d", r"call_indirect \$fixed", r"call_indirect \$changing"],
    "tail calls": [r"\(return_call \$f\d", r"return_call_indirect \$fixed"],
    "recursion": [r"\(func \$f(\d)\b[^\n]*\n[^\n]*\n[^\n]*\(call \$f\1\b"],
    "several results": [r"\(func \$f\d.*\(result \w+\) \(result", r"\(func \$f\d.*(\(result \w+\) ?){4}"],
    "memory": [r"i32.store8", r"i64.store32", "f32.load", "f64.store", "v128.load", "v128.store", r"load(8|16|32)_[su] "],
    "bulk operations": ["memory.fill", "memory.copy", "memory.init", "memory.grow", "data.drop", "elem.drop"],
    "tables": ["table.set", "table.get", "table.grow", "table.copy", "table.fill"],
    "references": [
        r"\(ref.null func\)",
        r"ref.func \$entry[012]",
        "ref.is_null",
        r"select \(result (funcref|externref)",
        r"\(ref.null extern\)",
    ],
    "vectors": [r"(i8x16|i16x8)\.", r"(i32x4|i64x2)\.", r"f32x4\.", r"f64x2\.", "splat", "extract_lane"],
    "integers": [r"i\d\d.div_s", r"i\d\d.rem_u", r"i32.rotl", r"i\d\d.(popcnt|clz)"],
    "floats": [r"f\d\d.(nearest|floor)", r"f\d\d.(copysign|neg)", "trunc_sat", "reinterpret"],
    "NaNs": [str(bits) for kind in NAN_BITS.values() for bits in kind],
    "the rest": ["select", "local.tee"],
}


def test_programs_cover_the_language() -> None:
    """All kinds of values, control flow and state turn up within some hundred programs."""
    missing = {pattern: re.compile(pattern) for patterns in WANTED.values() for pattern in patterns}

    @settings(QUICK, max_examples=600, phases=[Phase.generate])
    @given(commands())
    def look(program: Command) -> None:
        if not missing:
            return
        text = program.wat()
        own = text[text.index("(func $f0") : text.index('(func (export "_start")')]
        for name in [name for name, pattern in missing.items() if pattern.search(own)]:
            del missing[name]

    look()
    assert not missing


def _has_loop(body: tuple[Statement, ...]) -> bool:
    return any(isinstance(s, Loop) for s in body)


def test_programs_shrink_and_run(wanco_program: ProgramFactory) -> None:
    def interesting(program: Command) -> bool:
        return any(_has_loop(f.body) for f in program.functions)

    smallest = find(commands(max_functions=1), interesting, settings=settings(QUICK, max_examples=500))
    (function,) = smallest.functions
    assert (len(function.body), len(smallest.starts)) == (1, 1)
    result = wanco_program(smallest.wat().encode(), optimize=1).run()
    assert (result.status, result.stderr) == (0, b"")
    assert result.stdout.count(b"\n") == 11


@pytest.mark.parametrize("wrong", [{"max_functions": 0}, {"max_fuel": 0}])
def test_wrong_limits(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        commands(**wrong)
    with pytest.raises(ValueError, match="at least 1"):
        wasi_scripts(max_size=0)
