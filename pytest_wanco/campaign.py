"""Campaigns: many programs, verified through any executor, on several machines if need be.

A program's verification in lockstep falls apart into independent tasks: *capture* (run it on one
ISA without interruption, saving at all points) and *resume* (restore one state on one ISA, run
to the next point).  A task runs where its ISA is native if there is such a worker, so that real
machines replace emulators; whether states are equal is decided by their digests, so only the
reference's snapshots travel.  What goes wrong is verified again as a whole, which narrows it.

Programs with granted folders are one task each: a snapshot says where the folders are.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pytest_wanco.config import PointSpec, Settings
from pytest_wanco.errors import PluginError
from pytest_wanco.program import Builds, Inputs, Program
from pytest_wanco.result import Failure, Verification, pair
from pytest_wanco.runner import NEVER, Outcome, Runner, Start
from pytest_wanco.states import State
from pytest_wanco.verify import record_static, verify_program
from pytest_wanco.verify.points import choose_points, explore
from pytest_wanco.verify.trial import Progress
from wanco.targets import TARGETS, is_native

LABEL = "wanco-"
"""A Dask worker with a resource ``wanco-<isa>`` counts as one that runs this ISA natively."""


@dataclass(frozen=True)
class Campaign:
    """What to verify."""

    programs: Sequence[tuple[Program, Inputs]]
    settings: Settings


class Task(Protocol):
    """A result that may still be on its way."""

    def result(self) -> Any:
        """Wait for it."""


class Placement(Protocol):
    """Where tasks run."""

    def submit(self, isa: str, function: Callable[..., Any], *arguments: Any) -> Task:
        """Run a function where this ISA is native, if that is possible."""


class LocalPlacement:
    """Any `concurrent.futures.Executor`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, isa: str, function: Callable[..., Any], *arguments: Any) -> Task:
        """Run it on whatever worker is free."""
        return self._executor.submit(function, *arguments)


class DaskPlacement:
    """The workers of a Dask scheduler, which must answer within ``timeout`` seconds.

    Raises:
        PluginError: the package ``distributed`` is not installed, or there are no workers.
    """

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise PluginError("--wanco-dask needs the Python package distributed: pip install 'wanco[dask]'") from None
        try:
            self._client: Any = distributed.Client(address, timeout=timeout, set_as_default=False)
        except OSError as error:
            raise PluginError(f"--wanco-dask: no scheduler at {address}: {error}") from None
        self._workers = self._find_workers()
        if not self._workers:
            raise PluginError(f"--wanco-dask: the scheduler at {address} has no workers")

    def _find_workers(self) -> dict[str, str]:
        """The ISA of each worker."""
        found: dict[str, str] = dict(self._client.run(native_isa))
        for address, worker in self._client.scheduler_info(n_workers=-1)["workers"].items():
            for resource in worker.get("resources", {}):
                if resource.startswith(LABEL) and address in found:
                    found[address] = resource.removeprefix(LABEL)
        return found

    def submit(self, isa: str, function: Callable[..., Any], *arguments: Any) -> Task:
        """Run it on a worker of this ISA; on any if there is none."""
        fitting = [address for address, native in self._workers.items() if native == isa]
        task: Task = self._client.submit(function, *arguments, workers=fitting or None, pure=False)
        return task

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()


def native_isa() -> str:
    """The ISA of the machine this runs on; empty for one that Wanco does not know."""
    return next((name for name, target in TARGETS.items() if is_native(target)), "")


# ---- tasks ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A program that tasks are about; ``replay_prefix`` as `verify_program` takes it."""

    program: Program
    inputs: Inputs
    settings: Settings
    replay_prefix: str = ""

    def runner(self, folder: str) -> Runner:
        """Where a task runs it."""
        return Runner(Path(folder), self.inputs, Builds(self.program, self.settings), self.settings)


