"""Larger programs: the output and files that wasmtime gives, on every ISA and over many checkpoints.

A program that has not been obtained is skipped; README.md says how to get it.
"""

from __future__ import annotations

import functools
import hashlib
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import wasmtime

from tests.programs.catalogue import GUEST, PROGRAMS, SCRIPTS, Program
from tests.programs.obtain import module_path
from wanco.build import cached_executable
from wanco.options import CompileOptions
from wanco.run import Executable, RunOptions
from wanco.run.emulator import search
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS

NATIVE = "x86_64"
LEVELS = {"x86_64": 2, "aarch64": 0, "riscv64": 0}
"""Optimisation levels differ, too: a snapshot goes from one to another."""

CHECKPOINTS = 20
EMULATED_SHARE = 400
"""The largest part of a run that is done in one go under an emulator, as a divisor."""

NEVER = 1 << 56
TIMEOUT = 600.0

Ended = tuple[bytes, dict[str, str]]
"""Standard output, and the digests of the files in the granted directory."""


@dataclass(frozen=True)
class Point:
    """Where a process leaves: after so many polls of its own on this ISA."""

    isa: str
    polls: int


@functools.cache
def module_of(program: Program) -> bytes:
    """The module; skips the test where it is not there."""
    path = module_path(program)
    if not path.exists():
        pytest.skip(f"not obtained: python -m tests.programs {program.name}")
    return path.read_bytes()


@functools.cache
def executable(program: Program, isa: str) -> Executable:
    """The program for an ISA; skips the test where that cannot run."""
    module = module_of(program)
    if search(TARGETS[isa]) is None:
        pytest.skip(f"no emulator for {isa}")
    return Executable.open(cached_executable(module, TARGETS[isa], CompileOptions(optimize=LEVELS[isa])))


def granted(program: Program, folder: Path) -> Path:
    """A new directory with the program's scripts."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    for name in program.scripts:
        shutil.copyfile(SCRIPTS / name, data / name)
    return data


def files(data: Path) -> dict[str, str]:
    """Digests of the files in a directory."""
    return {str(p.relative_to(data)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(data.rglob("*")) if p.is_file()}


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a program does under wasmtime."""

    @functools.cache
    def under_wasmtime(program: Program) -> Ended:
        folder = tmp_path_factory.mktemp(program.name)
        data, output = granted(program, folder), folder / "stdout"
        config = wasmtime.Config()
        config.cranelift_nan_canonicalization = True
        engine = wasmtime.Engine(config)
        store = wasmtime.Store(engine)
        wasi = wasmtime.WasiConfig()
        wasi.argv = [program.name, *program.arguments]
        wasi.env = list(program.env)
        wasi.stdout_file = str(output)
        wasi.preopen_dir(str(data), GUEST)
        store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        start = linker.instantiate(store, wasmtime.Module(engine, module_of(program))).exports(store)["_start"]
        assert isinstance(start, wasmtime.Func)
        try:
            start(store)
        except wasmtime.ExitTrap as exit_:
            assert exit_.code == 0
        return output.read_bytes(), files(data)

    return under_wasmtime


def run(program: Program, isa: str, data: Path, options: RunOptions) -> tuple[bytes, bool]:
    """Standard output of a process, and whether it left with a snapshot."""
    restored = options.restore is not None
    result = executable(program, isa).run(() if restored else program.arguments, options, timeout=TIMEOUT, name=program.name)
    assert result.checkpointed or result.status == 0, (isa, options, result)
    assert result.stderr == b"", (isa, options, result.stderr)
    return result.stdout, result.checkpointed


def run_options(program: Program, data: Path, **more: object) -> RunOptions:
    return RunOptions(dirs=[(data, GUEST)], env=dict(program.env), quiet=True, **more)  # type: ignore[arg-type]


def polls_of(program: Program, isa: str, folder: Path) -> tuple[int, Ended]:
    """Polls that an uninterrupted run executes, and what it did."""
    data, end = granted(program, folder), folder / "end.wsnap"
    output, _ = run(program, isa, data, run_options(program, data, checkpoint_at=NEVER, checkpoint_at_exit=end))
    return Snapshot.load(end).meta.polls, (output, files(data))


@pytest.mark.parametrize("isa", TARGETS)
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_uninterrupted(program: Program, isa: str, expected, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = granted(program, tmp_path)
    output, _ = run(program, isa, data, run_options(program, data))
    assert (output, files(data)) == expected(program)


def points(rng: random.Random, total: int, isas: Sequence[str]) -> list[Point]:
    """Random points, no two successive ones on the same ISA; the natives among them cover the run."""
    others = [isa for isa in isas if isa != NATIVE]
    chosen: list[str] = []
    while len(chosen) < CHECKPOINTS:
        chosen += [NATIVE, *rng.sample(others, rng.randint(1, len(others)))] if others else [NATIVE]
    chosen = chosen[:CHECKPOINTS]
    weights = [rng.random() if isa == NATIVE else 0.0 for isa in chosen]
    scale = 0.9 * total / (sum(weights) + rng.random())
    most = max(2, total // EMULATED_SHARE)
    return [
        Point(isa, max(1, int(weight * scale)) if isa == NATIVE else int(most ** rng.random()))
        for isa, weight in zip(chosen, weights, strict=True)
    ]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_twenty_checkpoints(program: Program, expected, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    module_of(program)
    isas = [isa for isa in TARGETS if search(TARGETS[isa]) is not None]
    total, ended = polls_of(program, NATIVE, tmp_path)
    assert ended == expected(program)
    route = points(random.Random(program.name), total, isas)
    data = granted(program, tmp_path)
    output, snapshot = b"", None
    for number, point in enumerate(route):
        target = tmp_path / f"{number % 2}.wsnap"
        options = run_options(program, data, restore=snapshot, checkpoint_at=point.polls, snapshot=target, verify=True)
        more, left = run(program, point.isa, data, options)
        assert left, f"ended before checkpoint {number} of {route}"
        output, snapshot = output + more, target
    more, _ = run(program, NATIVE, data, run_options(program, data, restore=snapshot, verify=True))
    assert (output + more, files(data)) == expected(program), route
