"""Programs built for several ISAs and optimisation levels, and trips between them."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import wasmtime

from pytest_wanco.session import available_isas
from wanco.emit.modes import forms
from wanco.options import Backend, CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

ISAS = tuple(TARGETS)
PAIRS = tuple(itertools.product(ISAS, ISAS))
each_pair = pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
"""Marks a test of every ordered pair of instruction sets."""
TIMEOUT = 120.0


def reference(module: bytes, folder: Path, args: Sequence[str] = (), dirs: Mapping[str, Path] | None = None) -> bytes:
    """Standard output of a command under wasmtime, the independent oracle."""
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    output = folder / "wasmtime.out"
    wasi.stdout_file = output
    wasi.argv = ["program", *args]
    for guest, host in (dirs or {}).items():
        wasi.preopen_dir(str(host), guest)
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    start = linker.instantiate(store, wasmtime.Module(engine, module)).exports(store)["_start"]
    assert isinstance(start, wasmtime.Func)
    try:
        start(store)
    except wasmtime.ExitTrap as exit_trap:
        assert exit_trap.code == 0, exit_trap
    return output.read_bytes()


@dataclass
class Program:
    """A module and the executables made of it, by ISA and optimisation level."""

    module: bytes
    folder: Path
    poll_interval: int = 1024
    backend: Backend = "llvmlite"
    executables: dict[tuple[str, int], Executable] = field(default_factory=dict)

    @classmethod
    def of_text(cls, text: str, folder: Path, poll_interval: int = 1024, backend: Backend = "llvmlite") -> Program:
        """A program from WebAssembly text."""
        source = folder / "program.wat"
        source.write_text(text)
        return cls(read_module(source), folder, poll_interval, backend)

    def executable(self, isa: str, optimize: int = 1) -> Executable:
        """The executable for an ISA, built when first asked for."""
        key = (isa, optimize)
        if key not in self.executables:
            options = CompileOptions(optimize=optimize, poll_interval=self.poll_interval, backend=self.backend, jobs=1)
            (artifact,) = compile_module(self.module, [TARGETS[isa]], options)
            path = self.folder / f"program-{isa}-O{optimize}"
            artifact.write(path)
            self.executables[key] = Executable.open(path)
        return self.executables[key]

    def run(self, isa: str, optimize: int = 1) -> bytes:
        """Standard output of an uninterrupted run."""
        result = self.executable(isa, optimize).run(timeout=TIMEOUT)
        assert (result.status, result.stderr) == (0, b""), (isa, optimize, result)
        return result.stdout

    @functools.cached_property
    def polls(self) -> int:
        """Polls of a whole run."""
        options = RunOptions(snapshot=self.folder / "count.wsnap")
        executable = self.executable("x86_64")
        return count_polls(lambda poll: executable.run((), dataclasses.replace(options, checkpoint_at=poll), timeout=TIMEOUT).checkpointed)

    def snapshot(self, isa: str, poll: int) -> Snapshot:
        """The snapshot at a poll of a deterministic run."""
        path = self.folder / "snapshot.wsnap"
        options = RunOptions(checkpoint_at=poll, snapshot=path, deterministic=True)
        assert self.executable(isa).run((), options, timeout=TIMEOUT).checkpointed
        return Snapshot.load(path)

    def check_pair(self, source: str, target: str, expected: bytes, stops: int) -> None:
        """Go from one ISA to the other at polls all over a run; the output must be as ``expected``."""
        for poll, level, other in pair_stops(source, target, self.polls, stops):
            output, taken = self.trip([(source, level, poll), (target, other, 1 << 40)])
            assert (output, taken) == (expected, 1), (poll, level, other)

    def trip(self, hops: Sequence[tuple[str, int, int]], options: RunOptions | None = None) -> tuple[bytes, int]:
        """Output of a run that goes on elsewhere after each hop, and the checkpoints taken.

        A hop is (ISA, optimisation level, polls after which it is left); the last one that
        is reached finishes the program.
        """
        options = options or RunOptions()
        output, snapshot, taken = b"", None, 0
        for isa, optimize, polls in hops:
            target = self.folder / f"hop{taken}.wsnap"
            step = RunOptions(dirs=options.dirs, restore=snapshot, checkpoint_at=polls, snapshot=target, verify=True)
            result = self.executable(isa, optimize).run((), step, timeout=TIMEOUT)
            output += result.stdout
            if result.status == 0:
                return output, taken
            assert result.checkpointed, (hops, taken, result)
            snapshot, taken = target, taken + 1
        isa, optimize, _ = hops[0]
        result = self.executable(isa, optimize).run((), RunOptions(dirs=options.dirs, restore=snapshot, verify=True), timeout=TIMEOUT)
        assert result.status == 0, (hops, taken, result)
        return output + result.stdout, taken


def command_text(source: Path) -> str:
    """A program's text without its own requests for checkpoints, which wasmtime does not know."""
    return source.read_text().replace('  (import "wanco" "checkpoint" (func $checkpoint (result i32)))\n', "")


def merge_all(patch: pytest.MonkeyPatch) -> None:
    """Have every function in the merged form that can be, however small."""
    patch.setattr(forms, "MERGED_SIZE", 0)
    patch.setattr(forms, "MERGED_LOOPS", 1)


def count_polls(stops_at: Callable[[int], bool], most: int = 100_000) -> int:
    """Polls of a run that can be asked whether it stops at one."""
    return bisect.bisect_left(range(1, most), True, key=lambda poll: not stops_at(poll))


def pair_stops(source: str, target: str, polls: int, count: int) -> Iterator[tuple[int, int, int]]:
    """(poll, level, other level), ``count`` times, spread evenly over a run; each pair of ISAs has others."""
    if not {source, target} <= set(available_isas()):
        pytest.skip(f"no emulator for {source} or {target}")
    number = PAIRS.index((source, target))
    for stop in range(count):
        yield 1 + (polls * stop + number * polls // len(PAIRS)) // count, stop % 4, (stop + number + 1) % 4


def random_hops(rng: random.Random, isas: Sequence[str], levels: Sequence[int], count: int, most: int) -> list[tuple[str, int, int]]:
    """Hops over random ISAs and levels; poll numbers are spread over the orders of magnitude."""
    return [(rng.choice(isas), rng.choice(levels), 1 + int(most ** rng.random())) for _ in range(count)]
