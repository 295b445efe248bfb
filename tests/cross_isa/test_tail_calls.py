"""Tail calls: constant stack, every ordered pair of ISAs, chains of checkpoints, endless loops."""

from __future__ import annotations

import dataclasses
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cross_isa.harness import ISAS, TIMEOUT, Program, available_isas, each_pair, reference
from wanco import pipeline
from wanco.emit import EmitOptions
from wanco.run import Result, RunOptions
from wanco.snapshot import Frame, Snapshot

SOURCE = Path(__file__).with_name("tail_calls.wat")
LEVELS = (0, 1, 2, 3)
STOPS = 8


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program.of_text(SOURCE.read_text(), tmp_path_factory.mktemp("tail"), poll_interval=1)


@pytest.fixture(scope="module")
def expected(program: Program) -> bytes:
    return reference(program.module, program.folder)


@each_pair
def test_pair(source: str, target: str, program: Program, expected: bytes) -> None:
    program.check_pair(source, target, expected, STOPS)


def test_chains(program: Program, expected: bytes) -> None:
    rng, isas = random.Random(4), available_isas()
    for _ in range(3):
        hops = [(rng.choice(isas), rng.choice(LEVELS), rng.randrange(1, 60)) for _ in range(12)]
        output, taken = program.trip(hops)
        assert output == expected and taken >= 3, hops


