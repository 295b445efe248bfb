"""Functions whose ordinary version is entered at its sites, made of functions that are too small for it otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cross_isa import test_kinds, test_loops, test_random_programs, test_tail_calls
from tests.cross_isa.harness import Program, command_text, each_pair, merge_all, reference

STOPS = 7


@pytest.fixture(scope="module", autouse=True)
def _merged() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        merge_all(patch)
        yield


@pytest.fixture(scope="module", params=[test_kinds.SOURCE, test_tail_calls.SOURCE], ids=["kinds", "tail calls"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program.of_text(command_text(request.param), tmp_path_factory.mktemp("merged"), poll_interval=1)


@pytest.fixture(scope="module")
def expected(program: Program) -> bytes:
    return reference(program.module, program.folder)


@each_pair
def test_pair(source: str, target: str, program: Program, expected: bytes) -> None:
    program.check_pair(source, target, expected, STOPS)


@pytest.mark.parametrize("polls", [1, 5, 12, 18])
def test_loops_that_only_branches_leave(polls: int, tmp_path: Path) -> None:
    test_loops.test_loops_that_only_branches_leave(polls, tmp_path)


@pytest.mark.parametrize("number", range(100, 104))
def test_random_program(number: int, tmp_path: Path) -> None:
    test_random_programs.test_random_program(number, tmp_path)

