"""Strategies: what they generate is valid, terminates, and shrinks; limits are checked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from pytest_wanco import ProgramFactory
from pytest_wanco.strategies import Command, Script, commands, wasi_scripts
from pytest_wanco.strategies.ast import Loop, Statement
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


def test_programs_cover_the_language() -> None:
    """All kinds of control flow and state turn up within some hundred programs."""
    wanted = {
        "(loop", "(block", "(if", "br_table", "br_if", "call_indirect $fixed", "call_indirect $changing", "(call $f0", "memory.fill",
        "memory.copy", "memory.init", "memory.grow", "data.drop", "elem.drop", "table.set", "table.grow", "table.copy", "table.fill",
        "i32x4.", "f64x2.", "v128.load", "global.set $g_v128", "(result i64) (result", "select", "local.tee",
    }  # fmt: skip
    missing = set(wanted)

    @settings(QUICK, max_examples=400, phases=[Phase.generate])
    @given(commands())
    def look(program: Command) -> None:
        text = program.wat()
        missing.difference_update([word for word in missing if word in text.split("$entry2 (param")[1]])

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
    assert result.stdout.count(b"\n") == 9


@pytest.mark.parametrize("wrong", [{"max_functions": 0}, {"max_fuel": 0}])
def test_wrong_limits(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        commands(**wrong)
    with pytest.raises(ValueError, match="at least 1"):
        wasi_scripts(max_size=0)
