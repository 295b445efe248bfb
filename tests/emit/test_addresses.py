"""Addresses that are expressed by their neighbours' (`golden/neighbours*.wat`): exact where sums wrap, at both ends of a memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emit.answers import answers, expected
from wanco.options import DEFAULTS
from wanco.targets import TARGETS, is_native


def at(distance: int, offset: int = 0) -> str:
    """An instruction that adds what lies at p + distance to the sum, with a static offset."""
    place = f"(i32.add (local.get 0) (i32.const {distance}))" if distance else "(local.get 0)"
    return f"(local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 3)) (i64.load offset={offset} {place})))"


def put(distance: int) -> str:
    """An instruction that stores the sum at p + distance."""
    return f"(i64.store (i32.add (local.get 0) (i32.const {distance})) (local.get 1))"


CASES = {
    "upwards": at(0) + at(8) + at(16),
    "upwards, stores": at(0) + put(8) + put(16),
    "from one that wraps": at(16) + at(24) + at(0),
    "one that wraps alone": at(24),
    "downwards": at(-16) + at(-8) + at(0),
    "downwards, stores": put(-16) + put(-8),
    "downwards by subtraction": f"(local.set 1 (i64.load (i32.sub (local.get 0) (i32.const 16)))) {at(-8)}",
    "downwards with an offset": at(0) + at(-16, 16) + at(-16, 8),
    "downwards with an offset, alone": at(-16, 16),
    "offsets": at(0, 16) + at(8, 8) + at(16) + at(-8, 32),
    "far": at(0) + at(32768) + at(65536) + at(65544) + at(-65536) + at(-65544),
    "from one arm": f"(if (i32.and (local.get 0) (i32.const 4)) (then {at(0)})) {at(8)} {at(16)}",
    "from both arms": f"(if (i32.and (local.get 0) (i32.const 4)) (then {at(0)}) (else {at(8)} {at(16)})) {at(8)} {at(24)}",
    "passed by": f"(block (br_if 0 (i32.and (local.get 0) (i32.const 4))) {at(0)}) {at(8)} {at(16)}",
    "behind a block": f"(block {at(0)}) {at(8)} {at(16)}",
    "chain": "(local.set 0 (i32.add (local.get 0) (i32.const 8)))".join([at(0), at(0), at(-8), at(16)]),
    "in a loop": f"""(local.set 2 (i32.const 40))
      (loop {at(0)} {at(8)} {put(-8)} (local.set 0 (i32.add (local.get 0) (i32.const 16)))
        (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))""",
    "over a loop": f"""(local.set 2 (i32.const 3))
      {at(0)} (loop {at(8)} (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))) {at(16)} {put(24)}""",
}

ENDS = (0, 4, 8, 12, 16, 24, 32768, 65512, 65516, 65520, 65528, 65532, 65536, 131056, 131064, 131068, 131072)
PLACES = sorted({end + by for end in ENDS for by in (0, 1)} | {-end & 0xFFFFFFFF for end in ENDS} | {0x7FFFFFF8, 0x80000000})


def module(cases: dict[str, str]) -> str:
    """A module with one function per case, which returns the sum, and one that returns that of the memory."""
    functions = [f'(func (export "{name}") (param i32) (result i64) (local i64 i32) {body} (local.get 1))' for name, body in cases.items()]
    low, high = ("".join(f"\\{n:02x}" for n in numbers) for numbers in (range(1, 97), range(160, 256)))
    return f"""(module (memory (export "m") 2)
      (data (i32.const 0) "{low}")
      (data (i32.const 130976) "{high}")
      {"".join(functions)}
      (func (export "memory") (param i32) (result i64) (local i64)
        (loop (local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 7)) (i64.load (local.get 0))))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 131072))))
        (local.get 1)))"""


@pytest.mark.parametrize("optimize", [0, 3])
def test_sums_wrap(optimize: int, tmp_path: Path) -> None:
    text = module(CASES)
    calls = [call for name in CASES for place in PLACES for call in ((name, place), ("memory", 0))]
    target = next(t for t in TARGETS.values() if is_native(t))
    got, wanted = answers(text, calls, target, optimize, tmp_path), expected(text, calls)
    assert {answer.split()[0] for answer in wanted} == {"ok", "trap"}
    wrong = [(call, a, w) for call, a, w in zip(calls, got, wanted, strict=True) if a != w]
    assert not wrong


def test_last_page_cannot_be_had(tmp_path: Path) -> None:
    """The specification lets memory.grow fail at any time."""
    text = '(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))'
    target = next(t for t in TARGETS.values() if is_native(t))
    got = answers(text, [("f", 0xFFFF), ("f", 1), ("f", 0)], target, DEFAULTS.optimize, tmp_path)
    assert got == [f"ok {answer:032x}" for answer in (0xFFFFFFFF, 1, 2)]
