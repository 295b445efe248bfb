"""Functions whose safepoints record an address in place of values, which very large ones do, here all of them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.cross_isa import test_kinds
from tests.cross_isa.generator import generate
from tests.cross_isa.harness import ISAS, Program, command_text, each_pair, reference
from wanco.emit.module import choice
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.snapshot import diff
from wanco.targets import TARGETS

STOPS = 14
SEEDS = range(40, 46)


def _kinds(folder: Path) -> Program:
    return Program.of_text(command_text(test_kinds.SOURCE), folder, poll_interval=1)


@pytest.fixture
def everything_spilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MAX_RECORDED", -1)


@pytest.fixture
def spilled(everything_spilled: None, tmp_path: Path) -> Program:
    return _kinds(tmp_path)


def test_no_value_is_recorded(spilled: Program) -> None:
    (ll,) = compile_module(spilled.module, [TARGETS["x86_64"]], CompileOptions(emit="ll", poll_interval=1))
    ordinary = re.findall(r"^define [^@]*@wf.*?^}", ll.data.decode(), re.MULTILINE | re.DOTALL)
    records = re.findall(r"wanco_poll_slow\(\) \[ \"deopt\"\((.*?)\) \]", "".join(ordinary))
    assert records and all(re.fullmatch(r"i64 \d+, ptr %frame", record) for record in records)


@each_pair
def test_pair(source: str, target: str, spilled: Program) -> None:
    spilled.check_pair(source, target, reference(spilled.module, spilled.folder), STOPS)


def test_snapshots_are_those_of_recorded_values(spilled: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polls = range(1, spilled.polls, max(1, spilled.polls // STOPS))
    snapshots = [spilled.snapshot("x86_64", poll) for poll in polls]
    monkeypatch.undo()
    (tmp_path / "recorded").mkdir()
    recorded = _kinds(tmp_path / "recorded")
    for poll, snapshot in zip(polls, snapshots, strict=True):
        assert {found.place for found in diff(snapshot, recorded.snapshot("x86_64", poll))} == {"WASI arguments"}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_program(seed: int, everything_spilled: None, tmp_path: Path) -> None:
    rng = random.Random(seed)
    program = Program.of_text(generate(seed), tmp_path, poll_interval=rng.choice((1, 3, 1024)))
    hops = [(rng.choice(ISAS), rng.randrange(4), rng.randrange(1, 400)) for _ in range(6)]
    assert program.trip(hops)[0] == reference(program.module, tmp_path)
