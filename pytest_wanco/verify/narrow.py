"""From a difference somewhere to the first state that differs.

Between a poll where two runs agree and a later one where they do not, bisection finds two
successive polls of which the first agrees and the second does not, in a logarithmic number of
runs.  States are taken in uninterrupted runs on one side, so the reference is code that no
restore has entered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_wanco.bench import BEGINNING, Outcome, Start
from pytest_wanco.states import State
from pytest_wanco.verify.trial import Failed, Trial

StateAt = Callable[[int], State | None]


def first_difference(expected: StateAt, actual: StateAt, low: int, high: int) -> int | None:
    """The first poll found in (low, high] at which the states differ while they agree one before.

    They are taken to agree at ``low``.  None: they agree at ``high``, too.
    """

    def differs(poll: int) -> bool:
        one, other = expected(poll), actual(poll)
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
    """States of the program at polls counted from a start, the last one kept for reports."""

    trial: Trial
    isa: str
    start: Start
    offset: int
    file: str
    outcome: Outcome | None = None

    def __call__(self, poll: int) -> State | None:
        state, self.outcome = self.trial.bench.state_at(self.isa, poll - self.offset, self.trial.path(self.file), self.start)
        return state


def capture_failure(trial: Trial, isa: str, low: int, high: int) -> Failed | None:
    """Two uninterrupted runs, on the reference's ISA and on ``isa``, have different states at ``high``.

    ``low`` is a poll where they agree (0: the start).  None if they do agree.
    """
    expected = _States(trial, trial.reference_isa, BEGINNING, 0, "expected.wsnap")
    actual = _States(trial, isa, BEGINNING, 0, "actual.wsnap")
    poll = first_difference(expected, actual, low, high)
    if poll is None:
        return None
    one, other = expected(poll), actual(poll)
    if one is None or other is None:
        return count_failure(trial, isa, poll, actual.outcome)
    place = trial.place(one)
    return trial.failure(
        "capture",
        trial.reference_isa,
        isa,
        f"the state saved at poll {poll} on {isa} is not that saved on {trial.reference_isa}"
        if isa != trial.reference_isa
        else f"two runs on {isa} save different states at poll {poll}: the program is not deterministic",
        polls=[poll],
        poll=poll,
        site=place,
        diverged_at=poll,
        diverged_site=place,
        differences=one.differences(other),
        expected=one.text(),
        actual=other.text(),
        keep={"expected": one.path, "actual": other.path},
    )


def count_failure(trial: Trial, isa: str, poll: int, outcome: Outcome | None) -> Failed:
    """A run on ``isa`` did not get to a poll that the reference reaches."""
    lines = [f"poll {poll} | {outcome.describe_end()}"] if outcome else []
    lines += [f"standard error: {line}" for line in (outcome.stderr.decode(errors="replace").splitlines() if outcome else [])]
    return trial.failure(
        "safepoints",
        trial.reference_isa,
        isa,
        f"the run on {isa} ends before poll {poll}, which it reaches on {trial.reference_isa}",
        polls=[poll],
        poll=poll,
        site=trial.site_at(poll),
        differences=lines,
    )


def restore_failure(trial: Trial, saved_on: str, isa: str, poll: int, start: Start, high: int) -> Failed | None:
    """A run on ``isa`` that was restored at ``poll`` from ``start`` differs at poll ``high``, or before.

    None if no state differs up to there.
    """
    expected = _States(trial, trial.reference_isa, BEGINNING, 0, "expected.wsnap")
    actual = _States(trial, isa, start, poll, "actual.wsnap")
    differing = first_difference(expected, actual, poll, high)
    if differing is None:
        return None
    from_poll, from_state = _nearest_start(trial, isa, poll, start, differing, expected)
    one, other = expected(differing), None
    if from_poll != poll and from_state is not None:
        actual = _States(trial, isa, Start(from_state), from_poll, "actual.wsnap")
    other = actual(differing)
    differences = one.differences(other) if one and other else []
    if one is not None and other is None and actual.outcome is not None:
        differences = [f"poll {differing} | {actual.outcome.describe_end()}"]
        differences += [f"standard error: {line}" for line in actual.outcome.stderr.decode(errors="replace").splitlines()]
    return trial.failure(
        "restore",
        saved_on,
        isa,
        f"saved on {saved_on} at poll {from_poll}, continued on {isa}, the state at poll {differing} is not that of the uninterrupted run",
        polls=[from_poll, differing],
        poll=from_poll,
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


def _nearest_start(trial: Trial, isa: str, poll: int, start: Start, differing: int, expected: StateAt) -> tuple[int, State | None]:
    """The state one poll before the difference, if restoring that shows it, too; else where the run was restored."""
    if differing == poll + 1 or trial.bench.has_files:
        return poll, start.state
    near = trial.path("near.wsnap")
    state, _ = trial.bench.state_at(trial.reference_isa, differing - 1, near)
    if state is None:
        return poll, start.state
    after, _ = trial.bench.state_at(isa, 1, trial.path("actual.wsnap"), Start(state))
    target = expected(differing)
    if target is not None and (after is None or after.digest != target.digest):
        return differing - 1, state
    return poll, start.state
