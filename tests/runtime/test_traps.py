"""Traps: message, backtrace, exit status."""

from __future__ import annotations

import pytest

from tests.runtime.programs import Build, module
from wanco.run import RunOptions

SMALL_STACK = RunOptions(stack_size="1M")  # emulators walk a large one slowly
CASES = {
    1: "unreachable",
    2: "call stack exhausted",
    3: "integer divide by zero",
    4: "out of bounds memory access",
    5: "out of bounds memory access",
    6: "out of bounds table access",
}


@pytest.mark.parametrize("optimize", [0, 2])
def test_report(build: Build, isa: str, optimize: int) -> None:
    program = build("traps", isa, optimize=optimize)
    assert program.run().status == 0
    for count, message in CASES.items():
        result = program.run(["x"] * count, SMALL_STACK)
        lines = result.stderr.decode().splitlines()
        assert (result.status, lines[0]) == (134, f"wanco: trap: {message}")
        assert all(line.startswith("  at ") for line in lines[1:-1])
        if count != 2:
            assert lines[-1].startswith("  at _start")
    assert lines[1].startswith("  at t (module offset 0x")


def test_places_are_offsets_in_the_module(build: Build) -> None:
    program = build("traps", optimize=0)
    at = int(program.run(["x"]).stderr.decode().splitlines()[1].split("0x")[1].rstrip(")"), 16)
    assert module("traps")[at] == 0x00  # the opcode of unreachable


def test_deep_recursion_is_cut_short(build: Build, isa: str) -> None:
    lines = build("traps", isa).run(["x", "x"], SMALL_STACK).stderr.decode().splitlines()
    assert len(lines) == 52
    assert lines[1] == "  at rec"
    assert lines[-1].startswith("  ... and ")
