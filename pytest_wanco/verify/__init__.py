"""Verification of one program: exploration, lockstep, output."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from pytest_wanco.config import Settings
from pytest_wanco.errors import PluginError
from pytest_wanco.program import Builder, Builds, Inputs, Program, build_cached
from pytest_wanco.result import Verification, pair
from pytest_wanco.runner import Runner
from pytest_wanco.sites import StaticSites, read_sites
from pytest_wanco.trees import remove_tree
from pytest_wanco.verify.lockstep import lockstep
from pytest_wanco.verify.output import TRIPS_BESIDE_LOCKSTEP, output
from pytest_wanco.verify.points import choose_points, explore
from pytest_wanco.verify.trial import Failed, Progress, Trial

__all__ = ["record_static", "verify_program"]


def verify_program(
    program: Program,
    inputs: Inputs,
    settings: Settings,
    folder: Path,
    *,
    builder: Builder = build_cached,
    progress: Progress | None = None,
    replay_prefix: str = "",
) -> Verification:
    """Verify that a program survives checkpoints, as ``settings`` say.

    ``folder`` is a folder to work in; of what is written there, only what shows a failure is
    kept (in ``failure/``).  ``replay_prefix`` is the start of a command that verifies this
    program again.

    Raises:
        PluginError: it cannot be run at all.
        WancoError: it cannot be compiled.
    """
    began = time.monotonic()
    progress = progress or _silent
    work = folder / "work"
    runner = Runner(work, inputs, Builds(program, settings, builder), settings)
    result = Verification(program.name, list(settings.isas), settings.mode, settings.as_text())
    try:
        trial = _prepare(runner, settings, progress, replay_prefix, result)
        try:
            _verify(trial)
        except Failed as failed:
            result.failure = failed.failure
        result.verified = {pair(*isas): sorted(sites) for isas, sites in trial.verified.items()}
        result.point_sites = [trial.point_sites.get(point, -1) for point in trial.points]
    finally:
        remove_tree(work)
    result.runs = runner.runs
    result.seconds = time.monotonic() - began
    return result


def _prepare(runner: Runner, settings: Settings, progress: Progress, replay_prefix: str, result: Verification) -> Trial:
    program = runner.builds.program
    for number, isa in enumerate(settings.isas):
        progress(f"compile for {isa}", number, len(settings.isas))
        runner.executable(isa)
    isa = settings.isas[0]
    progress("run without interruption", 0, 1)
    reference = explore(runner, isa)
    points = choose_points(settings.points, reference.stops, reference.sites, settings.seed)
    if settings.points.kind == "at" and len(points) < len(settings.points.stops):
        raise PluginError(f"{program.name} has {reference.stops} stops in this run, {settings.points} is beyond")
    result.stops, result.points, result.reached = reference.stops, points, sorted(reference.sites)
    sites = record_static(result, runner.executable(isa).path, program.module)
    return Trial(runner, settings, reference, sites, points, progress, replay_prefix)


def record_static(result: Verification, executable: Path, module: bytes) -> StaticSites:
    """Put the static safepoints of an executable made from ``module`` into a result.

    Raises:
        PluginError: it was made from another module.
    """
    sites = read_sites(executable, hashlib.sha256(module).digest())
    result.sites = [[site.function, site.offset, int(site.kind)] for site in sites.sites]
    functions = {site.function for site in sites.sites}
    result.names = {str(function): sites.function_name(function) for function in sorted(functions)}
    return sites


def _verify(trial: Trial) -> None:
    if trial.settings.mode != "output":
        lockstep(trial)
    if trial.settings.mode != "lockstep":
        output(trial, TRIPS_BESIDE_LOCKSTEP if trial.settings.mode == "both" else None)


def _silent(what: str, done: int, total: int) -> None:
    pass
