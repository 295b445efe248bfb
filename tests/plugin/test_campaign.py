"""Campaigns: through executors of the standard library, and on a Dask cluster."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pytest_wanco import Campaign, Inputs, PointSpec, Program, Settings, run_campaign, verify_program
from pytest_wanco import campaign as campaign_module
from pytest_wanco.campaign import DaskPlacement
from pytest_wanco.errors import PluginError
from pytest_wanco.program import Builds, build_cached
from pytest_wanco.states import State
from tests.plugin.conftest import PROGRAMS
from tests.plugin.mutants import BROKEN_ISA, MUTANTS, build_mutant
from wanco.options import CompileOptions


@pytest.fixture
def counter() -> Program:
    return Program.read(PROGRAMS / "counter.wat")


@pytest.fixture
def options(isas: tuple[str, ...]) -> Settings:
    return Settings(isas=isas[:2], points=PointSpec("count", 4), poll_interval=1)


def test_any_executor(counter: Program, options: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    files = Program.read(PROGRAMS / "files.wat")
    with ThreadPoolExecutor(2) as executor:
        programs = [(counter, Inputs.of(["x"])), (files, Inputs.of(dirs={"/": folder})), (counter, Inputs())]
        found = run_campaign(Campaign(programs, options), executor)
    assert [one.program for one in found] == ["counter.wat", "files.wat", "counter.wat"]
    assert all(one.failure is None for one in found)
    first = found[0]
    assert len(first.points) == 4
    assert set(first.verified) == {f"{a}>{b}" for a in options.isas for b in options.isas}
    assert all(first.verified.values())
    assert found[2].stops == 0


def test_a_failure_is_narrowed(isas: tuple[str, ...], options: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if isas[:2] != ("x86_64", BROKEN_ISA):
        pytest.skip("needs x86_64 natively, and aarch64")
    program = Program.read(PROGRAMS / "state.wat")
    settings = dataclasses.replace(options, points=PointSpec("auto"), mode="lockstep")
    broken = tmp_path / "broken"
    build_mutant(MUTANTS[0], program.module, CompileOptions(poll_interval=1), broken, None)

    def build(module: bytes, isa: str, how: CompileOptions) -> Path:
        return broken if isa == BROKEN_ISA else build_cached(module, isa, how)

    monkeypatch.setattr(campaign_module, "Builds", functools.partial(Builds, builder=build))
    monkeypatch.setattr(campaign_module, "verify_program", functools.partial(verify_program, builder=build))
    with ThreadPoolExecutor(2) as executor:
        whole = Campaign([(program, Inputs())], settings)
        (found,) = run_campaign(whole, executor, folder=tmp_path / "failures", replay_prefix="pytest test.py")
    assert found.failure is not None
    # What shows it has come here, from wherever it was verified.
    kept = found.failure.kept
    assert State.read(Path(kept["expected"])).digest != State.read(Path(kept["actual"])).digest
    assert Path(kept["actual"]).parent == tmp_path / "failures" / "0-state.wat"
    assert kept["compare"] == f"wanco diff {kept['expected']} {kept['actual']}"
    assert found.failure.replay.startswith(f"pytest test.py --wanco-replay=isas=x86_64,{BROKEN_ISA}/points=at:")
    assert found.failure.continued_on == BROKEN_ISA
    assert re.search(r"frame #0 \(locals \+0x\w+\) local", str(found.failure))


@pytest.fixture
def cluster(isas: tuple[str, ...]) -> Iterator[Any]:
    """Two workers, one of which says that it is an AArch64 machine."""
    distributed = pytest.importorskip("distributed")
    spec = {
        "native": {"cls": distributed.Worker, "options": {"nthreads": 1}},
        "other": {"cls": distributed.Worker, "options": {"nthreads": 1, "resources": {f"wanco-{isas[1]}": 1}}},
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard": False, "host": "127.0.0.1", "port": 0}}
    with distributed.SpecCluster(workers=spec, scheduler=scheduler, silence_logs=50) as running:
        yield running


def test_dask(cluster: Any, counter: Program, options: Settings) -> None:
    placement = DaskPlacement(cluster.scheduler_address)
    asked: list[tuple[str, str]] = []
    submit = placement._client.submit

    def spy(function: Any, *arguments: Any, workers: Any, **more: Any) -> Any:
        asked.append((function.__name__, ",".join(workers or ["any"])))
        return submit(function, *arguments, workers=workers, **more)

    placement._client.submit = spy
    try:
        (found,) = run_campaign(Campaign([(counter, Inputs.of(["x"]))], options), placement)
    finally:
        placement.close()
    assert found.failure is None
    assert set(placement._workers.values()) == set(options.isas)
    other = next(address for address, isa in placement._workers.items() if isa == options.isas[1])
    assert ("capture_task", other) in asked
    assert sum(name == "resume_task" and worker == other for name, worker in asked) == len(found.points)


def test_dask_option(cluster: Any, pytester: pytest.Pytester, isas: tuple[str, ...]) -> None:
    (pytester.path / "counter.wat").write_text((PROGRAMS / "counter.wat").read_text())
    pytester.makepyfile(
        """
        def test_it(wanco_cross_isa):
            wanco_cross_isa("counter.wat", ["x"]).assert_identical()
        """
    )
    options = [
        f"--wanco-isas={','.join(isas[:2])}",
        "--wanco-points=2",
        "--wanco-mode=lockstep",
        f"--wanco-dask={cluster.scheduler_address}",
    ]
    pytester.runpytest("--wanco-cross-isa", *options).assert_outcomes(passed=1)


def test_no_scheduler() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(PluginError, match=r"--wanco-dask: no scheduler at tcp://127\.0\.0\.1:1"):
        DaskPlacement("tcp://127.0.0.1:1", timeout=0.5)