@pytest.mark.parametrize("isa", ISAS)
def test_units_call_each_other(isa: str, program: Program, expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that tail-call each other may lie in different codegen units."""
    if isa not in available_isas():
        pytest.skip(f"no emulator for {isa}")
    monkeypatch.setattr(pipeline, "EmitOptions", lambda **options: EmitOptions(unit_size=150, **options))
    assert Program(program.module, tmp_path, poll_interval=1).run(isa, 2) == expected


# Ten million tail calls: between equal signatures, and between different ones, direct and indirect.
ENDURANCE = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (type $i (func (param i64 i32) (result i64)))
  (type $f (func (param f64 i64 i32) (result i64)))
  (memory (export "memory") 1)
  (table funcref (elem $even $odd $mix))
  (func $a (type $i)
    (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
    (return_call $b (i64.add (local.get 0) (i64.const 3)) (i32.sub (local.get 1) (i32.const 1))))
  (func $b (type $i)
    (if (i32.eqz (local.get 1)) (then (return (i64.mul (local.get 0) (i64.const 2)))))
    (return_call $a (i64.xor (local.get 0) (i64.const 5)) (i32.sub (local.get 1) (i32.const 1))))
  (func $even (type $i)
    (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
    (return_call $mix (f64.convert_i64_u (local.get 0)) (i64.rotl (local.get 0) (i64.const 7)) (i32.sub (local.get 1) (i32.const 1))))
  (func $mix (type $f)
    (if (i32.eqz (local.get 2)) (then (return (local.get 1))))
    (return_call_indirect (type $i) (i64.add (local.get 1) (i64.reinterpret_f64 (local.get 0))) (i32.sub (local.get 2) (i32.const 1))
      (i32.and (local.get 2) (i32.const 1))))
  (func $odd (type $i)
    (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
    (return_call_indirect (type $f) (f64.const 1.5) (i64.xor (local.get 0) (i64.const -9)) (i32.sub (local.get 1) (i32.const 1))
      (i32.const 2)))
  (func (export "_start") (local $x i64)
    (local.set $x (i64.xor (call $a (i64.const 1) (i32.const 10000001)) (call $even (i64.const 1) (i32.const 10000001))))
    (return_call $exit (i32.wrap_i64 (i64.shr_u (i64.xor (local.get $x) (i64.rotl (local.get $x) (i64.const 32))) (i64.const 57))))))
"""
ENDED = 77
SMALL_STACK = "64K"


@pytest.fixture(scope="module")
def endurance(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program.of_text(ENDURANCE, tmp_path_factory.mktemp("endurance"))


@pytest.mark.parametrize(("isa", "level"), [("x86_64", level) for level in LEVELS] + [(isa, level) for isa in ISAS[1:] for level in (0, 2)])
def test_the_stack_does_not_grow(isa: str, level: int, endurance: Program) -> None:
    if isa not in available_isas():
        pytest.skip(f"no emulator for {isa}")
    result = endurance.executable(isa, level).run((), RunOptions(stack_size=SMALL_STACK), timeout=TIMEOUT)
    assert (result.status, result.stderr) == (ENDED, b"")


def test_the_stack_does_not_grow_over_checkpoints(endurance: Program) -> None:
    """A resume function calls where the function would jump; the next snapshot has no trace of that."""
    isas = available_isas()
    snapshot, sizes = None, set()
    for hop in range(24):
        path = endurance.folder / f"hop{hop % 2}.wsnap"
        options = RunOptions(stack_size=SMALL_STACK, restore=snapshot, checkpoint_at=1001, snapshot=path, quiet=True)
        result = endurance.executable(isas[hop % len(isas)], hop % 4).run((), options, timeout=TIMEOUT)
        assert result.checkpointed, result
        assert len(Snapshot.load(path).frames) == 2
        sizes.add(path.stat().st_size)
        snapshot = path
    assert len(sizes) == 1
    options = RunOptions(stack_size=SMALL_STACK, restore=snapshot, quiet=True)
    assert endurance.executable("x86_64").run((), options, timeout=TIMEOUT).status == ENDED


ENDLESS = """(module
  (type $other (func (param i64)))
  (table funcref (elem $other))
  (func $one (param i32) (return_call_indirect (type $other) (i64.extend_i32_u (i32.add (local.get 0) (i32.const 1))) (i32.const 0)))
  (func $other (param i64) {body})
  (func (export "_start") (return_call $one (i32.const 1))))
"""


@pytest.mark.parametrize("body", ["(return_call $one (i32.wrap_i64 (local.get 0)))", "(return_call $other (local.get 0))"])
def test_an_endless_chain_can_be_interrupted(body: str, tmp_path: Path) -> None:
    program = Program.of_text(ENDLESS.format(body=body), tmp_path)
    path = tmp_path / "endless.wsnap"
    executable = program.executable("x86_64", 2)
    command = [str(executable.path), "--wanco-checkpoint-on-term", "--wanco-snapshot", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None and b"saved" in process.stderr.read()
    assert process.returncode == 85
    (frame,) = Snapshot.load(path).frames
    for isa in available_isas():
        options = RunOptions(restore=path, checkpoint_at=5, snapshot=tmp_path / "next.wsnap")
        assert program.executable(isa, 1).run((), options, timeout=TIMEOUT).checkpointed
    assert len(Snapshot.load(tmp_path / "next.wsnap").frames) == 1 and frame.function in (0, 1)


def test_frames_that_tail_calls_cannot_bring_are_refused(program: Program, tmp_path: Path) -> None:
    """Where a function was called, a frame of any function fits that tail calls connect with it, and no other."""
    executable = program.executable("x86_64")
    _, _, _, even, _, _, wide, _, _, _, twice, *_, start = range(17)
    found: dict[tuple[int, ...], Snapshot] = {}
    for poll in range(1, program.polls, 3):
        options = RunOptions(checkpoint_at=poll, snapshot=tmp_path / "s", quiet=True)
        assert executable.run((), options, timeout=TIMEOUT).checkpointed
        snapshot = Snapshot.load(tmp_path / "s")
        found[tuple(frame.function for frame in snapshot.frames)] = snapshot
    called = found[even, start]
    other = next(snapshot.frames[0] for functions, snapshot in found.items() if functions[0] == twice)

    def restored(inner: Frame) -> Result:
        dataclasses.replace(called, frames=(inner, called.frames[1])).save(tmp_path / "t")
        return executable.run((), RunOptions(restore=tmp_path / "t"), timeout=TIMEOUT)

    assert restored(found[wide, start].frames[0]).status == 0
    refusal = restored(other)
    assert (refusal.status, refusal.stdout) == (3, b"")
    assert f"cannot call function {twice}".encode() in refusal.stderr


TRAPS = """(module
  (memory 1)
  (table funcref (elem $traps))
  (func $traps (param i32) (if (local.get 0) (then (call $inner (local.get 0)))))
  (func $inner (param i32) (if (local.get 0) (then unreachable)) (loop (br_if 0 (i32.load (i32.const 0)))))
  (func $jumps (param i32) (return_call_indirect (param i32) (local.get 0) (i32.const 0)))
  (func $calls (param i64) (return_call $jumps (i32.wrap_i64 (local.get 0))))
  (func $deep (param i32) (call $deep (i32.load (i32.const 8))) (return_call $shallow (i64.const 1)))
  (func $shallow (param i64) (return_call $deep (i32.const 1)))
  (func $outer (param i32) (call $calls (i64.extend_i32_u (local.get 0))) (i32.store (i32.const 0) (local.get 0)))
  (func (export "_start") {body} (i32.store (i32.const 0) (i32.const 1))))
"""


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("level", [0, 3])
def test_backtraces(isa: str, level: int, tmp_path: Path) -> None:
    """Functions that tail calls have left are not in a trap's backtrace, whatever their form; the others are."""
    if isa not in available_isas():
        pytest.skip(f"no emulator for {isa}")
    program = Program.of_text(TRAPS.format(body="(call $outer (i32.const 1))"), tmp_path)
    result = program.executable(isa, level).run(timeout=TIMEOUT)
    first, *lines = result.stderr.decode().splitlines()
    assert (result.status, first) == (134, "wanco: trap: unreachable")
    assert [line.split()[1] for line in lines] == ["inner", "traps", "outer", "_start"]


@pytest.mark.parametrize("isa", ISAS)
def test_stack_exhaustion(isa: str, tmp_path: Path) -> None:
    """Recursion through functions in the common form is noticed as any other."""
    if isa not in available_isas():
        pytest.skip(f"no emulator for {isa}")
    program = Program.of_text(TRAPS.format(body="(call $shallow (i64.const 1))"), tmp_path)
    result = program.executable(isa, 2).run((), RunOptions(stack_size=SMALL_STACK), timeout=TIMEOUT)
    assert (result.status, result.stderr.splitlines()[0]) == (134, b"wanco: trap: call stack exhausted")
