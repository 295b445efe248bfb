"""Unrolled loops over two streams, wherever these lie to each other: what is in memory is as if each access came after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emit.answers import answers, emitted, expected
from wanco.targets import TARGETS, Target

TYPES = ("i32", "i64", "f32", "f64")
DISTANCES = (-4096, -72, -32, -24, -16, -12, -8, -4, -1, 0, 1, 4, 8, 12, 16, 24, 32, 72, 4096)
ITERATIONS = 150


def _function(kind: str) -> str:
    """Adds what is at q to what is at p, two by two; the result depends on all of memory."""
    size = int(kind[1:]) // 8
    step = f"(i32.const {2 * size})"

    def read(at: int, counter: str) -> str:
        return f"({kind}.load offset={at} align=1 (local.get {counter}))"

    adds = "".join(
        f"({kind}.store offset={at} align=1 (local.get $p) ({kind}.add {read(at, '$p')} {read(at, '$q')}))" for at in (0, size)
    )
    return f"""(func (export "{kind}") (param $q i32) (result i64) (local $p i32) (local $n i32) (local $s i64)
      (memory.copy (i32.const 0) (i32.const 65536) (i32.const 65536))
      (local.set $p (i32.const 16384))
      (local.set $q (i32.add (local.get $p) (local.get $q)))
      (loop $unrolled {adds}
        (local.set $p (i32.add (local.get $p) {step}))
        (local.set $q (i32.add (local.get $q) {step}))
        (br_if $unrolled (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {ITERATIONS}))))
      (local.set $p (i32.const 0))
      (loop $sum
        (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.load (local.get $p))))
        (br_if $sum (i32.ne (local.tee $p (i32.add (local.get $p) (i32.const 8))) (i32.const 65536))))
      (local.get $s))"""


def _module() -> str:
    """Numbers of every size, among them 1.0 and 0.5 in both formats, at 65536 and from there on."""
    words = b"".join((0x3FF0000000000000 + (n % 13 << 48) if n % 3 else 0x3F8000003F000000).to_bytes(8, "little") for n in range(8192))
    data = "".join(f"\\{byte:02x}" for byte in words)
    return f'(module (memory 2) (data (i32.const 65536) "{data}") {" ".join(map(_function, TYPES))})'


@pytest.mark.parametrize("target", TARGETS.values(), ids=str)
def test_streams_that_overlap(target: Target, tmp_path: Path) -> None:
    text = _module()
    calls = [(kind, distance & 0xFFFFFFFF) for kind in TYPES for distance in DISTANCES]
    got, wanted = answers(text, calls, target, 3, tmp_path), expected(text, calls)
    assert len(set(wanted)) > len(calls) // 2
    assert [(c, a, w) for c, a, w in zip(calls, got, wanted, strict=True) if a != w] == []


def test_only_unrolled_stores_get_bases() -> None:
    def bases(body: str) -> int:
        step = "(local.set 0 (i32.add (local.get 0) (i32.const 8))) (local.set 1 (i32.add (local.get 1) (i32.const 8)))"
        text = f'(module (memory 1) (func (export "f") (param i32 i32) (loop {body} {step} (br_if 0 (local.get 0)))))'
        return emitted(text, checkpoint=False).count("= call ptr @llvm.ptr.annotation")

    def put(to: int) -> str:
        return f"(i32.store offset={to} (local.get 0) (i32.load offset={to} (local.get 1)))"

    assert bases(put(0) + put(4)) == 2
    assert bases(put(0)) == 0
    assert bases("(i32.store (local.get 0) (i32.const 0)) (i32.store offset=4 (local.get 0) (i32.const 0))") == 0
