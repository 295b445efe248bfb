"""End to end: what a run writes and leaves, interrupted on the way, must be that of an uninterrupted one.

A trip starts on one ISA of a pair, goes on on the other at its first checkpoint, on the first
again at its second, and so on.  This check needs no snapshot to be right: it is independent of
what lockstep compares.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator, Sequence

from pytest_wanco.runner import BEGINNING, Outcome, Start
from pytest_wanco.states import State
from pytest_wanco.verify.narrow import capture_failure, count_failure, restore_failure
from pytest_wanco.verify.trial import Failed, Trial

TRIPS_BESIDE_LOCKSTEP = 1
"""Trips for each ordered pair where lockstep verifies the points anyway."""


def output(trial: Trial, trips: int | None = None) -> None:
    """Verify all points on all ordered pairs, or so many trips per pair.

    Raises:
        Failed: an output, a status, a file or the final state differs.
    """
    isas = trial.settings.isas
    plans = [(pair, points) for pair in itertools.product(isas, isas) for points in _chains(trial, pair, trips)]
    for number, ((first, second), points) in enumerate(plans):
        trial.progress("output", number, len(plans))
        _trip(trial, first, second, points)


def _chains(trial: Trial, pair: tuple[str, str], trips: int | None) -> Iterator[list[int]]:
    """The checkpoints of each trip: ascending, as many as a chain has, together all points (or a sample).

    They are the same for a pair and its reverse: what a trip saves on its second ISA the other saves on its first.
    """
    length = min(trial.settings.chain, len(trial.points)) or 1
    points = list(trial.points)
    rng = random.Random(f"{trial.settings.seed} {sorted(pair)}")
    rng.shuffle(points)
    chains = [sorted(points[i : i + length]) for i in range(0, len(points), length)]
    if length > 1 and len(chains) > 1 and len(chains[-1]) < length:
        chains[-1] = sorted({*chains[-1], *points[: length - len(chains[-1])]})
    yield from chains if trips is None else chains[:trips]


def _trip(trial: Trial, first: str, second: str, points: Sequence[int]) -> None:
    runner = trial.runner
    isas = itertools.cycle((first, second))
    start, stop = BEGINNING, 0
    stdout = stderr = b""
    legs: list[tuple[str, int, Start, int]] = []
    for number, point in enumerate(points):
        isa = next(isas)
        state, outcome = runner.state_at(isa, point - stop, trial.path(f"trip-{number}.wsnap"), start)
        legs.append((isa, stop, start, point))
        stdout, stderr = stdout + outcome.stdout, stderr + outcome.stderr
        if state is None:
            raise _diagnose(trial, first, legs) or count_failure(trial, isa, point, outcome)
        trial.point_sites.setdefault(point, (state.sites() or [-1])[0])
        start, stop = Start(state, runner.keep_files(trial.path(f"trip-files-{number}"))), point
    isa = next(isas)
    end = trial.path("trip-end.wsnap")
    end.unlink(missing_ok=True)
    outcome = runner.run(isa, start, end=end)
    whole = dataclasses.replace(outcome, stdout=stdout + outcome.stdout, stderr=stderr + outcome.stderr)
    legs.append((isa, stop, start, trial.reference.stops))
    _check(trial, first, legs, points, whole, State.read(end) if end.exists() else None)
    for (saved_on, _, _, _), (continued_on, _, begin, _) in itertools.pairwise(legs):
        if begin.state is not None:
            trial.note_verified([saved_on], continued_on, begin.state.sites())


def _check(
    trial: Trial, first: str, legs: list[tuple[str, int, Start, int]], points: Sequence[int], whole: Outcome, final: State | None
) -> None:
    saved_on, continued_on = (legs[-2][0] if len(legs) > 1 else first), legs[-1][0]
    try:
        trial.check_end(continued_on, saved_on, whole, final, points, "output")
    except Failed as failed:
        raise _diagnose(trial, first, legs) or failed from None


def _diagnose(trial: Trial, first: str, legs: list[tuple[str, int, Start, int]]) -> Failed | None:
    """The first leg of a trip in which a state goes wrong; None if no state does."""
    saved_on = first
    for isa, stop, start, until in legs:
        if until > stop:
            failed = (
                capture_failure(trial, isa, 0, until) if start.state is None else restore_failure(trial, saved_on, isa, stop, start, until)
            )
            if failed:
                return failed
        saved_on = isa
    return None
