"""Operators on the bits of vectors, and the tests whether lanes are zero."""

from __future__ import annotations

from wanco.emit.ir.values import I32, V128
from wanco.emit.operators.computations import instruction
from wanco.emit.operators.simd.shapes import I64X2, INTEGERS, Shape, V, binary, by_shape, pop_as, unary
from wanco.emit.translation import Handler, Translation

_ONES = "<i64 -1, i64 -1>"


def _andnot(t: Translation, _: object, index: int) -> None:
    b, a = pop_as(t, I64X2), pop_as(t, I64X2)
    inverse = t.ir.binary("xor", V, b, _ONES)
    t.push(V128, t.ir.binary("and", V, a, inverse))


def bitselect(t: Translation, _: object, index: int) -> None:
    """Bits of the first operand where the third has ones, else of the second."""
    c, b, a = (pop_as(t, I64X2) for _ in range(3))
    first = t.ir.binary("and", V, a, c)
    inverse = t.ir.binary("xor", V, c, _ONES)
    second = t.ir.binary("and", V, b, inverse)
    t.push(V128, t.ir.binary("or", V, first, second))


def _any_true(t: Translation, _: object, index: int) -> None:
    whole = t.ir.cast("bitcast", V, t.nan.exact(V128, t.pop()), "i128")
    t.push_boolean(t.ir.icmp("ne", "i128", whole, "0"))


def _lane_flags(t: Translation, shape: Shape, test: str) -> str:
    """One bit a lane, lane 0 lowest, as an integer."""
    flags = t.ir.icmp(test, shape.type, pop_as(t, shape), "zeroinitializer")
    return t.ir.cast("bitcast", f"<{shape.count} x i1>", flags, f"i{shape.count}")


def _all_true(shape: Shape) -> Handler:
    return lambda t, _, index: t.push_boolean(t.ir.icmp("eq", f"i{shape.count}", _lane_flags(t, shape, "ne"), "-1"))


def _bitmask(shape: Shape) -> Handler:
    return lambda t, _, index: t.push(I32, t.ir.cast("zext", f"i{shape.count}", _lane_flags(t, shape, "slt"), "i32"))


def _tests(shape: Shape) -> dict[str, Handler]:
    return by_shape(shape, {"all_true": _all_true(shape), "bitmask": _bitmask(shape)})


HANDLERS: dict[str, Handler] = {
    "v128.not": unary(I64X2, lambda ir, a: ir.binary("xor", V, a, _ONES)),
    **{f"v128.{op}": binary(I64X2, instruction(op, V)) for op in ("and", "or", "xor")},
    "v128.andnot": _andnot,
    "v128.bitselect": bitselect,
    "v128.any_true": _any_true,
    **{name: handler for shape in INTEGERS for name, handler in _tests(shape).items()},
}
