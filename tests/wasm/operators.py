"""How the operators of the table are written in a module that has what their immediates name.

It has two memories, two tables of functions, two globals (the second a mutable i32), two data and two
element segments, types 0 (nothing to nothing) and 1 (nothing to i32), and in each function i32 as the
first local.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from wasm.binary import module, name, section, vector

from wanco.abi.leb128 import sleb, uleb
from wanco.wasm.columns import Imm, OperandType, Operator, TypeVariable
from wanco.wasm.opcodes import PREFIX_SHIFT
from wanco.wasm.types import FuncType, ValType

I32 = ValType.I32


def opcode(operator: Operator) -> bytes:
    """How an operator's code is written."""
    if operator.code < 256:
        return bytes([operator.code])
    return bytes([operator.code >> PREFIX_SHIFT]) + uleb(operator.code & (1 << PREFIX_SHIFT) - 1)


def natural(operator: Operator) -> int:
    """Its natural alignment."""
    return operator.access.bit_length() - 1


# Encoded immediate and decoded value.
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


LOCALS = b"\x02\x01\x7f\x01\x7b"
"""Declared locals of a function: an i32, a v128."""

NAMED = {Imm.TABLE: ValType.FUNCREF, Imm.REF_TYPE: ValType.FUNCREF}
"""The types that these immediates name in that module; all others name i32."""


def types_of(operator: Operator, types: tuple[OperandType, ...] | None) -> bytes:
    """Types of a signature in that module."""
    known = {TypeVariable.REFERENCE: ValType.FUNCREF, TypeVariable.NAMED: NAMED.get(operator.immediate, I32)}
    return bytes(known.get(t, I32) if isinstance(t, TypeVariable) else t for t in types or ())


def surrounded(types: Sequence[bytes], functions: Sequence[bytes], bodies: Sequence[bytes], wide: Container[int] = ()) -> bytes:
    """That module, with types, the functions' type indices, and their code; all are exported by their numbers.

    ``wide`` has the memories and tables (both by their numbers) whose addresses and indices are i64.
    """
    exports = [name(str(i)) + b"\0" + uleb(i) for i in range(len(functions))]
    flags = [b"\x05" if i in wide else b"\x01" for i in range(2)]
    return module(
        section(1, vector(types)),
        section(3, vector(functions)),
        section(4, vector(b"\x70" + flag + b"\0\x0a" for flag in flags)),
        section(5, vector(flag + b"\x01\x02" for flag in flags)),
        section(6, vector([b"\x7f\x01\x41\0\x0b"] * 2)),
        section(7, vector(exports)),
        section(9, vector([b"\x01\0\0"] * 2)),
        section(12, uleb(2)),
        section(10, vector(bodies)),
        section(11, vector([b"\x01\0"] * 2)),
    )
