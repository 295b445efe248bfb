"""Which scripts run on which instruction sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cross_isa.harness import available_isas
from tests.spec.script import SUITE, suite_files
from wanco.pipeline import worker_pool
from wanco.workers import Pool

# What runs by default: on the native ISA, and on the others.
SUBSET_NATIVE: frozenset[str] = frozenset()
SUBSET_OTHERS: frozenset[str] = frozenset()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"script", "isas"} <= set(metafunc.fixturenames):
        metafunc.parametrize(("script", "isas"), _cases(metafunc.config))


def _cases(config: pytest.Config) -> list[object]:
    files = suite_files()
    if not files:
        reason = f"no official test suite in {SUITE} (set WANCO_SPEC_TESTSUITE)"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason), id="suite")]
    wanted = config.getoption("--spec-isas")
    isas = wanted.split(",") if wanted else available_isas()
    if config.getoption("--spec-checkpoint"):
        rounds = [tuple(isas)]
    else:
        rounds = [(isa,) for isa in isas]
    return [pytest.param(file, names, id=f"{file.stem}-{'-'.join(names)}") for names in rounds for file in files]


@pytest.fixture(scope="session")
def worker() -> Iterator[Pool]:
    """A process that generates code."""
    with worker_pool(1) as pool:
        yield pool
