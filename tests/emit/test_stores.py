"""Stores of floats that wait for each other: the bits in memory are as if each was canonical and made at once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.emit.answers import answers, emitted, expected
from wanco.emit.waiting import Extent
from wanco.targets import TARGETS, Target, native

WORDS = (
    0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0xFFF4000012345678, 0x7FF0000000000000, 0xFFF0000000000000,
    0, 0x8000000000000000, 0x3FF8000000000000, 0xC004000000000000, 0x7FC000007FA00001, 0xFF8000007F800000,
    0x7FEFFFFFFFFFFFFF, 0x0000000000000001, 0x41F00000C0000000, 0xFFC12345FF812345,
)  # fmt: skip
"""What the memory holds at first: NaNs of all kinds, f64 and f32, infinities and numbers."""

PLACE = 64
"""Where one of the two areas begins; the other begins less than 24 bytes behind it, or at the same place."""

BINARY = ("add", "sub", "mul", "div", "min", "max", "copysign")
UNARY = ("sqrt", "neg", "abs", "ceil", "nearest")


class Generator:
    """Random bodies that compute with floats, store and load them, and put what they see into a sum."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def float(self, kind: str) -> str:
        """A local."""
        return f"(local.get ${kind}{self.rng.randrange(4)})"

    def place(self) -> str:
        return f"offset={4 * self.rng.randrange(8)} align=1 (local.get ${self.rng.choice('pq')})"

    def value(self, kind: str) -> str:
        """An expression of a type, f32 or f64."""
        rng = self.rng
        wide = kind == "f64"
        match rng.randrange(8):
            case 0:
                return f"({kind}.load {self.place()})"
            case 1:
                return f"({kind}.{rng.choice(UNARY)} {self.float(kind)})"
            case 2:
                return f"(f64.promote_f32 {self.float('f32')})" if wide else f"(f32.demote_f64 {self.float('f64')})"
            case 3:
                operations = ("f64.convert_i64_s", "f64.reinterpret_i64") if wide else ("f32.convert_i64_u", "f32.convert_i64_s")
                return f"({rng.choice(operations)} (local.get $s))"
            case 4:
                return f"(select {self.float(kind)} {self.float(kind)} (i32.wrap_i64 (i64.and (local.get $s) (i64.const 1))))"
            case _:
                return f"({kind}.{rng.choice(BINARY)} {self.float(kind)} {self.float(kind)})"

    def statement(self, depth: int = 0) -> str:
        rng = self.rng
        kind = rng.choice(("f32", "f64", "f64"))
        match rng.randrange(12):
            case 0 | 1 | 2:
                return f"(local.set ${kind}{rng.randrange(4)} {self.value(kind)})"
            case 3 | 4 | 5 | 6:
                return f"({kind}.store {self.place()} {self.value(kind)})"
            case 7:
                return f"(i64.store16 {self.place()} (local.get $s))"
            case 8 | 9:
                return f"(local.set $s (i64.add (i64.rotl (local.get $s) (i64.const 7)) (i64.load {self.place()})))"
            case 10 if depth < 2:
                body = " ".join(self.statement(depth + 1) for _ in range(rng.randint(1, 5)))
                return f"(if (i32.wrap_i64 (i64.and (local.get $s) (i64.const 2))) (then {body}))"
            case 11 if depth < 1:
                body = " ".join(self.statement(depth + 1) for _ in range(rng.randint(1, 6)))
                return f"(local.set $n (i32.const 3)) (loop {body} (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
            case _:
                return f"({kind}.store {self.place()} ({kind}.{rng.choice(BINARY[:4])} {self.float(kind)} {self.float(kind)}))"

    def function(self, name: str) -> str:
        """A function of the distance between the areas; its result depends on all that it wrote."""
        locals_ = "".join(f"(local $f64{n} f64) (local $f32{n} f32)" for n in range(4))
        start = "".join(f"(local.set $f64{n} (f64.load offset={8 * n + PLACE} (i32.const 0)))" for n in range(4))
        body = " ".join(self.statement() for _ in range(30))
        end = "".join(
            f"(local.set $s (i64.add (i64.rotl (local.get $s) (i64.const 9)) (i64.load (i32.const {place}))))"
            for place in range(PLACE, PLACE + 80, 8)
        )
        return f"""(func (export "{name}") (param $q i32) (result i64) (local $p i32) (local $s i64) (local $n i32) {locals_}
          (local.set $p (i32.load (i32.const 0)))
          (memory.copy (i32.const {PLACE}) (i32.const 256) (i32.const 128))
          (local.set $q (i32.add (local.get $q) (i32.const {PLACE})))
          {start} {body} {end} (local.get $s))"""


