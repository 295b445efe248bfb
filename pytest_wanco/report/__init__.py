"""Reports of a session: files that were asked for, by their suffix."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_wanco.report.html import as_html
from pytest_wanco.result import Verification

Results = Sequence[tuple[str, Verification]]
"""Test and verification, in the order in which they ended."""

FORMAT_VERSION = 1
"""Of the JSON report."""


def as_json(results: Results) -> str:
    """All results as JSON: {version, verifications: [{test, ...fields of `Verification`}]}."""
    found = [{"test": test, **verification.to_json()} for test, verification in results]
    return json.dumps({"version": FORMAT_VERSION, "verifications": found}, indent=1)


_WRITERS: dict[str, Callable[[Results], str]] = {".json": as_json, ".html": as_html}


def check_report_name(path: Path) -> None:
    """Refuse a name whose suffix says no format.

    Raises:
        pytest.UsageError: it is neither .html nor .json.
    """
    if path.suffix not in _WRITERS:
        raise pytest.UsageError(f"--wanco-report: {path} ends neither in .html nor in .json")


def write_reports(paths: Sequence[Path], results: Results) -> None:
    """Write each report; folders are made."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_WRITERS[path.suffix](results))
