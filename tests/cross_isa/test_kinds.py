"""Every ordered pair of ISAs, with the optimisation levels mixed, for a program that has every
kind of safepoint; stopped at polls all over its run."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest

from pytest_wanco.sites import read_sites
from tests.cross_isa.harness import TIMEOUT, Program, available_isas, command_text, each_pair, reference
from wanco.abi.layout import SiteKind
from wanco.options import Backend
from wanco.run import RunOptions
from wanco.snapshot import Snapshot, diff

SOURCE = Path(__file__).with_name("kinds.wat")
STOPS = 14
"""Polls at which each pair is tried, spread evenly; each pair has others."""


def _program(folder: Path, backend: Backend) -> Program:
    return Program.of_text(command_text(SOURCE), folder, poll_interval=1, backend=backend)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return _program(tmp_path_factory.mktemp("kinds"), "llvmlite")


@pytest.fixture(scope="module")
def by_clang(tmp_path_factory: pytest.TempPathFactory) -> Program:
    pytest.importorskip("ziglang")
    return _program(tmp_path_factory.mktemp("clang"), "clang")


@pytest.fixture(scope="module")
def expected(program: Program) -> bytes:
    return reference(program.module, program.folder)


@each_pair
def test_pair(source: str, target: str, program: Program, expected: bytes) -> None:
    program.check_pair(source, target, expected, STOPS)


@each_pair
def test_pair_by_clang(source: str, target: str, by_clang: Program, expected: bytes) -> None:
    by_clang.check_pair(source, target, expected, STOPS)


def test_backends_make_equal_snapshots(program: Program, by_clang: Program) -> None:
    """So what one of them has saved can go on in the other's code."""
    for poll, isa in zip(range(1, program.polls, max(1, program.polls // STOPS)), itertools.cycle(available_isas())):
        differences = diff(program.snapshot(isa, poll), by_clang.snapshot(isa, poll))
        assert {found.place for found in differences} == {"WASI arguments"}, (poll, isa)


def test_every_kind_of_site_is_stopped_at(program: Program) -> None:
    """The stops above do cover what they are meant to cover."""
    assert program.polls > 100
    kinds, functions = set(), set()
    sites = read_sites(program.executable("x86_64").path, hashlib.sha256(program.module).digest()).sites
    for poll in range(1, program.polls, max(1, program.polls // 60)):
        path = program.folder / "kind.wsnap"
        assert program.executable("x86_64").run((), RunOptions(checkpoint_at=poll, snapshot=path), timeout=TIMEOUT).checkpointed
        frames = Snapshot.load(path).frames
        kinds |= {sites[frame.site].kind for frame in frames}
        functions |= {frame.function for frame in frames}
    assert kinds == {SiteKind.LOOP, SiteKind.ENTRY, SiteKind.CALL, SiteKind.CALL_INDIRECT}
    assert len(functions) >= 8


def test_the_program_asks_for_the_checkpoint_itself(tmp_path: Path) -> None:
    """wanco.checkpoint is 0 in the run that saved, which leaves, and 1 in the one that goes on."""
    text = """(module
      (import "wanco" "checkpoint" (func $checkpoint (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (local i32)
        (local.set 0 (i32.const 40))
        (call $exit (i32.add (local.get 0) (call $checkpoint)))))"""
    program = Program.of_text(text, tmp_path)
    isas = available_isas()
    for source, target in itertools.permutations(isas, 2):
        path = tmp_path / f"{source}.wsnap"
        saved = program.executable(source).run((), RunOptions(snapshot=path), timeout=TIMEOUT)
        assert saved.status in (85, 40), saved
        assert program.executable(target).restore(path, timeout=TIMEOUT).status == 41