@dataclass(frozen=True)
class Checked:
    """A whole verification, and the content of the files that show its failure, by what they are: they
    may lie on another machine."""

    verification: Verification
    files: dict[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Explored:
    """The reference run: what `explore` found, with the static side."""

    verification: Verification
    outcome: Outcome
    final: bytes | None


@dataclass(frozen=True)
class Captured:
    """The digests of the states at the points, the reference's states themselves, and the end."""

    digests: list[bytes]
    states: list[bytes]
    sites: list[list[int]]
    outcome: Outcome
    final: bytes | None


def explore_task(job: Job) -> Explored:
    """Run it once on the reference ISA and choose the points."""
    isa = job.settings.isas[0]
    with tempfile.TemporaryDirectory() as folder:
        runner = job.runner(folder)
        found = explore(runner, isa)
        result = Verification(job.program.name, list(job.settings.isas), job.settings.mode, job.settings.as_text(), stops=found.stops)
        record_static(result, runner.executable(isa).path, job.program.module)
        result.points = choose_points(job.settings.points, found.stops, found.sites, job.settings.seed)
        result.reached = sorted(found.sites)
        return Explored(result, found.outcome, found.final.digest if found.final else None)


def capture_task(job: Job, isa: str, points: list[int], with_states: bool) -> Captured:
    """Run it without interruption and save at all points."""
    with tempfile.TemporaryDirectory() as folder:
        runner = job.runner(folder)
        end = Path(folder, "end.wsnap")
        outcome = runner.run(isa, at=[*points, NEVER], snapshot=Path(folder, "%n.wsnap"), end=end)
        paths = [Path(folder, f"{number}.wsnap") for number in range(1, len(points) + 1)]
        states = [State.read(path) for path in paths if path.exists()]
        return Captured(
            [state.digest for state in states],
            [state.path.read_bytes() for state in states] if with_states else [],
            [state.sites() for state in states] if with_states else [],
            outcome,
            State.read(end).digest if end.exists() else None,
        )


def resume_task(job: Job, isa: str, state: bytes, stops: int | None) -> tuple[bytes | None, Outcome]:
    """Restore a state and run on for so many stops, or to the end; the digest of the state there."""
    with tempfile.TemporaryDirectory() as folder:
        runner = job.runner(folder)
        path = Path(folder, "start.wsnap")
        path.write_bytes(state)
        start = Start(State.read(path))
        reached = Path(folder, "reached.wsnap")
        if stops is None:
            outcome = runner.run(isa, start, end=reached)
        else:
            outcome = runner.run(isa, start, at=[stops], snapshot=reached)
        return (State.read(reached).digest if reached.exists() else None), outcome


def verify_task(job: Job) -> Checked:
    """The whole verification in one task."""
    with tempfile.TemporaryDirectory() as folder:
        found = verify_program(job.program, job.inputs, job.settings, Path(folder), replay_prefix=job.replay_prefix)
        kept = found.failure.kept if found.failure else {}
        files = {what: (Path(path).name, Path(path).read_bytes()) for what, path in kept.items() if what != "compare"}
        kept.clear()
        return Checked(found, files)


# ---- the campaign --------------------------------------------------------------------------------


def run_campaign(
    campaign: Campaign,
    executor: Executor | Placement,
    progress: Progress | None = None,
    *,
    folder: Path | None = None,
    replay_prefix: str = "",
) -> list[Verification]:
    """Verify all programs of a campaign; the results stand in their order.

    The files that show a failure go into ``folder`` (None: they are not kept), each program's
    into a folder of its own in it.  ``executor`` is any `concurrent.futures.Executor` (whose workers can be processes), or a
    `Placement` such as `DaskPlacement`.

    Raises:
        PluginError, WancoError: a program cannot be run or compiled.
    """
    placement = LocalPlacement(executor) if isinstance(executor, Executor) else executor
    jobs = [Job(program, inputs, campaign.settings, replay_prefix) for program, inputs in campaign.programs]
    folders = [folder / f"{number}-{job.program.name}" if folder else None for number, job in enumerate(jobs)]
    running = [_Running(job, placement, place) for job, place in zip(jobs, folders, strict=True)]
    found = []
    for number, one in enumerate(running):
        if progress:
            progress("campaign", number, len(running))
        found.append(one.finish())
    return found


class _Running:
    """One program: its tasks are submitted as soon as what they need is there."""

    def __init__(self, job: Job, placement: Placement, folder: Path | None) -> None:
        self.job = job
        self.placement = placement
        self.folder = folder
        self.isas = job.settings.isas
        self.began = time.monotonic()
        whole = bool(job.inputs.dirs) or job.settings.mode == "output"
        self.first = placement.submit(self.isas[0], verify_task if whole else explore_task, job)

    def finish(self) -> Verification:
        """Wait for all."""
        first = self.first.result()
        result: Verification = first.verification if isinstance(first, Explored) else self._received(first)
        if isinstance(first, Explored):
            wrong = self._lockstep(first, result)
            if wrong is None and self.job.settings.mode == "both":
                wrong = self._output(result)
            result.failure = wrong
        result.seconds = time.monotonic() - self.began
        return result

    def _received(self, checked: Checked) -> Verification:
        """A verification whose files lie here."""
        found = checked.verification
        if found.failure is not None and self.folder is not None and checked.files:
            self.folder.mkdir(parents=True, exist_ok=True)
            for what, (name, content) in checked.files.items():
                path = self.folder / name
                path.write_bytes(content)
                found.failure.kept[what] = str(path)
            found.failure.tell_how_to_compare()
        return found

    def _lockstep(self, first: Explored, result: Verification) -> Failure | None:
        points = result.points
        captures = [self.placement.submit(isa, capture_task, self.job, isa, points, isa == self.isas[0]) for isa in self.isas]
        reference: Captured = captures[0].result()
        ends = [*(b - a for a, b in itertools.pairwise(points)), None]
        resumes = [
            [self.placement.submit(isa, resume_task, self.job, isa, state, stops) for isa in self.isas]
            for state, stops in zip(reference.states, ends, strict=False)
        ]
        result.runs += len(captures) + sum(map(len, resumes)) + 1
        result.point_sites = [(sites or [-1])[0] for sites in reference.sites]
        for isa, capture in zip(self.isas, captures, strict=True):
            captured: Captured = capture.result()
            if captured.digests != reference.digests or not _same_end(captured.outcome, captured.final, first):
                return self._narrow(isa, points)
        verified: dict[str, set[int]] = {pair(a, b): set() for a in self.isas for b in self.isas}
        for number, tasks in enumerate(resumes):
            expected = reference.digests[number + 1] if number + 1 < len(reference.digests) else first.final
            for isa, task in zip(self.isas, tasks, strict=True):
                digest, outcome = task.result()
                last = number + 1 == len(points)
                if digest != expected or (last and outcome.status != first.outcome.status):
                    return self._narrow(isa, points[number : number + 2])
                for saved_on in self.isas:
                    verified[pair(saved_on, isa)].update(reference.sites[number])
        result.verified = {key: sorted(sites) for key, sites in verified.items()}
        return None

    def _output(self, result: Verification) -> Failure | None:
        """Whole trips, a task for each ISA that continues what the reference saved."""
        pairs: list[tuple[str, ...]] = [(self.isas[0], isa) for isa in self.isas[1:]] or [(self.isas[0],)]
        points = PointSpec("at", stops=tuple(result.points))
        tasks = []
        for isas in pairs:
            settings = dataclasses.replace(self.job.settings, isas=isas, mode="output", points=points, opt_level=self._levels(isas))
            tasks.append(self.placement.submit(isas[-1], verify_task, dataclasses.replace(self.job, settings=settings)))
        for task in tasks:
            found = self._received(task.result())
            result.runs += found.runs
            if found.failure is not None:
                return found.failure
        return None

    def _levels(self, isas: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.job.settings.level(isa) for isa in isas)

    def _narrow(self, isa: str, points: Sequence[int]) -> Failure:
        """Verify just this as a whole, which names the place."""
        isas = tuple(dict.fromkeys((self.isas[0], isa)))
        spec = PointSpec("at", stops=tuple(points)) if points else PointSpec("auto")
        settings = dataclasses.replace(self.job.settings, isas=isas, mode="lockstep", points=spec, opt_level=self._levels(isas))
        found = self._received(self.placement.submit(isa, verify_task, dataclasses.replace(self.job, settings=settings)).result())
        return found.failure or Failure(
            "restore", self.job.program.name, self.isas[0], isa, f"a state on {isa} differed, but not in a second run", stop=points[0]
        )


def _same_end(outcome: Outcome, final: bytes | None, first: Explored) -> bool:
    expected = first.outcome
    return (outcome.status, outcome.stdout, outcome.messages, final) == (expected.status, expected.stdout, expected.messages, first.final)
