"""Short forms of the campaigns; ``python -m tests.fuzz`` runs long ones."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.campaign import Check, run_campaign
from tests.fuzz.commands import check_command
from tests.fuzz.corpus import small_corpus
from tests.fuzz.differential import check_modules
from tests.fuzz.mutants import MEMORY, check_mutant
from tests.pipeline import slow
from wanco.targets import TARGETS


def test_mutants(tmp_path: Path) -> None:
    small_corpus().save(tmp_path)
    found = run_campaign(check_mutant, range(150), tmp_path, memory=MEMORY)
    assert found.problems == []
    assert min(found.counts["refused"], found.counts["compiled"]) > 20


@pytest.mark.parametrize(("check", "seeds", "counted"), [(check_modules, range(2), "modules"), (check_command, range(6), "programs")])
def test_generated(check: Check, seeds: range, counted: str, tmp_path: Path) -> None:
    found = run_campaign(check, seeds, tmp_path)
    assert found.problems == []
    assert found.counts[counted] >= len(seeds)


def _find_trouble(seed: int, folder: Path) -> object:
    import os  # noqa: PLC0415

    if seed == 5:
        os.abort()
    raise ValueError("trouble")


def test_what_a_campaign_finds(tmp_path: Path) -> None:
    """A check that raises and a child that dies are told with their seeds."""
    found = run_campaign(_find_trouble, range(4, 7), tmp_path)  # type: ignore[arg-type]
    assert [seed for seed, _ in found.problems] == [4, 5, 6]
    assert "ValueError: trouble" in found.problems[0][1]
    assert "SIGABRT" in found.problems[1][1]


def _compile_slowly(seed: int, folder: Path) -> object:
    from tests.fuzz import mutants  # noqa: PLC0415

    mutants.CODE_SECONDS = 1
    return Counter([mutants.compiled((folder / f"{seed}.wasm").read_bytes(), list(TARGETS.values()).index(slow.TARGET))])


def test_a_campaign_goes_on_where_code_generation_does_not_end(tmp_path: Path) -> None:
    for seed, count in enumerate((1, 1000, 1)):
        (tmp_path / f"{seed}.wasm").write_bytes(slow.slow_module(count))
    found = run_campaign(_compile_slowly, range(3), tmp_path)  # type: ignore[arg-type]
    assert found.counts == Counter(compiled=2, problem=1)
    ((seed, problem),) = found.problems
    assert seed == 1
    assert re.match(r"not compiled for riscv64 at -O\d: .* did not come to an end within 1 seconds of CPU time", problem)
