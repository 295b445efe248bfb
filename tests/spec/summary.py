"""The suite's numbers at the end of a run; they travel in the reports, so xdist changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

PROPERTY = "wanco_spec"
"""Name of the report property: (configuration, passed, failed, {reason: not applicable})."""

Numbers = tuple[str, int, int, dict[str, int]]


def write_summary(reporter: pytest.TerminalReporter) -> None:
    """One line per configuration, and the reasons for what does not apply."""
    found = list(_numbers(report for reports in reporter.stats.values() for report in reports))
    if not found:
        return
    reporter.section("official test suite")
    for configuration in dict.fromkeys(sorted(name for name, *_ in found)):
        passed = failed = 0
        reasons: Counter[str] = Counter()
        for name, more_passed, more_failed, more_reasons in found:
            if name == configuration:
                passed, failed = passed + more_passed, failed + more_failed
                reasons.update(more_reasons)
        reporter.write_line(f"{configuration}: {passed} assertions passed, {failed} failed, {reasons.total()} not applicable")
        for reason, count in reasons.most_common():
            reporter.write_line(f"  {count:6} {reason}")


def _numbers(reports: Iterable[object]) -> Iterable[Numbers]:
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY and getattr(report, "when", None) == "call":
                configuration, passed, failed, reasons = value
                yield configuration, passed, failed, reasons
