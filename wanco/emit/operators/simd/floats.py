"""Operators on float lanes, and conversions between them and integer ones."""

from __future__ import annotations

from wanco.emit.operators.computations import (
    FLOAT_PREDICATES,
    ROUNDINGS,
    Unary,
    conversion,
    instruction,
    negation,
    of_one,
    of_two,
    rounding,
    saturation,
    square_root,
)
from wanco.emit.operators.simd.shapes import (
    F32X4,
    F64X2,
    FLOATS,
    I32X4,
    Shape,
    binary,
    by_shape,
    comparison,
    converting,
    pop_as,
    push_from,
    shuffle,
    unary,
)
from wanco.emit.translation import Handler, Translation

# ---- arithmetic -------------------------------------------------------------------------


def _pseudo_minimum(shape: Shape, test: str) -> Handler:
    """pmin(a, b) is b < a ? b : a, pmax(a, b) is a < b ? b : a; the result is one operand's bits."""
    kind = shape.type

    def handler(t: Translation, _: object, index: int) -> None:
        b, a = pop_as(t, shape), pop_as(t, shape)
        flags = t.ir.fcmp(test, kind, b, a)
        push_from(t, shape, t.ir.assign(f"select <{shape.count} x i1> {flags}, {kind} {b}, {kind} {a}", flags, b, a))

    return handler


def _arithmetic(shape: Shape) -> dict[str, Handler]:
    kind, suffix = shape.type, shape.suffix
    handlers = {
        **{op: binary(shape, instruction(f"f{op}", kind), exact=False, raw=True) for op in ("add", "sub", "mul", "div")},
        **{op: binary(shape, of_two(f"{op}imum", kind, suffix), exact=False, raw=True) for op in ("min", "max")},
        "sqrt": unary(shape, square_root(kind, suffix), exact=False, raw=True),
        **{op: unary(shape, rounding(ir, kind, suffix), exact=False, raw=True) for op, ir in ROUNDINGS.items()},
        "neg": unary(shape, negation(kind)),
        "abs": unary(shape, of_one("fabs", kind, suffix)),
        "pmin": _pseudo_minimum(shape, "olt"),
        "pmax": _pseudo_minimum(shape, "ogt"),
        **{op: comparison(shape, predicate) for op, predicate in FLOAT_PREDICATES.items()},
    }
    return by_shape(shape, handlers)


# ---- conversions ------------------------------------------------------------------------


def _convert_low(source: Shape, op: str, raw: bool) -> Handler:
    """The low two lanes, as f64x2."""
    pair = f"<2 x {source.lane}>"

    def handler(t: Translation, _: object, index: int) -> None:
        operand = pop_as(t, source, exact=False)
        low = shuffle(t, source.type, operand, "poison", [0, 1])
        push_from(t, F64X2, t.ir.cast(op, pair, low, F64X2.type), raw)

    return handler


def _convert_to_low(result: Shape, compute: Unary, raw: bool = False) -> Handler:
    """f64x2 to two lanes, the other two zero."""
    pair = f"<2 x {result.lane}>"

    def handler(t: Translation, _: object, index: int) -> None:
        low = compute(t.ir, pop_as(t, F64X2, exact=False))
        push_from(t, result, shuffle(t, pair, low, "zeroinitializer", range(4)), raw)

    return handler


def _conversions(sign: str) -> dict[str, Handler]:
    """Conversions from and to integers, ``sign`` s or u."""
    whole = saturation(sign, F32X4.type, F32X4.suffix, I32X4.type, I32X4.suffix)
    low = saturation(sign, F64X2.type, F64X2.suffix, "<2 x i32>", "v2i32")
    return {
        f"i32x4.trunc_sat_f32x4_{sign}": converting(F32X4, I32X4, whole),
        f"i32x4.trunc_sat_f64x2_{sign}_zero": _convert_to_low(I32X4, low),
        f"f32x4.convert_i32x4_{sign}": converting(I32X4, F32X4, conversion(f"{sign}itofp", I32X4.type, F32X4.type)),
        f"f64x2.convert_low_i32x4_{sign}": _convert_low(I32X4, f"{sign}itofp", raw=False),
    }


HANDLERS: dict[str, Handler] = {
    **{name: handler for shape in FLOATS for name, handler in _arithmetic(shape).items()},
    **_conversions("s"),
    **_conversions("u"),
    "f64x2.promote_low_f32x4": _convert_low(F32X4, "fpext", raw=True),
    "f32x4.demote_f64x2_zero": _convert_to_low(F32X4, conversion("fptrunc", F64X2.type, "<2 x float>"), raw=True),
}
