"""Operators that move lanes: constants, shuffles, and lanes from and to scalars."""

from __future__ import annotations

from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.values import V128, v128_constant
from wanco.emit.operators.computations import EXTENSIONS
from wanco.emit.operators.simd.shapes import (
    FLOATS,
    I8X16,
    INTEGERS,
    Shape,
    by_shape,
    extract,
    insert,
    narrow_scalar,
    pop_as,
    push_from,
    shuffle,
    splat,
)
from wanco.emit.translation import Handler, Translation


def _const(t: Translation, data: bytes, index: int) -> None:
    t.push(V128, v128_constant(int.from_bytes(data, "little")))


def _shuffle(t: Translation, lanes: bytes, index: int) -> None:
    b, a = pop_as(t, I8X16), pop_as(t, I8X16)
    push_from(t, I8X16, shuffle(t, I8X16.type, a, b, lanes))


def _swizzle(t: Translation, _: object, index: int) -> None:
    # Each target has an instruction for it, which LLVM knows by different names only.
    b, a = pop_as(t, I8X16), pop_as(t, I8X16)
    text = f"call {I8X16.type} @wanco.swizzle({I8X16.type} {a}, {I8X16.type} {b})"
    push_from(t, I8X16, t.ir.assign(text, a, b, effect=Effect.CALL))


def _splat(shape: Shape) -> Handler:
    def handler(t: Translation, _: object, index: int) -> None:
        operand = t.pop()
        lanes = t.nan.lanes(operand)
        push_from(t, shape, splat(t, shape, narrow_scalar(t, shape, operand)), raw=shape in FLOATS and lanes is not None)

    return handler


def _extract(shape: Shape, extend: str = "") -> Handler:
    def handler(t: Translation, lane: int, index: int) -> None:
        name = extract(t, shape, pop_as(t, shape), lane)
        t.push(shape.scalar, t.ir.cast(extend, shape.lane, name, "i32") if extend else name)

    return handler


def _replace(shape: Shape) -> Handler:
    def handler(t: Translation, lane: int, index: int) -> None:
        scalar = narrow_scalar(t, shape, t.nan.exact(shape.scalar, t.pop()))
        push_from(t, shape, insert(t, shape, pop_as(t, shape), scalar, lane))

    return handler


def _scalars(shape: Shape) -> dict[str, Handler]:
    """Operators between a shape and scalars; a narrow lane is extended to an i32."""
    if shape.bits < 32:
        extracts = {f"extract_lane_{sign}": _extract(shape, op) for sign, op in EXTENSIONS.items()}
    else:
        extracts = {"extract_lane": _extract(shape)}
    return by_shape(shape, {"splat": _splat(shape), "replace_lane": _replace(shape), **extracts})


HANDLERS: dict[str, Handler] = {
    "v128.const": _const,
    "i8x16.shuffle": _shuffle,
    "i8x16.swizzle": _swizzle,
    **{name: handler for shape in INTEGERS + FLOATS for name, handler in _scalars(shape).items()},
}
