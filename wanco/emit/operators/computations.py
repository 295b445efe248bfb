"""What operators compute, apart from where operands come from and results go: functions of the builder.

They serve scalars and vectors alike; ``kind`` is an LLVM type, ``suffix`` what it is called in the
names of intrinsics.
"""

from __future__ import annotations

from collections.abc import Callable

from wanco.emit.ir.builder import Builder

Unary = Callable[[Builder, str], str]
"""Computes a value from an operand."""

Binary = Callable[[Builder, str, str], str]
"""Computes a value from two operands."""

INTEGER_PREDICATES = {
    "eq": "eq", "ne": "ne", "lt_s": "slt", "lt_u": "ult", "gt_s": "sgt", "gt_u": "ugt",
    "le_s": "sle", "le_u": "ule", "ge_s": "sge", "ge_u": "uge",
}  # fmt: skip
"""LLVM's predicate of each comparison of integers."""

FLOAT_PREDICATES = {"eq": "oeq", "ne": "une", "lt": "olt", "gt": "ogt", "le": "ole", "ge": "oge"}
"""LLVM's predicate of each comparison of floats."""

SHIFTS = {"shl": "shl", "shr_s": "ashr", "shr_u": "lshr"}
"""LLVM's instruction for each shift."""

EXTENSIONS = {"s": "sext", "u": "zext"}
"""LLVM's instruction that extends an integer, by the suffix of operators."""

ROUNDINGS = {"ceil": "ceil", "floor": "floor", "trunc": "trunc", "nearest": "roundeven"}
"""LLVM's intrinsic for each rounding to an integral float."""


def intrinsic(ir: Builder, name: str, kind: str, suffix: str, *operands: str, flag: str = "") -> str:
    """An LLVM intrinsic whose operands and result are of one type; ``flag`` is an i1 behind them."""
    arguments = [f"{kind} {operand}" for operand in operands]
    if flag:
        arguments.append(f"i1 {flag}")
    return ir.operation(f"{kind} @llvm.{name}.{suffix}({', '.join(arguments)})", *operands)


def instruction(op: str, kind: str) -> Binary:
    """An LLVM instruction of two operands."""
    return lambda ir, a, b: ir.binary(op, kind, a, b)


def conversion(op: str, kind: str, to: str) -> Unary:
    """An LLVM instruction that converts between types."""
    return lambda ir, a: ir.cast(op, kind, a, to)


def of_one(name: str, kind: str, suffix: str, flag: str = "") -> Unary:
    """An intrinsic of one operand."""
    return lambda ir, a: intrinsic(ir, name, kind, suffix, a, flag=flag)


def of_two(name: str, kind: str, suffix: str) -> Binary:
    """An intrinsic of two operands."""
    return lambda ir, a, b: intrinsic(ir, name, kind, suffix, a, b)


def negation(kind: str) -> Unary:
    """The opposite float."""
    return lambda ir, a: ir.assign(f"fneg {kind} {a}", a)


def rounding(name: str, kind: str, suffix: str) -> Unary:
    """A rounding to an integral float; some targets call a function for it, so its use is noted."""

    def compute(ir: Builder, a: str) -> str:
        if ir.live:
            ir.operations.add("rounding")
        return intrinsic(ir, name, kind, suffix, a)

    return compute


def square_root(kind: str, suffix: str) -> Unary:
    """LLVM's code generator drops a select that replaces the NaN of a square root; a fence,
    which costs nothing, hides where the operand comes from."""

    def compute(ir: Builder, a: str) -> str:
        root = intrinsic(ir, "sqrt", kind, suffix, a)
        return intrinsic(ir, "arithmetic.fence", kind, suffix, root)

    return compute


def saturation(sign: str, kind: str, suffix: str, to: str, to_suffix: str) -> Unary:
    """Floats to integers, ``sign`` s or u, where what does not fit becomes the nearest number."""
    return lambda ir, a: ir.operation(f"{to} @llvm.fpto{sign}i.sat.{to_suffix}.{suffix}({kind} {a})", a)
