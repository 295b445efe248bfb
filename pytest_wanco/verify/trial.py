"""What all ways of verification share: the program under test, its reference run, its failures."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_wanco.config import Mode, PointSpec, Settings
from pytest_wanco.result import Failure, Kind
from pytest_wanco.runner import Outcome, Runner
from pytest_wanco.sites import StaticSites
from pytest_wanco.states import State
from pytest_wanco.trees import tree_differences
from pytest_wanco.verify.points import Exploration

Progress = Callable[[str, int, int], None]
"""Told what is being done, steps done, steps in all."""

_LINES_SHOWN = 200
_WIDTH = 200


class Failed(Exception):
    """Ends a verification: something went wrong."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass
class Trial:
    """A program that is being verified.

    ``verified`` collects, for each ordered pair of ISAs, the sites that went on correctly.
    """

    runner: Runner
    settings: Settings
    reference: Exploration
    sites: StaticSites
    points: list[int]
    progress: Progress
    replay_prefix: str = ""
    verified: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    point_sites: dict[int, int] = field(default_factory=dict)

    @property
    def reference_isa(self) -> str:
        """The ISA whose uninterrupted run is the reference."""
        return self.settings.isas[0]

    @property
    def name(self) -> str:
        """The program's name."""
        return self.runner.builds.program.name

    def path(self, name: str) -> Path:
        """A file in the working folder."""
        return self.runner.folder / name

    def place(self, state: State | None) -> str:
        """Where the innermost frame of a state is."""
        sites = state.sites() if state else []
        return self.sites.place(sites[0]) if sites else ""

    def site_at(self, stop: int) -> str:
        """Where a stop is at which a state was saved; empty where that is not known."""
        site = self.point_sites.get(stop, -1)
        return self.sites.place(site) if site >= 0 else ""

    def note_verified(self, saved_on: Sequence[str], continued_on: str, sites: Sequence[int]) -> None:
        """These sites went on correctly."""
        for isa in saved_on:
            self.verified.setdefault((isa, continued_on), set()).update(sites)

    # ---- failures ---------------------------------------------------------------------

    def failure(
        self,
        kind: Kind,
        saved_on: str,
        continued_on: str,
        summary: str,
        *,
        stops: Sequence[int] = (),
        mode: Mode = "lockstep",
        keep: dict[str, Path] | None = None,
        **details: Any,
    ) -> Failed:
        """The exception for a failure; ``stops`` are the checkpoints that a replay takes, ``keep`` files to keep."""
        failure = Failure(kind, self.name, saved_on, continued_on, summary, **details)
        failure.kept = {what: str(self._keep(path)) for what, path in (keep or {}).items() if path.exists()}
        failure.tell_how_to_compare()
        failure.replay = self._replay(saved_on, continued_on, stops, mode)
        return Failed(failure)

    def _keep(self, path: Path) -> Path:
        folder = self.runner.folder.parent / "failure"
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(path, folder / path.name))

    def _replay(self, saved_on: str, continued_on: str, stops: Sequence[int], mode: Mode) -> str:
        if not self.replay_prefix:
            return ""
        isas = tuple(dict.fromkeys((self.reference_isa, saved_on, continued_on)))
        levels = tuple(self.settings.level(isa) for isa in isas)
        spec = PointSpec("at", stops=tuple(sorted(set(stops)))) if stops else self.settings.points
        settings = dataclasses.replace(self.settings, isas=isas, opt_level=levels, points=spec, mode=mode)
        return f"{self.replay_prefix} --wanco-replay={settings.as_text()}"

    def check_end(self, isa: str, saved_on: str, outcome: Outcome, final: State | None, stops: Sequence[int], mode: Mode) -> None:
        """Compare the end of a run (``outcome`` has all that it wrote) with the reference's.

        Raises:
            Failed: it is another.
        """
        expected = self.reference.outcome
        how = f"saved on {saved_on}, continued on {isa}" if stops else f"on {isa}"
        why = ""
        if not stops and isa == self.reference_isa:
            how, why = f"in a second uninterrupted run on {isa}", ": the program is not deterministic"
        stop = stops[0] if stops else 0

        def fail(kind: Kind, what: str, differences: list[str], left: str, right: str) -> Failed:
            return self.failure(
                kind,
                saved_on,
                isa,
                f"{how}, {what}{why}",
                stops=stops,
                mode=mode,
                differences=differences,
                expected=left,
                actual=right,
                stop=stop,
                site=self.site_at(stop),
            )

        if outcome.status != expected.status:
            lines = [f"{expected.describe_end()} | {outcome.describe_end()}", *_tail(outcome.stderr)]
            raise fail("status", "the program ends differently", lines, expected.describe_end(), outcome.describe_end())
        for what, left, right in (
            ("standard output", expected.stdout, outcome.stdout),
            ("standard error", expected.messages, outcome.messages),
        ):
            if left != right:
                raise fail("output", f"{what} differs", line_differences(what, left, right), _text(left), _text(right))
        if outcome.files != expected.files:
            lines = tree_differences(expected.files, outcome.files)
            raise fail("files", "the files differ that the program leaves", lines, "\n".join(lines), "")
        self._check_final(isa, saved_on, how, final, stops, mode)

    def _check_final(self, isa: str, saved_on: str, how: str, final: State | None, stops: Sequence[int], mode: Mode) -> None:
        expected = self.reference.final
        if expected is None or final is None or expected.digest == final.digest:
            return  # none: after a fault, which may leave other things in memory
        raise self.failure(
            "final state",
            saved_on,
            isa,
            f"{how}, the program ends in another state",
            stops=stops,
            mode=mode,
            differences=expected.differences(final),
            expected=expected.text(),
            actual=final.text(),
            keep={"expected": expected.path, "actual": final.path},
        )


def line_differences(what: str, expected: bytes, actual: bytes) -> list[str]:
    """The first line that differs between two outputs."""
    left, right = expected.splitlines(), actual.splitlines()
    for number, (one, other) in enumerate(zip(left, right, strict=False), 1):
        if one != other:
            return [f"{what}, line {number}: {_line(one)} | {_line(other)}"]
    if len(left) == len(right):
        return [f"{what}: line ends differ"]
    number = min(len(left), len(right))
    return [f"{what}, line {number + 1}: {_line(left[number]) if number < len(left) else 'missing'} | "
            f"{_line(right[number]) if number < len(right) else 'missing'}"]  # fmt: skip


def _line(line: bytes) -> str:
    text = repr(line)[1:]
    return text if len(text) <= _WIDTH else text[:_WIDTH] + "..."


def _text(output: bytes) -> str:
    lines = output.decode(errors="backslashreplace").splitlines()
    return "\n".join(lines[:_LINES_SHOWN] + ["..."] * (len(lines) > _LINES_SHOWN))


def _tail(stderr: bytes) -> list[str]:
    return [f"standard error: {line}" for line in stderr.decode(errors="replace").splitlines()[-8:]]
