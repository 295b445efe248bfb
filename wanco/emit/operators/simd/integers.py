"""Operators on integer lanes whose results have the same lanes."""

from __future__ import annotations

from wanco.emit.operators.computations import INTEGER_PREDICATES, SHIFTS, instruction, intrinsic, of_one, of_two
from wanco.emit.operators.simd.shapes import (
    I8X16,
    I16X8,
    INTEGERS,
    Shape,
    binary,
    by_shape,
    comparison,
    narrow_scalar,
    pop_as,
    push_from,
    repeated,
    splat,
    unary,
)
from wanco.emit.operators.simd.widths import widened
from wanco.emit.translation import Handler, Translation


def _shift(shape: Shape, op: str) -> Handler:
    def handler(t: Translation, _: object, index: int) -> None:
        count = t.ir.binary("and", "i32", t.pop(), str(shape.bits - 1))
        if shape.bits == 64:
            count = t.ir.cast("zext", "i32", count, "i64")
        counts = splat(t, shape, narrow_scalar(t, shape, count))
        push_from(t, shape, t.ir.binary(op, shape.type, pop_as(t, shape), counts))

    return handler


def _average(shape: Shape) -> Handler:
    bits = 2 * shape.bits
    one = repeated(shape.count, f"i{bits}", 1)

    def handler(t: Translation, _: object, index: int) -> None:
        wide, a, b = widened(t, shape, bits, "zext")
        total = t.ir.binary("add", wide, a, b)
        rounded = t.ir.binary("add", wide, total, one)
        halved = t.ir.binary("lshr", wide, rounded, one)
        push_from(t, shape, t.ir.cast("trunc", wide, halved, shape.type))

    return handler


def _q15_multiply(t: Translation, _: object, index: int) -> None:
    wide, a, b = widened(t, I16X8, 32, "sext")
    product = t.ir.binary("mul", wide, a, b)
    rounded = t.ir.binary("add", wide, product, repeated(8, "i32", 0x4000))
    shifted = t.ir.binary("ashr", wide, rounded, repeated(8, "i32", 15))
    saturated = intrinsic(t.ir, "smin", wide, "v8i32", shifted, repeated(8, "i32", 0x7FFF))
    push_from(t, I16X8, t.ir.cast("trunc", wide, saturated, I16X8.type))


def _arithmetic(shape: Shape) -> dict[str, Handler]:
    """What LLVM can do with the lanes of any shape; WebAssembly has no operator for some of it."""
    kind, suffix = shape.type, shape.suffix
    pairs = [(op, sign) for op in ("min", "max") for sign in "su"]
    saturating = [(op, sign) for op in ("add", "sub") for sign in "su"]
    handlers = {
        **{op: binary(shape, instruction(op, kind)) for op in ("add", "sub", "mul")},
        "neg": unary(shape, lambda ir, a: ir.binary("sub", kind, "zeroinitializer", a)),
        "abs": unary(shape, of_one("abs", kind, suffix, "false")),
        **{f"{op}_{sign}": binary(shape, of_two(f"{sign}{op}", kind, suffix)) for op, sign in pairs},
        **{f"{op}_sat_{sign}": binary(shape, of_two(f"{sign}{op}.sat", kind, suffix)) for op, sign in saturating},
        **{op: comparison(shape, predicate) for op, predicate in INTEGER_PREDICATES.items()},
        **{op: _shift(shape, ir) for op, ir in SHIFTS.items()},
    }
    return by_shape(shape, handlers)


HANDLERS: dict[str, Handler] = {
    **{name: handler for shape in INTEGERS for name, handler in _arithmetic(shape).items()},
    "i8x16.popcnt": unary(I8X16, of_one("ctpop", I8X16.type, I8X16.suffix)),
    "i8x16.avgr_u": _average(I8X16),
    "i16x8.avgr_u": _average(I16X8),
    "i16x8.q15mulr_sat_s": _q15_multiply,
}
