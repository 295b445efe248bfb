"""The official test suite, run by executables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.spec.plan import FAILED
from tests.spec.runner import Configuration, Tally, run_script
from tests.spec.summary import PROPERTY
from wanco.codegen.workers import Pool

SHOWN = 30


def test_script(
    script: Path,
    isas: tuple[str, ...],
    worker: Pool,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    pytestconfig: pytest.Config,
) -> None:
    optimize, without = pytestconfig.getoption("--spec-optimize"), pytestconfig.getoption("--spec-without-checkpoints")
    outcomes = run_script(script, tmp_path, Configuration(isas, optimize, worker, checkpoint=not without))
    tally = Tally.of(outcomes)
    record_property(PROPERTY, ("-".join(isas), tally.passed, tally.failed, dict(tally.not_applicable)))
    failures = [f"{script.name}:{o.line}: {o.type}: {o.detail}" for o in outcomes if o.status == FAILED]
    if len(failures) > SHOWN:
        failures[SHOWN:] = [f"... and {len(failures) - SHOWN} more"]
    assert not failures, "\n".join(["", *failures])