def module(functions: int) -> str:
    """A module of random functions."""
    data = "".join(f"\\{byte:02x}" for word in WORDS for byte in word.to_bytes(8, "little"))
    text = "\n".join(Generator(number).function(f"f{number}") for number in range(functions))
    return f'(module (memory 1) (data (i32.const 0) "\\{PLACE:02x}") (data (i32.const 256) "{data}")\n{text})'


@pytest.mark.parametrize("target", TARGETS.values(), ids=str)
def test_bits_in_memory(target: Target, tmp_path: Path) -> None:
    functions = 40
    text = module(functions)
    calls = [(f"f{function}", distance) for function in range(functions) for distance in (0, 4, 8, 20)]
    got, wanted = answers(text, calls, target, 2, tmp_path), expected(text, calls)
    assert len(set(wanted)) > functions
    assert [(c, a, w) for c, a, w in zip(calls, got, wanted, strict=True) if a != w] == []


def _function(body: str, precise_traps: bool = False) -> str:
    text = f'(module (memory 1) (func (export "f") (param i32 i32 f64 f64 f64) (result i32) {body} (i32.const 0)))'
    ir = emitted(text, precise_traps=precise_traps)
    return ir.split("@wf0(")[1].split("\n}")[0]


def _put(offset: int, load: str = "") -> str:
    return f"{load} (f64.store offset={offset} (local.get 0) (f64.mul (local.get 2) (f64.add (local.get 3) (f64.const {offset}))))"


CALL_BEFORE_LOAD = """(module (memory 1)
  (func $change (param i64) (result i64)
    (loop (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))
      (br_if 0 (i64.ne (i64.load (i32.const 0)) (i64.const 7))))
    (local.get 0))
  (func (export "f") (param i32) (result i64) (local i64 i64)
    (local.set 1 (call $change (i64.const 30)))
    (local.set 2 (i64.load (i32.const 0)))
    (f64.store (i32.const 8) (f64.mul (f64.convert_i32_s (local.get 0)) (f64.sub (f64.load (i32.const 8)) (f64.const 1))))
    (i64.add (local.get 2) (local.get 1))))"""


@pytest.mark.parametrize("checkpoint", [True, False])
def test_calls_stay_in_front_of_loads(checkpoint: bool, tmp_path: Path) -> None:
    """A call whose result no waiting store needs is nothing that can move behind the test, however it is written."""
    calls = [("f", 5)]
    assert answers(CALL_BEFORE_LOAD, calls, native(), 2, tmp_path, checkpoint) == expected(CALL_BEFORE_LOAD, calls)


def test_one_branch_for_a_group() -> None:
    assert _function(_put(0) + _put(8) + _put(16)).count("br i1") == 1
    elsewhere = "(local.set 4 (f64.load offset=24 (local.get 0)))"
    assert _function(_put(0) + _put(8, elsewhere) + _put(16)).count("br i1") == 1


def test_loads_from_the_same_place_and_unknown_ones_end_a_group() -> None:
    same, unknown = (f"(local.set 4 (f64.load offset=4 (local.get {local})))" for local in (0, 1))
    for load in (same, unknown):
        assert _function(_put(0) + _put(8, load)).count("br i1") == 2


def test_precise_traps_leave_stores_where_they_are() -> None:
    assert _function(_put(0) + _put(8), precise_traps=True).count("br i1") == 2


def test_what_is_canonical_needs_no_second_test() -> None:
    twice = "(local.set 4 (f64.mul (local.get 2) (local.get 3))) (f64.store (local.get 0) (local.get 4)) (block)"
    assert _function(twice + "(f64.store offset=8 (local.get 0) (local.get 4))").count("br i1") == 1


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        (("%v1", 0, 0, 8), ("%v1", 8, 0, 8), False),
        (("%v1", 0, 0, 8), ("%v1", 0, 7, 1), True),
        (("%v1", 0, 0, 8), ("%v1", -4, 0, 4), False),
        (("%v1", 0, 0, 8), ("%v1", -4, 0, 8), True),
        (("%v1", 0, 0, 8), ("%v2", 64, 0, 8), True),
        (("%v1", -8, 0xFFFFFFFF, 8), ("%v1", -9, 0, 8), True),  # the first sum may wrap and the second not
        (("", 16, 0, 8), ("", 16, 8, 8), False),
        (("", -8, 0, 8), ("", 0, 0xFFFFFFF8, 8), True),
    ],
)
def test_overlap(first: tuple[str, int, int, int], second: tuple[str, int, int, int], overlap: bool) -> None:
    one, other = Extent(0, *first), Extent(0, *second)
    assert one.overlaps(other) is other.overlaps(one) is overlap
    assert not one.overlaps(Extent(1, *second))
