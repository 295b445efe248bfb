"""State by state: the snapshot after each poll on one ISA, restored and run to the next poll
on another, gives the next snapshot byte for byte.  By induction this covers the whole run."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cross_isa.generator import generate
from tests.cross_isa.harness import TIMEOUT, Program, available_isas, merge_all
from wanco.emit.modes import forms
from wanco.run import RunOptions
from wanco.snapshot import Snapshot, diff

POLLS = 12
"""Successive polls compared per program."""


def snapshot_at(program: Program, isa: str, level: int, poll: int, path: Path, restore: Path | None = None) -> bool:
    """Save at a poll counted from the start or from a restored snapshot; False if the program ends before."""
    options = RunOptions(restore=restore, checkpoint_at=poll, snapshot=path)
    result = program.executable(isa, level).run((), options, timeout=TIMEOUT)
    assert result.checkpointed or result.status == 0, result
    return result.checkpointed


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_lockstep(seed: int, tmp_path: Path) -> None:
    _lockstep(seed, tmp_path)


@pytest.mark.parametrize("seed", range(1000, 1003))
def test_lockstep_of_compact_code(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done about large functions, done about all."""
    monkeypatch.setattr(forms, "FULL_FORM_SIZE", 0)
    monkeypatch.setattr(forms, "FULL_FORM_LIMIT", 0)
    _lockstep(seed, tmp_path)


@pytest.mark.parametrize("seed", range(1003, 1006))
def test_lockstep_of_merged_code(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    merge_all(monkeypatch)
    _lockstep(seed, tmp_path)


def _lockstep(seed: int, tmp_path: Path) -> None:
    program = Program.of_text(generate(seed), tmp_path, poll_interval=1)
    builds = [(isa, level) for isa, level in zip(available_isas(), (0, 2, 3), strict=False)]
    first_isa, first_level = builds[0]
    start = 1 + 13 * (seed % 4)
    states: list[Path] = []
    for number in range(POLLS):
        path = tmp_path / f"s{number}.wsnap"
        if not snapshot_at(program, first_isa, first_level, start + number, path):
            break
        states.append(path)
    if len(states) < 2:
        pytest.skip("the program polls too seldom")
    for number, (before, after) in enumerate(itertools.pairwise(states)):
        isa, level = builds[number % len(builds)]
        reached = tmp_path / f"r{number}.wsnap"
        assert snapshot_at(program, isa, level, 1, reached, restore=before), (isa, level, number)
        differences = diff(Snapshot.load(after), Snapshot.load(reached))
        assert not differences, (isa, level, number, [str(d) for d in differences])
