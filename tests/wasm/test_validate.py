"""Validation: what the official suite does not look at (its verdicts are in test_spec_suite)."""

from __future__ import annotations

import time

import pytest
from wasm.binary import code, func_type, module, one_function, section, vector

from wanco.abi.leb128 import uleb
from wanco.errors import ValidationError
from wanco.wasm.decode import decode
from wanco.wasm.module import Module
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate


def validated(data: bytes) -> Module:
    m = decode(data)
    validate(m)
    return m


def refusal(data: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        validated(data)
    return caught.value


def test_errors_name_operator_function_and_file_offset() -> None:
    data = read_module(b"(module (func) (func $mean (param f64) (drop (i32.add (i32.const 1) (local.get 0)))))")
    error = refusal(data)
    offset = data.index(b"\x41\x01\x20\x00\x6a") + 4
    assert str(error) == f'invalid module: type mismatch: expected i32, found f64 (i32.add) in function 1 "mean" at byte offset {offset:#x}'
    assert error.offset == offset


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(func (export "a")) (memory (export "a") 1)', "duplicate export name in export 'a'"),
        ("(memory 65537)", "memory size must be at most 65536 pages (4GiB) in memory 0"),
        ("(memory 2 1)", "size minimum must not be greater than maximum in memory 0"),
        ("(table 0 funcref) (table 2 1 funcref)", "size minimum must not be greater than maximum in table 1"),
        ("(start 0) (func (param i32))", "start function must have type [] -> []"),
        ("(func (result i32) (ref.is_null (ref.func 0)))", "undeclared function reference 0 (ref.func) in function 0"),
        ("(memory 1) (func (drop (i32.load align=8 (i32.const 0))))", "alignment must not be larger than natural"),
        ("(global i32 (i64.const 1))", "type mismatch: expected a constant of type i32, found [i64] in global 0"),
        ("(global i32 (i32.clz (i32.const 1)))", "constant expression required, not i32.clz in global 0"),
        ("(global $g (mut i32) (i32.const 1)) (global i32 (global.get $g))", "constant expression required: global 0 is mutable"),
        ("(global i32 (global.get 0))", "unknown global 0"),
        ("(global i32)", "type mismatch: expected a constant of type i32, found [] in global 0"),
        ("(data (i32.const 0))", "unknown memory 0 in data segment 0"),
        ("(table 1 externref) (elem (i32.const 0) func)", "type mismatch: table of externref, elements of funcref"),
        ("(table 1 externref) (func (call_indirect (i32.const 0)))", "table 0 holds externref"),
        ("(func (select (ref.null func) (ref.null func) (i32.const 1)) drop)", "type mismatch: select without types on funcref"),
        ("(func (result i32) (return_call 1)) (func (result i64) (i64.const 1))", "type mismatch: tail call of a function of type"),
        ("(func (i32.const 1))", "type mismatch: 1 values too many at the end of a block (end) in function 0"),
        ("(func (br 1))", "unknown label 1 (br)"),
    ],
)
def test_invalid(text: str, message: str) -> None:
    assert message in str(refusal(read_module(f"(module {text})".encode())))


@pytest.mark.parametrize(
    "text",
    [
        "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))) (global i32 (global.get 0))",
        "(func (drop (i32.add (unreachable))))",
        "(func (block (result i32) (br_table 0 0 (unreachable))) drop)",
        "(func (result i32) unreachable select)",
        "(memory 1) (memory 2) (func (memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 0)))",
        "(func $f (param i32 i64) (result i64 i32) (return_call $f (i32.const 1) (i64.const 2)))",
        "(elem declare func 0) (func (drop (ref.func 0)))",
    ],
)
def test_valid(text: str) -> None:
    validated(read_module(f"(module {text})".encode()))


def test_small_modules_cannot_ask_for_much() -> None:
    results = bytes([0x7F]) * 1000
    thousand = [func_type(b"", results), func_type()]

    def calling(instructions: bytes) -> bytes:
        return module(
            section(1, vector(thousand)),
            section(3, vector([uleb(0), uleb(1)])),
            section(10, vector([code(b"\0"), code(instructions)])),
        )

    started = time.process_time()
    assert "values on the operand stack" in str(refusal(calling(b"\x10\0" * 100_000)))
    nested = b"\x02\x40" * 20_000 + b"\x0b" * 20_000
    validated(one_function(nested))
    table = b"\x41\0\x0e" + vector([uleb(0)] * 50_000) + uleb(0)
    validated(one_function(b"\0" + table * 4))
    chain = [b"\x7f\0\x41\0\x0b"] + [b"\x7f\0\x23" + uleb(i) + b"\x0b" for i in range(10_000)]
    validated(module(section(6, vector(chain))))
    assert time.process_time() - started < 5
