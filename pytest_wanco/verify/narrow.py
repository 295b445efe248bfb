"""From a difference somewhere to the first state that differs.

Between a stop where two runs agree and a later one where they do not, bisection finds two
successive stops of which the first agrees and the second does not, in a logarithmic number of
runs.  States are taken in uninterrupted runs on one side, so the reference is code that no
restore has entered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_wanco.runner import BEGINNING, Outcome, Start
from pytest_wanco.states import State
from pytest_wanco.verify.trial import Failed, Trial

StateAt = Callable[[int], State | None]


def first_difference(expected: StateAt, actual: StateAt, low: int, high: int) -> int | None:
    """The first stop found in (low, high] at which the states differ while they agree one before.

    They are taken to agree at ``low``.  None: they agree at ``high``, too.
    """

    def differs(stop: int) -> bool:
        one, other = expected(stop), actual(stop)
        return (one is None) != (other is None) or (one is not None and other is not None and one.digest != other.digest)

    if not differs(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if differs(middle):
            high = middle
        else:
            low = middle
    return high


@dataclass
class _States:
    """States of the program at stops counted from a start, the last one kept for reports."""

    trial: Trial
    isa: str
    start: Start
    offset: int
    file: str
    outcome: Outcome | None = None

    def __call__(self, stop: int) -> State | None:
        state, self.outcome = self.trial.runner.state_at(self.isa, stop - self.offset, self.trial.path(self.file), self.start)
        return state


def capture_failure(trial: Trial, isa: str, low: int, high: int) -> Failed | None:
    """Two uninterrupted runs, on the reference's ISA and on ``isa``, have different states at ``high``.

    ``low`` is a stop where they agree (0: the start).  None if they do agree.
    """
    expected = _States(trial, trial.reference_isa, BEGINNING, 0, "expected.wsnap")
    actual = _States(trial, isa, BEGINNING, 0, "actual.wsnap")
    stop = first_difference(expected, actual, low, high)
    if stop is None:
        return None
    one, other = expected(stop), actual(stop)
    if one is None or other is None:
        return count_failure(trial, isa, stop, actual.outcome)
    place = trial.place(one)
    return trial.failure(
        "capture",
        trial.reference_isa,
        isa,
        f"the state saved at stop {stop} on {isa} is not that saved on {trial.reference_isa}"
        if isa != trial.reference_isa
        else f"two runs on {isa} save different states at stop {stop}: the program is not deterministic",
        stops=[stop],
        stop=stop,
        site=place,
        diverged_at=stop,
        diverged_site=place,
        differences=one.differences(other),
        expected=one.text(),
        actual=other.text(),
        keep={"expected": one.path, "actual": other.path},
    )


def count_failure(trial: Trial, isa: str, stop: int, outcome: Outcome | None) -> Failed:
    """A run on ``isa`` did not get to a stop that the reference reaches."""
    lines = [f"stop {stop} | {outcome.describe_end()}"] if outcome else []
    lines += [f"standard error: {line}" for line in (outcome.stderr.decode(errors="replace").splitlines() if outcome else [])]
    return trial.failure(
        "safepoints",
        trial.reference_isa,
        isa,
        f"the run on {isa} ends before stop {stop}, which it reaches on {trial.reference_isa}",
        stops=[stop],
        stop=stop,
        site=trial.site_at(stop),
        differences=lines,
    )


def restore_failure(trial: Trial, saved_on: str, isa: str, stop: int, start: Start, high: int) -> Failed | None:
    """A run on ``isa`` that was restored at ``stop`` from ``start`` differs at stop ``high``, or before.

    None if no state differs up to there.
    """
    expected = _States(trial, trial.reference_isa, BEGINNING, 0, "expected.wsnap")
    actual = _States(trial, isa, start, stop, "actual.wsnap")
    differing = first_difference(expected, actual, stop, high)
    if differing is None:
        return None
    from_stop, from_state = _nearest_start(trial, isa, stop, start, differing, expected)
    one, other = expected(differing), None
    if from_stop != stop and from_state is not None:
        actual = _States(trial, isa, Start(from_state), from_stop, "actual.wsnap")
    other = actual(differing)
    differences = one.differences(other) if one and other else []
    if one is not None and other is None and actual.outcome is not None:
        differences = [f"stop {differing} | {actual.outcome.describe_end()}"]
        differences += [f"standard error: {line}" for line in actual.outcome.stderr.decode(errors="replace").splitlines()]
    return trial.failure(
        "restore",
        saved_on,
        isa,
        f"saved on {saved_on} at stop {from_stop}, continued on {isa}, the state at stop {differing} is not that of the uninterrupted run",
        stops=[from_stop, differing],
        stop=from_stop,
        site=trial.place(from_state),
        diverged_at=differing,
        diverged_site=trial.place(one),
        differences=differences,
        expected=one.text() if one else "",
        actual=other.text() if other else "",
        keep={
            "restored": from_state.path if from_state else trial.path("none"),
            "expected": trial.path("expected.wsnap"),
            "actual": trial.path("actual.wsnap"),
        },
    )


def _nearest_start(trial: Trial, isa: str, stop: int, start: Start, differing: int, expected: StateAt) -> tuple[int, State | None]:
    """The state one stop before the difference, if restoring that shows it, too; else where the run was restored."""
    if differing == stop + 1 or trial.runner.has_files:
        return stop, start.state
    near = trial.path("near.wsnap")
    state, _ = trial.runner.state_at(trial.reference_isa, differing - 1, near)
    if state is None:
        return stop, start.state
    after, _ = trial.runner.state_at(isa, 1, trial.path("actual.wsnap"), Start(state))
    target = expected(differing)
    if target is not None and (after is None or after.digest != target.digest):
        return differing - 1, state
    return stop, start.state
