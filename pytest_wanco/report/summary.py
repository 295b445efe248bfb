"""The section at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_wanco.report.coverage import everywhere, matrix
from pytest_wanco.result import Verification

_PROGRAMS_SHOWN = 20


def write_summary(reporter: pytest.TerminalReporter, results: Sequence[tuple[str, Verification]]) -> None:
    """One line per program, then the safepoints that are verified per ordered pair of ISAs."""
    found = [verification for _, verification in results]
    reporter.section("wanco cross-ISA", sep="=")
    failed = [one for one in found if one.failure]
    shown = found if len(found) <= _PROGRAMS_SHOWN else failed[:_PROGRAMS_SHOWN]
    rows = [["program", "stops", "checkpoints", "safepoints", "reached", "verified", "runs", "time", ""]]
    rows += [_row(one) for one in shown]
    for line in table(rows, (0, len(rows[0]) - 1)):
        reporter.line(line)
    if len(shown) < len(found):
        reporter.line(f"... and {len(found) - len(shown)} programs more, all of them identical" if len(failed) == len(shown) else "...")
    reporter.line("")
    reporter.line("verified/reached safepoints")
    for line in table(matrix(found)):
        reporter.line(line)
    stops, checkpoints, runs = (sum(numbers) for numbers in zip(*((one.stops, len(one.points), one.runs) for one in found), strict=True))
    sums = f"{stops} stops, {checkpoints} checkpoints, {runs} runs"
    reporter.line("")
    reporter.line(f"{len(found) - len(failed)} of {len(found)} identical; {sums}", red=bool(failed), green=not failed)


def _row(found: Verification) -> list[str]:
    total = len(found.sites)
    return [
        found.program,
        str(found.stops),
        str(len(found.points)),
        str(total),
        _share(len(found.reached), total),
        _share(len(everywhere(found)), total),
        str(found.runs),
        f"{found.seconds:.1f} s",
        f"FAILED ({found.failure.kind})" if found.failure else "identical",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // whole} %)" if whole else "0"


def table(rows: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> list[str]:
    """Lines of a table; the columns ``words`` to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def cell(column: int, text: str) -> str:
        return text.ljust(widths[column]) if column in words else text.rjust(widths[column])

    return ["  ".join(cell(column, text) for column, text in enumerate(row)).rstrip() for row in rows]
