"""Which scripts run on which instruction sets, and how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cross_isa.harness import available_isas
from tests.spec.script import SUITE, suite_files
from wanco.codegen.jobs import worker_pool
from wanco.codegen.workers import Pool
from wanco.targets import TARGETS, is_native


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Hundreds of modules of one function each.
SLOW = frozenset({"const", "simd_const"})

# For the instruction sets that are emulated: what they do in their own ways.
EMULATED = _names(
    """bulk call call_indirect conversions endianness f32 f64 f32_cmp f64_cmp fac float_misc i32 i64 left-to-right linking memory_grow
    memory_trap return simd_conversions simd_f32x4 simd_f64x2_rounding simd_i16x8_q15mulr_sat_s simd_lane simd_load
    start table_grow traps unwind"""
)

# For chains of snapshots: what has state, or can be left in the middle.
CHAINED = _names("data_drop0 fac global linking loop memory_grow simd_select table_set")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"script", "isas"} <= set(metafunc.fixturenames):
        metafunc.parametrize(("script", "isas"), _cases(metafunc.config))


def _cases(config: pytest.Config) -> list[object]:
    files = suite_files()
    if not files:
        reason = f"no official test suite in {SUITE} (set WANCO_SPEC_TESTSUITE)"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason), id="suite")]
    wanted = config.getoption("--spec-isas")
    isas = tuple(wanted.split(",")) if wanted else tuple(available_isas())
    if unknown := set(isas) - set(TARGETS):
        raise pytest.UsageError(f"--spec-isas: {unknown.pop()} is none of {', '.join(TARGETS)}")
    full, chains = config.getoption("--spec-full"), config.getoption("--spec-checkpoint")
    if chains and config.getoption("--spec-without-checkpoints"):
        raise pytest.UsageError("--spec-checkpoint needs modules that are compiled with checkpoints")
    # The longest first: that makes the best use of several workers.
    files.sort(key=lambda file: (file.stem not in SLOW, -file.stat().st_size))
    cases: list[tuple[Path, tuple[str, ...]]] = []
    if not chains:
        cases += [(file, (isa,)) for isa in isas for file in files if full or _by_default(file, isa)]
    if chains or not (full or config.getoption("--spec-without-checkpoints")):
        cases += [(file, isas) for file in files if len(isas) > 1 and (full or file.stem in CHAINED)]
    return [pytest.param(file, names, id=f"{file.stem}-{'-'.join(names)}") for file, names in cases]


def _by_default(file: Path, isa: str) -> bool:
    return file.stem not in SLOW if is_native(TARGETS[isa]) else file.stem in EMULATED


@pytest.fixture(scope="session")
def worker() -> Iterator[Pool]:
    """A process that generates code."""
    with worker_pool(1) as pool:
        yield pool
