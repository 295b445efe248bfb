"""Constant expressions against wasmtime."""

from __future__ import annotations

import struct

import pytest
import wasmtime

from wanco.errors import LinkError
from wanco.wasm.constexpr import evaluate, global_values
from wanco.wasm.decode import decode
from wanco.wasm.module import Module
from wanco.wasm.text import read_module

TEXT = b"""(module
  (func $f) (func $g)
  (global (export "a") i32 (i32.const -7))
  (global (export "b") i64 (i64.const 0x8000000000000000))
  (global (export "c") f32 (f32.const 1.5))
  (global (export "d") f64 (f64.const -0))
  (global (export "e") i32 (i32.add (i32.const 0x7fffffff) (i32.mul (i32.const 3) (i32.const -5))))
  (global (export "f") i64 (i64.sub (i64.const 1) (i64.mul (i64.const 0x7fffffffffffffff) (i64.const 77))))
  (global funcref (ref.func $g))
  (global funcref (ref.null func))
  (global v128 (v128.const i32x4 1 2 3 4)))"""


def signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def test_values_are_those_of_wasmtime() -> None:
    data = read_module(TEXT)
    values = global_values(decode(data), {})
    store = wasmtime.Store()
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, data), []).exports(store)
    wasm_globals = [exports[name] for name in "abcdef"]
    expected = [g.value(store) for g in wasm_globals if isinstance(g, wasmtime.Global)]
    bits = [values[i] for i in range(6)]
    assert all(isinstance(value, int) for value in bits)
    a, b, c, d, e, f = (value or 0 for value in bits)
    assert expected[:2] == [signed(a, 32), signed(b, 64)]
    assert expected[4:] == [signed(e, 32), signed(f, 64)]
    assert struct.pack("<f", expected[2]) == struct.pack("<I", c)
    assert struct.pack("<d", expected[3]) == struct.pack("<Q", d)
    assert all(0 <= value < 1 << 64 for value in (a, b, c, d, e, f))


def test_references_and_vectors() -> None:
    values = global_values(decode(read_module(TEXT)), {})
    assert values[6] == 1
    assert values[7] is None
    assert values[8] == int.from_bytes(struct.pack("<4I", 1, 2, 3, 4), "little")


def importing() -> Module:
    text = b"""(module (import "env" "base" (global i32)) (memory 1)
      (global i32 (i32.add (global.get 0) (i32.const 4)))
      (data (i32.const 9) "") (data (offset (i32.add (global.get 1) (i32.const 4))) ""))"""
    return decode(read_module(text))


def test_imported_globals_are_given() -> None:
    m = importing()
    offset = m.data[1].offset
    assert offset is not None
    assert evaluate(offset, m, {0: 1000}) == 1008
    assert evaluate(offset, m, global_values(m, {0: 0xFFFFFFFF})) == 7


def test_an_unknown_import_is_named() -> None:
    m = importing()
    assert m.data[0].offset is not None
    assert evaluate(m.data[0].offset, m, {}) == 9
    with pytest.raises(LinkError, match=r"imported global env\.base"):
        global_values(m, {})
