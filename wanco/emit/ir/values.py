"""Value types on the way from WebAssembly to LLVM IR.

Inside the emitter a type is a plain `ValueCode` integer, an SSA value the text of an LLVM
operand, and an entry of the operand stack a pair of both.
"""

from __future__ import annotations

import struct

from wanco.abi.layout import SLOT_SIZE, ValueCode
from wanco.wasm.types import FuncType, ValType

Operand = tuple[int, str]
"""(value code, LLVM operand)."""

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF = (int(code) for code in ValueCode)

CODE: dict[ValType, int] = {
    ValType.I32: I32,
    ValType.I64: I64,
    ValType.F32: F32,
    ValType.F64: F64,
    ValType.V128: V128,
    ValType.FUNCREF: FUNCREF,
    ValType.EXTERNREF: EXTERNREF,
}

IR_TYPE = ("i32", "i64", "float", "double", "<2 x i64>", "ptr", "ptr")
"""LLVM type of each value code."""

INTRINSIC_SUFFIX = ("i32", "i64", "f32", "f64", "v2i64")

FLOAT_ZERO = "0x0000000000000000"
ZERO = ("0", "0", FLOAT_ZERO, FLOAT_ZERO, "zeroinitializer", "null", "null")
"""Default value of each value code."""

CANONICAL_NAN = "0x7FF8000000000000"
"""The canonical NaN, for float and double alike (LLVM writes float constants as doubles)."""

DEAD = "%dead"
"""Stands for a value that nothing reads.  It is defined nowhere: a read is a loud error."""


def codes(types: tuple[ValType, ...]) -> tuple[int, ...]:
    """Value codes of a sequence of types."""
    return tuple(CODE[t] for t in types)


def f32_constant(bits: int) -> str:
    """LLVM operand of an f32 with these bits."""
    if bits & 0x7F800000 == 0x7F800000 and bits & 0x7FFFFF:
        return f"bitcast (i32 {bits} to float)"
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def f64_constant(bits: int) -> str:
    """LLVM operand of an f64 with these bits."""
    if bits & 0x7FF0000000000000 == 0x7FF0000000000000 and bits & 0xFFFFFFFFFFFFF:
        return f"bitcast (i64 {bits} to double)"
    return f"0x{bits:016X}"


def v128_constant(bits: int) -> str:
    """LLVM operand of a v128 with these bits (an unsigned number, lane 0 lowest)."""
    return f"<i64 {bits & 0xFFFFFFFFFFFFFFFF}, i64 {bits >> 64}>" if bits else ZERO[V128]


def is_integer_constant(operand: str) -> bool:
    """Whether an i32 or i64 operand is a literal."""
    return operand[0] != "%"


def result_type(signature: FuncType) -> str:
    """LLVM return type."""
    return "void" if by_buffer(signature) or not signature.results else IR_TYPE[CODE[signature.results[0]]]


def by_buffer(signature: FuncType) -> bool:
    """Whether the results go to memory at an extra last parameter: two or more, or a vector
    (RISC-V returns vectors by a hidden pointer, which LLVM cannot do at a safepoint)."""
    return len(signature.results) > 1 or signature.results == (ValType.V128,)


def slot(base: str, number: int, constant: bool = False) -> str:
    """Address of a 16-byte slot: an instruction, or an operand where ``base`` is a symbol."""
    if constant:
        return f"getelementptr inbounds (i8, ptr {base}, i64 {SLOT_SIZE * number})"
    return f"getelementptr inbounds i8, ptr {base}, i64 {SLOT_SIZE * number}"
