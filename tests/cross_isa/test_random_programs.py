"""Random programs: same output as wasmtime on every ISA, uninterrupted and over trips."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cross_isa.generator import generate
from tests.cross_isa.harness import ISAS, Program, available_isas, random_hops, reference

HOPS = 4
TRIPS = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--random-programs")))


def test_random_program(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    isas = available_isas()
    assert isas, "no ISA runs here"
    program = Program.of_text(generate(seed), tmp_path, poll_interval=rng.choice((1, 1, 2, 7, 1024)))
    expected = reference(program.module, tmp_path)
    levels = (rng.randrange(4),)
    for isa in isas:
        assert program.run(isa, levels[0]) == expected, isa
    for _ in range(TRIPS):
        hops = random_hops(rng, isas, levels, HOPS, 400)
        output, _ = program.trip(hops)
        assert output == expected, hops


def test_all_isas_run_here() -> None:
    """Says in one line which ISAs the tests above leave out."""
    missing = sorted(set(ISAS) - set(available_isas()))
    if missing:
        pytest.skip(f"no emulator for {', '.join(missing)}")
