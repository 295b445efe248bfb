"""References, among them external ones that are not null, over checkpoints between every ordered pair of ISAs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import wasmtime

from tests.cross_isa.harness import ISAS, TIMEOUT, available_isas, count_polls, each_pair, pair_stops
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, Result, RunOptions
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

SOURCE = Path(__file__).with_name("references.wat")
RUN, AT, FIXED, KEPT, KEEP = range(5)
"""Numbers of the exports."""
A, B, N = 0xFEDCBA9876543210, 0, 6
SCRIPT = [f"invoke {RUN} {A:x} {B:x} {N:x}", *(f"invoke {AT} {i:x}" for i in range(5)), f"invoke {FIXED} 1"]
STOPS = 6


class Programs:
    """The module with the driver, by ISA and optimisation level."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = read_module(SOURCE)
        self.made: dict[tuple[str, int], Executable] = {}

    def run(self, isa: str, optimize: int, options: RunOptions, script: Sequence[str]) -> Result:
        """What an executable answers to a script."""
        key = (isa, optimize)
        if key not in self.made:
            (artifact,) = compile_module(
                self.module, [TARGETS[isa]], CompileOptions(optimize=optimize, poll_interval=1, jobs=1, driver=True)
            )
            path = self.folder / f"references-{isa}-O{optimize}"
            artifact.write(path)
            self.made[key] = Executable.open(path)
        return self.made[key].run((), options, stdin="".join(f"{line}\n" for line in script).encode(), timeout=TIMEOUT)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("references"))


@pytest.fixture(scope="module")
def expected(programs: Programs) -> list[str]:
    """Answers as wasmtime gives them, which keeps any object as an external reference."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    checkpoint = wasmtime.Func(store, wasmtime.FuncType([], [wasmtime.ValType.i32()]), lambda: 0)
    instance = wasmtime.Instance(store, wasmtime.Module(engine, programs.module), [checkpoint])
    exports: Any = instance.exports(store)

    def shown(value: int | None) -> str:
        return "null" if value is None else f"{value:032x}"

    *references, nulls = exports["run"](store, A, B, N)
    answers = ["ok " + " ".join(map(shown, [*references, nulls]))]
    answers += [f"ok {shown(exports['at'](store, i))}" for i in range(5)]
    return [*answers, f"ok {shown(exports['fixed'](store, 1))}"]


def answers(result: Result) -> list[str]:
    assert (result.status, result.stderr) == (0, b""), result
    return [line for line in result.stdout.decode().splitlines() if line != "ready"]


@pytest.fixture(scope="module")
def polls(programs: Programs) -> int:
    """Polls of the first request."""
    options = RunOptions(snapshot=programs.folder / "count.wsnap", quiet=True)
    return count_polls(lambda poll: programs.run("x86_64", 1, dataclasses.replace(options, checkpoint_at=poll), SCRIPT[:1]).checkpointed)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("optimize", [0, 3])
def test_uninterrupted(isa: str, optimize: int, programs: Programs, expected: list[str]) -> None:
    if isa not in available_isas():
        pytest.skip(f"no emulator for {isa}")
    assert any(f"{A:032x}" in answer for answer in expected)
    options = RunOptions(snapshot=programs.folder / f"asked-{isa}.wsnap", quiet=True)
    assert answers(programs.run(isa, optimize, options, SCRIPT)) == expected


@each_pair
def test_pair(source: str, target: str, programs: Programs, expected: list[str], polls: int) -> None:
    """Stopped at polls, and where the program asks for it itself, which is a host call."""
    stops = list(pair_stops(source, target, polls, STOPS))
    path = programs.folder / f"{source}-{target}.wsnap"
    options = RunOptions(snapshot=path, quiet=True)
    first = programs.run(source, 2, options, SCRIPT[:1])
    assert answers(first) == expected[:1]
    again = RunOptions(restore=path, snapshot=programs.folder / "last.wsnap", verify=True, quiet=True)
    assert answers(programs.run(target, 1, again, SCRIPT[1:])) == expected
    for poll, level, other in stops:
        options = RunOptions(checkpoint_at=poll, snapshot=path, quiet=True)
        assert programs.run(source, level, options, SCRIPT[:1]).checkpointed
        assert answers(programs.run(target, other, again, SCRIPT[1:])) == expected, (poll, level, other)


def test_a_snapshot_keeps_the_identity(programs: Programs) -> None:
    """The driver's external reference N is N + 1 in a snapshot, so that 0 is null; the same bytes from each ISA."""
    contents = set()
    for isa in available_isas():
        path = programs.folder / "saved.wsnap"
        script = [f"invoke {KEEP} 29", "save"]
        assert answers(programs.run(isa, 1, RunOptions(snapshot=path, quiet=True), script)) == ["ok", "ok"]
        snapshot = Snapshot.load(path)
        assert snapshot.globals[-1].bits == 0x2A
        assert snapshot.tables[0].entries == (0, 0, 0)
        contents.add((snapshot.globals, snapshot.tables))
        assert answers(programs.run(isa, 1, RunOptions(restore=path, quiet=True), [f"get {KEPT}"])) == [f"ok {0x29:032x}"]
    assert len(contents) == 1
