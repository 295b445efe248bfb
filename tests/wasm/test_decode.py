"""Modules in binary form: structure, names, and where errors are said to be."""

from __future__ import annotations

import hashlib

import pytest
from wasm.binary import HEADER, code, func_type, module, name, one_function, section, vector

from wanco.abi.layout import ExternKind, SegmentMode
from wanco.abi.leb128 import uleb
from wanco.errors import DecodeError, UnsupportedError, WancoError
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.module import Import
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.sections.code import MAX_LOCALS
from wanco.wasm.text import read_module
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, ValType

I32, I64, F64 = ValType.I32, ValType.I64, ValType.F64

TEXT = b"""
(module $m
  (import "env" "log" (func $log (param i32)))
  (import "env" "base" (global i32))
  (import "env" "tab" (table 1 5 funcref))
  (memory (export "memory") 2 10)
  (table 7 funcref)
  (global $g (mut i64) (i64.const -5))
  (func $fib (export "fib") (param $n i32) (result i32) (local i64 i64 f64)
    local.get $n)
  (func (export "anonymous"))
  (func)
  (start 2)
  (elem (i32.const 1) func $fib $log)
  (elem declare func 2)
  (data (memory 0) (i32.const 3) "abc")
  (data "passive"))
"""


def test_module_structure() -> None:
    data = read_module(TEXT)
    m = decode(data)
    assert m.sha256 == hashlib.sha256(data).digest()
    assert m.size == len(data)
    assert m.imports == [
        Import("env", "log", ExternKind.FUNCTION, FuncType((I32,), ())),
        Import("env", "base", ExternKind.GLOBAL, GlobalType(I32, False)),
        Import("env", "tab", ExternKind.TABLE, TableType(ValType.FUNCREF, Limits(1, 5))),
    ]
    assert (m.imported_functions, m.imported_tables, m.imported_memories, m.imported_globals) == (1, 1, 0, 1)
    assert len(m.functions) == 4
    assert m.tables[1] == TableType(ValType.FUNCREF, Limits(7, None))
    assert m.memories == [MemoryType(Limits(2, 10))]
    assert m.globals[0].init is None
    assert m.globals[1].type == GlobalType(I64, True)
    init = m.globals[1].init
    assert init is not None
    assert [(op, value) for op, _, value in init] == [(BY_NAME["i64.const"].code, -5)]
    assert data[init[0][1]] == BY_NAME["i64.const"].code  # the offset is one in the file
    assert {(e.name, e.kind, e.index) for e in m.exports} == {
        ("memory", ExternKind.MEMORY, 0),
        ("fib", ExternKind.FUNCTION, 1),
        ("anonymous", ExternKind.FUNCTION, 2),
    }
    assert m.start == 2
    assert [(s.mode, len(s.items)) for s in m.elements] == [(SegmentMode.ACTIVE, 2), (SegmentMode.DECLARATIVE, 1)]
    assert [(s.mode, s.data) for s in m.data] == [(SegmentMode.ACTIVE, b"abc"), (SegmentMode.PASSIVE, b"passive")]


def test_functions() -> None:
    data = read_module(TEXT)
    m = decode(data)
    assert m.func_type(1) == FuncType((I32,), (I32,))
    entry = m.code_of(1)
    assert entry.locals == (I64, I64, F64)
    assert data[entry.offset : entry.offset + len(entry.body)] == entry.body
    assert decode_body(m, entry) == [(BY_NAME["local.get"].code, entry.first, 0), (BY_NAME["end"].code, entry.first + 2, None)]
    with pytest.raises(IndexError):
        m.code_of(0)


def test_names_fall_back_from_name_section_to_export_to_import_to_index() -> None:
    m = decode(read_module(TEXT))
    assert m.names.module == "m"
    assert m.names.locals[1][0] == "n"
    assert [m.function_name(i) for i in range(4)] == ["log", "fib", "anonymous", "func[3]"]
    m.names.functions.clear()
    assert [m.function_name(i) for i in range(4)] == ["env.log", "fib", "anonymous", "func[3]"]


def test_a_broken_name_section_is_ignored() -> None:
    broken = name("name") + b"\x01\x07" + vector([uleb(0) + name("good"), uleb(1) + b"\x09x"])
    m = decode(one_function(b"") + section(0, broken))
    assert m.names.functions in ({}, {0: "good"})


