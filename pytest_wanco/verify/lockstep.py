"""State by state: what is saved at each point, restored and run to the next, must be the next.

Every ISA runs the program once without interruption and saves at all points as it goes; the
states must be equal, byte for byte.  Then every ISA restores each of these states and runs on to
the next point, and must arrive at the state that the uninterrupted run had there.  By induction
the whole run is right for every ordered pair of ISAs, in time linear in its length: what is
saved on one is equal to what is saved on all, so it needs to be restored on each only once.

Points are taken in windows, as many as fit the disk; the first window starts with the program,
each other one with the last state of the one before.  Granted folders are kept as they were at
each point, since they are no part of a snapshot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_wanco.runner import BEGINNING, NEVER, Outcome, Start
from pytest_wanco.states import State
from pytest_wanco.trees import remove_tree, tree_differences
from pytest_wanco.verify.narrow import capture_failure, count_failure, restore_failure
from pytest_wanco.verify.trial import Failed, Trial, line_differences
from wanco.snapshot import Snapshot

_WINDOW_BYTES = 256 << 20
_WINDOW_POINTS = 256
_TYPICAL_BYTES = 1 << 20


def lockstep(trial: Trial) -> None:
    """Verify all points of a trial.

    Raises:
        Failed: a state or an output differs.
    """
    _Lockstep(trial).run()


@dataclass
class _Written:
    """What the reference run writes, and how far a run has come in it."""

    whole: bytes
    done: int = 0

    def follows(self, chunk: bytes) -> bool:
        """Whether the chunk is what comes next."""
        return self.whole.startswith(chunk, self.done)

    @property
    def rest(self) -> bytes:
        """What is still to come."""
        return self.whole[self.done :]


@dataclass
class _Pass:
    """An uninterrupted run through a window; ``ended``: it was to go on to the program's end.

    ``states`` are fewer than there are points where the program ended before.
    """

    states: list[State]
    outcome: Outcome
    ended: bool
    final: State | None


@dataclass
class _Lockstep:
    trial: Trial
    stdout: _Written = field(init=False)
    stderr: _Written = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.runner = self.trial.runner
        self.isas = self.trial.settings.isas
        self.stdout = _Written(self.trial.reference.outcome.stdout)
        self.stderr = _Written(self.trial.reference.outcome.stderr)

    def run(self) -> None:
        points = self.trial.points
        if not points:
            self._passes(BEGINNING, 0, [])
            return
        start, stop = BEGINNING, 0
        here: tuple[int, Start] | None = None
        for window in self._windows(points):
            states = self._passes(start, stop, window)
            for number, state in zip(window, states, strict=True):
                if here is None:
                    here = (number, self._prologue(number, state))
                else:
                    here = (number, self._steps(*here, number, state))
            stop, start = here  # type: ignore[misc]
        if here is not None:
            self._last_steps(*here)

    def _windows(self, points: Sequence[int]) -> Iterator[list[int]]:
        count = self._window_size()
        for first in range(0, len(points), count):
            yield list(points[first : first + count])

    def _window_size(self) -> int:
        """How many points' states are kept at a time."""
        final = self.trial.reference.final
        size = final.size if final else _TYPICAL_BYTES
        return max(2, min(_WINDOW_POINTS, _WINDOW_BYTES // (size * 2)))

    # ---- uninterrupted runs ---------------------------------------------------------------

    def _passes(self, start: Start, stop: int, window: list[int]) -> list[State]:
        """The states at the points of a window; equal on all ISAs."""
        reference: list[State] = []
        for isa in self.isas:
            run = self._pass(isa, start, stop, window)
            # States first: they tell more than an output that follows from them.
            self._compare(isa, reference or run.states, run.states, stop, window)
            if len(run.states) < len(window):
                point = window[len(run.states)]
                if start.state is not None and (failed := restore_failure(self.trial, self.isas[0], isa, stop, start, point)):
                    raise failed
                raise count_failure(self.trial, isa, point, run.outcome)
            if run.ended:
                self.trial.check_end(isa, self.isas[0], run.outcome, run.final, [], "lockstep")
            if not reference:
                reference = run.states
                continue
            for state in run.states:
                state.path.unlink()
        return reference

    def _pass(self, isa: str, start: Start, stop: int, window: list[int]) -> _Pass:
        self._report(f"lockstep, {isa}")
        ends = start.state is None and (not window or window[-1] == self.trial.points[-1])
        at = [point - stop for point in window] + ([NEVER] if ends else [])
        end = self.trial.path(f"end-{isa}.wsnap")
        end.unlink(missing_ok=True)
        first = 1 + (Snapshot.load(start.state.path).meta.number if start.state else 0)
        outcome = self.runner.run(isa, start, at=at, snapshot=self.trial.path(f"{isa}-%n.wsnap"), end=end if ends else None)
        states = []
        for number, point in enumerate(window, first):
            file, target = self.trial.path(f"{isa}-{number}.wsnap"), self.trial.path(f"{isa}-at-{point}.wsnap")
            if not file.exists():
                break
            file.rename(target)
            states.append(State.read(target))
            self.trial.point_sites.setdefault(point, (states[-1].sites() or [-1])[0])
        return _Pass(states, outcome, ends, State.read(end) if end.exists() else None)

    def _compare(self, isa: str, reference: list[State], states: list[State], stop: int, window: list[int]) -> None:
        for point, expected, actual in zip(window, reference, states, strict=False):
            if expected.digest != actual.digest:
                raise capture_failure(self.trial, isa, stop, point) or self._differs_in_window(isa, point, expected, actual)
            stop = point

    def _differs_in_window(self, isa: str, point: int, expected: State, actual: State) -> Exception:
        place = self.trial.place(expected)
        return self.trial.failure(
            "capture",
            self.isas[0],
            isa,
            f"the state saved at stop {point} on {isa}, after a restore, is not that saved on {self.isas[0]}",
            stops=[point],
            stop=point,
            site=place,
            diverged_at=point,
            diverged_site=place,
            differences=expected.differences(actual),
            expected=expected.text(),
            actual=actual.text(),
            keep={"expected": expected.path, "actual": actual.path},
        )

    # ---- restored runs ----------------------------------------------------------------------

    def _prologue(self, point: int, state: State) -> Start:
        """The beginning up to the first point: what has been written by then."""
        outcome = self.runner.run(self.isas[0], at=[point], snapshot=self.trial.path("prologue.wsnap"))
        self.stdout.done, self.stderr.done = len(outcome.stdout), len(outcome.stderr)
        return Start(state, self.runner.keep_files(self.trial.path(f"files-{point}")))

    def _steps(self, stop: int, start: Start, target: int, expected: State) -> Start:
        """From one point to the next, on every ISA."""
        assert start.state is not None
        reached = None
        for isa in self.isas:
            self._report("lockstep")
            actual, outcome = self.runner.state_at(isa, target - stop, self.trial.path(f"step-{isa}.wsnap"), start)
            if actual is None or actual.digest != expected.digest:
                raise restore_failure(self.trial, self.isas[0], isa, stop, start, target) or self._unstable(isa, stop, target, outcome)
            self._check_written(isa, stop, target, outcome)
            if reached is None:
                reached = outcome
                files = self.runner.keep_files(self.trial.path(f"files-{target}"))
            elif outcome.files != reached.files:
                raise self._files_differ(isa, stop, target, outcome, reached)
            self.trial.note_verified(self.isas, isa, start.state.sites())
        assert reached is not None
        self.stdout.done += len(reached.stdout)
        self.stderr.done += len(reached.stderr)
        self._forget(start)
        return Start(expected, files)

    def _last_steps(self, stop: int, start: Start) -> None:
        """From the last point to the end."""
        assert start.state is not None
        for isa in self.isas:
            self._report("lockstep")
            end = self.trial.path(f"end-{isa}.wsnap")
            end.unlink(missing_ok=True)
            outcome = self.runner.run(isa, start, end=end)
            whole = dataclasses.replace(
                outcome,
                stdout=self.stdout.whole[: self.stdout.done] + outcome.stdout,
                stderr=self.stderr.whole[: self.stderr.done] + outcome.stderr,
            )
            self._check_last(isa, stop, start, whole, State.read(end) if end.exists() else None)
            self.trial.note_verified(self.isas, isa, start.state.sites())

    def _check_last(self, isa: str, stop: int, start: Start, outcome: Outcome, final: State | None) -> None:
        """Compare the end; where it is another, find the first state that is."""
        try:
            self.trial.check_end(isa, self.isas[0], outcome, final, [stop], "lockstep")
        except Failed as failed:
            high = self.trial.reference.stops
            raise (restore_failure(self.trial, self.isas[0], isa, stop, start, high) if high > stop else None) or failed from None

    def _check_written(self, isa: str, stop: int, target: int, outcome: Outcome) -> None:
        for what, written, chunk in (("standard output", self.stdout, outcome.stdout), ("standard error", self.stderr, outcome.stderr)):
            if not written.follows(chunk):
                site = self.trial.site_at(stop)
                raise self.trial.failure(
                    "output",
                    self.isas[0],
                    isa,
                    f"saved on {self.isas[0]} at stop {stop}, continued on {isa}, {what} differs before stop {target}",
                    stops=[stop, target],
                    stop=stop,
                    site=site,
                    differences=line_differences(what, written.rest[: len(chunk)], chunk),
                    expected=written.rest[: len(chunk)].decode(errors="backslashreplace"),
                    actual=chunk.decode(errors="backslashreplace"),
                )

    def _files_differ(self, isa: str, stop: int, target: int, outcome: Outcome, reached: Outcome) -> Exception:
        return self.trial.failure(
            "files",
            self.isas[0],
            isa,
            f"saved on {self.isas[0]} at stop {stop}, continued on {isa}, the files differ at stop {target}",
            stops=[stop, target],
            stop=stop,
            site=self.trial.site_at(stop),
            differences=tree_differences(reached.files, outcome.files),
        )

    def _unstable(self, isa: str, stop: int, target: int, outcome: Outcome) -> Exception:
        return self.trial.failure(
            "restore",
            self.isas[0],
            isa,
            f"saved on {self.isas[0]} at stop {stop}, continued on {isa}, the state at stop {target} differed, but not in a second run: "
            "the program is not deterministic",
            stops=[stop, target],
            stop=stop,
            site=self.trial.site_at(stop),
            differences=[outcome.describe_end()],
        )

    def _forget(self, start: Start) -> None:
        """A start is needed again only if a window begins with it."""
        if start.state is not None:
            start.state.path.unlink(missing_ok=True)
        if start.files is not None:
            remove_tree(start.files)

    def _report(self, what: str) -> None:
        self.steps += 1
        points = len(self.trial.points)
        windows = -(-points // self._window_size()) or 1
        self.trial.progress(what, self.steps, len(self.isas) * (points + windows))
