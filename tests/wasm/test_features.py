"""What is decoded but not compiled is refused by name and place."""

from __future__ import annotations

import pytest

from wanco.errors import UnsupportedError
from wanco.layout import MAX_MEMORIES
from wanco.wasm import features
from wanco.wasm.decode import decode
from wanco.wasm.features import check_supported
from wanco.wasm.opcodes import BY_NAME, PREFIX_SHIFT, Feature
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

# (module, feature, what uses it)
USES = [
    ("(func) (func $f (drop (v128.const i64x2 0 0)))", Feature.SIMD, 'v128.const in function 1 "f"'),
    ("(func (param v128))", Feature.SIMD, "the type of function 0"),
    ("(func (local v128))", Feature.SIMD, "a local of function 0"),
    ("(global v128 (v128.const i64x2 0 0))", Feature.SIMD, "global 0"),
    ("(func unreachable (block (result v128) unreachable) drop)", Feature.SIMD, "block in function 0"),
    ("(func (param i32) (result i32) (return_call 0 (local.get 0)))", Feature.TAIL_CALL, "return_call in function 0"),
    ("(memory 1) (memory 1)", Feature.MULTI_MEMORY, "2 memories"),
    ("(table 1 externref)", Feature.EXTERNREF, "table 0"),
    ("(func (drop (ref.null extern)))", Feature.EXTERNREF, "ref.null in function 0"),
    ("(func unreachable (select (result externref)) drop)", Feature.EXTERNREF, "select_t in function 0"),
    ("(table 1 funcref) (func (drop (call_indirect (result externref) (i32.const 0))))", Feature.EXTERNREF, "type 1"),
]


@pytest.mark.parametrize(("text", "feature", "what"), USES)
def test_a_use_is_named_while_it_is_unsupported(text: str, feature: Feature, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = read_module(f"(module {text})".encode())
    m = decode(data)
    validate(m)
    monkeypatch.setattr(features, "UNSUPPORTED", frozenset({feature}))
    with pytest.raises(UnsupportedError) as caught:
        check_supported(m)
    assert str(caught.value).startswith(f"not supported: {feature.value}, needed by {what}")
    if caught.value.offset is not None:
        name = caught.value.reason.rpartition(" ")[2]
        code = BY_NAME[name].code
        assert data[caught.value.offset] == (code if code < 256 else code >> PREFIX_SHIFT)
    monkeypatch.setattr(features, "UNSUPPORTED", frozenset(Feature) - {feature, Feature.MVP, Feature.REFERENCE_TYPES})
    check_supported(m)


def test_tables_of_functions_are_supported() -> None:
    text = b"""(module (table 3 funcref) (func $f) (elem declare func $f) (func (param i32)
      (table.set (i32.const 0) (ref.func $f))
      (drop (ref.is_null (table.get (i32.const 0))))
      (drop (table.grow (ref.null func) (i32.const 1)))
      (table.fill (i32.const 0) (ref.null func) (table.size))))"""
    m = decode(read_module(text))
    validate(m)
    check_supported(m)


def test_a_table_cannot_ask_for_gigabytes() -> None:
    m = decode(read_module(b"(module (table 4000000000 funcref))"))
    validate(m)
    with pytest.raises(UnsupportedError, match="elements in table 0"):
        check_supported(m)


def test_memories_are_limited() -> None:
    m = decode(read_module(b"(module " + b"(memory 0)" * (MAX_MEMORIES + 1) + b")"))
    validate(m)
    with pytest.raises(UnsupportedError, match=f"more than {MAX_MEMORIES} memories"):
        check_supported(m)