def refusal(data: bytes) -> WancoError:
    with pytest.raises(WancoError) as caught:
        m = decode(data)
        for entry in m.code:
            decode_body(m, entry)
    return caught.value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "malformed module: unexpected end at byte offset 0x0"),
        (b"\x7fELF....", "malformed module: magic header not detected at byte offset 0x0"),
        (b"\0asm\x02\0\0\0", "malformed module: unknown binary version at byte offset 0x4"),
        (b"\0asm\x0d\0\x01\0", "not supported: the component model"),
        (module(section(14, b"")), "malformed module: malformed section id at byte offset 0x8"),
        (module(section(3, b"\0"), section(1, b"\0")), "unexpected content after last section in type section at byte offset 0xb"),
        (module(section(1, b"\0"), section(1, b"\0")), "unexpected content after last section"),
        (module(section(1, b"\0\0")), "section size mismatch in type section at byte offset 0xb"),
        (module(section(1, b"\x01")), "unexpected end of section or function in type section"),
        (module(b"\x01\x05\0"), "length out of bounds in type section"),
        (module(section(0, b"\x05a")), "length out of bounds in custom section"),
        (module(section(1, vector([func_type()])), section(3, b"\x01\0")), "function and code section have inconsistent lengths"),
        (module(section(12, b"\x01")), "data count and data section have inconsistent lengths"),
        (one_function(b"\xfc\x09\0", extra={11: b"\x01\x01\0"}), "data count section required in function 0 at byte offset"),
        (one_function(b"\x0b"), "code after the end of the function in function 0"),
        (one_function(b"\x02\x40"), "unexpected end of section or function in function 0"),
        (one_function(b"\x05"), "END opcode expected in function 0"),
        (one_function(b"\xff"), "illegal opcode ff in function 0 at byte offset 0x17"),
        (one_function(b"\xfd\x9a\x01"), "illegal opcode fd 9a in function 0"),
        (one_function(b"\x02\x79"), "malformed block type in function 0"),
        (module(section(1, vector([func_type(b"\x79")]))), "malformed value type in type section at byte offset 0xd"),
        (module(section(5, b"\x01\x10\0")), "malformed limits flags in memory section"),
        (module(section(6, b"\x01\x7f\x02\x41\0\x0b")), "malformed mutability in global section"),
    ],
)
def test_malformed(data: bytes, message: str) -> None:
    assert message in str(refusal(data))


@pytest.mark.parametrize(
    ("data", "feature"),
    [
        (one_function(b"\x06\x40\x0b"), "exception handling"),
        (one_function(b"\x1f\x40\0\x0b"), "exception handling"),
        (module(section(13, b"\0")), "exception handling"),
        (one_function(b"\xfb\0\0"), "garbage collection"),
        (module(section(1, b"\x01\x5f\0")), "garbage collection"),
        (one_function(b"\xd0\0\x1a"), "typed function references"),
        (one_function(b"\x14\0"), "typed function references"),
        (one_function(b"\xfe\x03\0"), "threads"),
        (module(section(5, b"\x01\x03\x01\x01")), "threads"),
        (module(section(5, b"\x01\x04\x01")), "64-bit memories"),
        (module(section(5, b"\x01\x08\x01\0")), "custom page sizes"),
        (one_function(b"\xfc\x13"), "wide arithmetic"),
        (module(section(2, vector([name("env") + b"\0\x7f\0"]))), "the compact import section"),
    ],
)
def test_features_that_are_not_decoded_are_named(data: bytes, feature: str) -> None:
    error = refusal(data)
    assert isinstance(error, UnsupportedError)
    assert f"not supported: {feature}" in str(error)
    assert error.offset is not None


def test_every_truncation_is_refused() -> None:
    data = read_module(TEXT)
    boundaries, pos = {len(HEADER)}, len(HEADER)
    while pos < len(data):
        pos += 2 + data[pos + 1]  # all sections are shorter than 128 bytes
        boundaries.add(pos)
    for size in set(range(len(data))) - boundaries:
        assert isinstance(refusal(data[:size]), DecodeError)


def test_absurd_counts_cost_nothing() -> None:
    many = uleb(2**32 - 1)
    locals_ = vector([uleb(MAX_LOCALS) + b"\x7f", uleb(1) + b"\x7f"])
    for data in (
        module(section(1, many)),
        module(section(1, b"\x01\x60" + many)),
        module(section(2, many)),
        module(section(9, many)),
        one_function(b"\x0e" + many),
        one_function(b"\x1c" + many),
        module(section(1, vector([func_type()])), section(3, b"\x01\0"), section(10, vector([code(b"", vector([many + b"\x7f"]))]))),
        module(section(1, vector([func_type()])), section(3, b"\x01\0"), section(10, vector([code(b"", locals_)]))),
    ):
        assert isinstance(refusal(data), DecodeError)


def test_messages_are_one_printable_line() -> None:
    names = name("name") + section(1, vector([uleb(0) + name("a\nb\x1b")]))
    m = decode(one_function(b"") + section(0, names))
    assert m.describe_function(0) == 'function 0 "a\\nb\\x1b"'
