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


SQUARE_ROOT = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $root (param f32) (result i32) (i32.reinterpret_f32 (f32.sqrt (local.get 0))))
  (memory (export "memory") 1)
  (func (export "_start")
    (f32.store (i32.const 0) (f32.const -1.5))
    (call $exit (i32.eq (call $root (f32.load (i32.const 0))) (i32.const 0x7fc00000)))))
"""


def test_nan_of_a_square_root_is_canonical(tmp_path: Path) -> None:
    """LLVM replaces `x < 0 ? NaN : sqrt(x)` by `sqrt(x)`, whose NaN is negative on x86-64."""
    program = Program.of_text(SQUARE_ROOT, tmp_path)
    for isa in available_isas():
        for level in range(4):
            assert program.executable(isa, level).run().status == 1, (isa, level)


OTHER_LANES = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local v128)
    (f32.store (i32.const 0) (f32.const -1.5))
    (local.set 0 (f32x4.sqrt (f32x4.splat (f32.load (i32.const 0)))))
    (call $exit (i32.and
      (i32.and
        (i32.eq (i32x4.extract_lane 0 (i32x4.trunc_sat_f64x2_s_zero (local.get 0))) (i32.const 0x7fffffff))
        (i32.eq (i32x4.extract_lane 0 (f32x4.convert_i32x4_s (local.get 0))) (i32.const 0x4eff8000)))
      (i64.eq (i64x2.extract_lane 1 (f64x2.add (local.get 0) (v128.const f64x2 0 0))) (i64.const 0x7fc000007fc00000))))))
"""


def test_nans_of_a_vector_are_canonical_for_other_lanes(tmp_path: Path) -> None:
    """Four floats that are taken as two, or as integers, are bits: NaNs among them must be canonical."""
    program = Program.of_text(OTHER_LANES, tmp_path)
    for isa in available_isas():
        for level in (0, 2):
            assert program.executable(isa, level).run().status == 1, (isa, level)


def test_all_isas_run_here() -> None:
    """Says in one line which ISAs the tests above leave out."""
    missing = sorted(set(ISAS) - set(available_isas()))
    if missing:
        pytest.skip(f"no emulator for {', '.join(missing)}")
