"""Operators on integer lanes whose results have wider or narrower ones."""

from __future__ import annotations

from collections.abc import Sequence

from wanco.emit.operators.computations import EXTENSIONS, intrinsic
from wanco.emit.operators.simd.shapes import (
    I8X16,
    I16X8,
    I32X4,
    Shape,
    by_shape,
    narrower,
    pop_as,
    push_from,
    repeated,
    shuffle,
    wider,
)
from wanco.emit.translation import Handler, Translation

# ---- widening ---------------------------------------------------------------------------


def widened(t: Translation, shape: Shape, bits: int, extend: str) -> tuple[str, str, str]:
    """The type of all lanes widened, and two popped operands in it."""
    wide = f"<{shape.count} x i{bits}>"
    b, a = pop_as(t, shape), pop_as(t, shape)
    left = t.ir.cast(extend, shape.type, a, wide)
    right = t.ir.cast(extend, shape.type, b, wide)
    return wide, left, right


def _part(t: Translation, shape: Shape, operand: str, lanes: Sequence[int], extend: str) -> str:
    """Some lanes of an operand, extended to twice their width."""
    picked = shuffle(t, shape.type, operand, "poison", lanes)
    return t.ir.cast(extend, f"<{len(lanes)} x {shape.lane}>", picked, wider(shape).type)


def _extend(shape: Shape, lanes: Sequence[int], extend: str) -> Handler:
    return lambda t, _, index: push_from(t, wider(shape), _part(t, shape, pop_as(t, shape), lanes, extend))


def _extend_multiply(shape: Shape, lanes: Sequence[int], extend: str) -> Handler:
    wide = wider(shape)

    def handler(t: Translation, _: object, index: int) -> None:
        b, a = pop_as(t, shape), pop_as(t, shape)
        left, right = (_part(t, shape, operand, lanes, extend) for operand in (a, b))
        push_from(t, wide, t.ir.binary("mul", wide.type, left, right))

    return handler


def _extend_pairs(shape: Shape, extend: str) -> Handler:
    wide = wider(shape)

    def handler(t: Translation, _: object, index: int) -> None:
        operand = pop_as(t, shape)
        even, odd = (_part(t, shape, operand, range(k, shape.count, 2), extend) for k in (0, 1))
        push_from(t, wide, t.ir.binary("add", wide.type, even, odd))

    return handler


def _extensions(shape: Shape) -> dict[str, Handler]:
    """The operators that widen a shape's lanes; extadd_pairwise of i32x4 does not exist."""
    half, handlers = shape.count // 2, {}
    for sign, op in EXTENSIONS.items():
        for part, lanes in (("low", range(half)), ("high", range(half, shape.count))):
            handlers[f"extend_{part}_{shape.name}_{sign}"] = _extend(shape, lanes, op)
            handlers[f"extmul_{part}_{shape.name}_{sign}"] = _extend_multiply(shape, lanes, op)
        if shape is not I32X4:
            handlers[f"extadd_pairwise_{shape.name}_{sign}"] = _extend_pairs(shape, op)
    return by_shape(wider(shape), handlers)


# ---- products ---------------------------------------------------------------------------


def pair_sums(t: Translation, operand: str, count: int, lane: str) -> str:
    """Sums of neighbouring lanes of a vector of ``count`` lanes."""
    kind, half = f"<{count} x {lane}>", f"<{count // 2} x {lane}>"
    even, odd = (shuffle(t, kind, operand, "poison", range(k, count, 2)) for k in (0, 1))
    return t.ir.binary("add", half, even, odd)


def _dot_i16(t: Translation, _: object, index: int) -> None:
    wide, a, b = widened(t, I16X8, 32, "sext")
    push_from(t, I32X4, pair_sums(t, t.ir.binary("mul", wide, a, b), 8, "i32"))


# ---- narrowing --------------------------------------------------------------------------


def _narrow(shape: Shape, low: int, high: int) -> Handler:
    """Saturate the (signed) lanes of two vectors and join them, half as wide."""
    narrow, kind, suffix = narrower(shape), shape.type, shape.suffix
    part = f"<{shape.count} x {narrow.lane}>"
    lowest, highest = repeated(shape.count, shape.lane, low), repeated(shape.count, shape.lane, high)

    def clamp(t: Translation, operand: str) -> str:
        above = intrinsic(t.ir, "smax", kind, suffix, operand, lowest)
        inside = intrinsic(t.ir, "smin", kind, suffix, above, highest)
        return t.ir.cast("trunc", kind, inside, part)

    def handler(t: Translation, _: object, index: int) -> None:
        b, a = pop_as(t, shape), pop_as(t, shape)
        left, right = clamp(t, a), clamp(t, b)
        push_from(t, narrow, shuffle(t, part, left, right, range(narrow.count)))

    return handler


def _narrowings(shape: Shape) -> dict[str, Handler]:
    bits = shape.bits // 2
    handlers = {
        f"narrow_{shape.name}_s": _narrow(shape, -(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        f"narrow_{shape.name}_u": _narrow(shape, 0, (1 << bits) - 1),
    }
    return by_shape(narrower(shape), handlers)


HANDLERS: dict[str, Handler] = {
    **{name: handler for shape in (I8X16, I16X8, I32X4) for name, handler in _extensions(shape).items()},
    **{name: handler for shape in (I16X8, I32X4) for name, handler in _narrowings(shape).items()},
    "i32x4.dot_i16x8_s": _dot_i16,
}
