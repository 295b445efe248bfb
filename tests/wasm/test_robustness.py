"""Damaged modules: nothing but a `WancoError`, and never a wrong yes or no (oracle: wasmtime)."""

from __future__ import annotations

from functools import cache

import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from wanco.errors import UnsupportedError, WancoError
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

SEEDS = (
    b"""(module $seed
      (type $binary (func (param i32 i32) (result i32)))
      (import "env" "log" (func $log (param i32)))
      (import "env" "base" (global $base i32))
      (memory (export "memory") 1 4)
      (table $t 4 funcref)
      (global $g (mut i64) (i64.const 99999999999))
      (func $sum (export "sum") (param $n i32) (result i32) (local $i i32) (local $f f64)
        (block $out
          (loop $top
            (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
            (local.set $f (f64.add (local.get $f) (f64.const 1.25)))
            (local.set $i (i32.add (local.get $i) (i32.load offset=200 (local.get $i))))
            (br $top)))
        (if (result i32) (local.get $n) (then (i32.trunc_sat_f64_s (local.get $f))) (else (local.tee $i (i32.const -1)))))
      (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
      (func (param i32) (result i32)
        (block (block (br_table 0 1 0 (local.get 0))) (call $log (i32.const 3)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
        (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 1)
        (table.set $t (i32.const 0) (ref.func $add))
        (call_indirect (type $binary) (i32.const 1) (i32.const 2) (i32.const 0)))
      (elem (i32.const 0) $sum $add)
      (data (i32.const 8) "some bytes") (data "more"))""",
    b"""(module
      (memory 1) (memory 2)
      (table 1 externref)
      (func $pair (param i32 f32) (result f32 i32) (local.get 1) (local.get 0))
      (func $tail (param i32) (result f32 i32) (return_call $pair (local.get 0) (f32.const 0.5)))
      (func (param v128) (result i32) (local v128)
        (local.set 1 (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get 0) (v128.load 1 (i32.const 16))))
        (i32x4.extract_lane 2 (i32x4.add (local.get 1) (v128.load8_lane 3 (i32.const 0) (v128.const i64x2 1 2)))))
      (func (param externref) (result i32)
        (table.set (i32.const 0) (select (result externref) (local.get 0) (ref.null extern) (i32.const 1)))
        (ref.is_null (table.get (i32.const 0))))
      (global i32 (i32.add (i32.const 1) (i32.const 2)))
      (elem declare func $pair))""",
)


@cache
def seeds() -> tuple[bytes, ...]:
    return tuple(read_module(text) for text in SEEDS)


@cache
def engine() -> wasmtime.Engine:
    return wasmtime.Engine()


def verdict(data: bytes) -> WancoError | None:
    """What we say of a module; an exception that is no WancoError is the failure we look for."""
    try:
        m = decode(data)
        validate(m)
    except WancoError as error:
        assert "\n" not in str(error)
        return error
    try:
        check_limits(m)
    except UnsupportedError as error:
        assert "\n" not in str(error)
    return None


def wasmtime_accepts(data: bytes) -> bool:
    try:
        wasmtime.Module.validate(engine(), data)
    except wasmtime.WasmtimeError:
        return False
    return True


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(seeds()[draw(st.sampled_from(range(len(SEEDS))))])
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(8, len(data) - 1))
        kind = draw(st.sampled_from(["flip", "byte", "cut", "repeat"]))
        if kind == "flip":
            data[start] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte":
            data[start] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[start : start + draw(st.integers(1, 4))]
        else:
            data[start:start] = data[start : start + draw(st.integers(1, 4))]
        if len(data) <= 9:
            break
    return bytes(data)


def test_the_seeds_are_valid() -> None:
    assert [verdict(data) for data in seeds()] == [None, None]
    assert all(wasmtime_accepts(data) for data in seeds())


@given(damaged())
def test_damaged_modules_get_the_verdict_of_wasmtime(data: bytes) -> None:
    error = verdict(data)
    if not isinstance(error, UnsupportedError):
        assert wasmtime_accepts(data) == (error is None), error


@given(st.sampled_from(range(len(SEEDS))), st.data())
def test_truncated_modules(seed: int, data: st.DataObject) -> None:
    whole = seeds()[seed]
    verdict(whole[: data.draw(st.integers(0, len(whole)))])


@given(st.binary(max_size=200))
def test_noise_after_the_header(noise: bytes) -> None:
    verdict(b"\0asm\x01\0\0\0" + noise)
