"""Short forms of the campaigns; ``python -m tests.fuzz`` runs long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import Check, run_campaign
from tests.fuzz.commands import check_command
from tests.fuzz.corpus import small_corpus
from tests.fuzz.differential import check_modules
from tests.fuzz.mutants import MEMORY, check_mutant


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
