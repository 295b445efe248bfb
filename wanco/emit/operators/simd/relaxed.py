"""The relaxed operators in their deterministic form (WebAssembly 3.0, appendix A.6): most of them are
another operator then."""

from __future__ import annotations

from wanco.emit.operators.simd import bitwise, floats, integers, lanes
from wanco.emit.operators.simd.shapes import FLOATS, I8X16, I16X8, I32X4, INTEGERS, Shape, by_shape, pop_as, push_from
from wanco.emit.operators.simd.widths import pair_sums, widened
from wanco.emit.translation import Handler, Translation


def _multiply_add(shape: Shape, negate: bool) -> Handler:
    """relaxed_madd and relaxed_nmadd; the deterministic form rounds twice."""
    kind = shape.type

    def handler(t: Translation, _: object, index: int) -> None:
        c, b, a = (pop_as(t, shape, exact=False) for _ in range(3))
        product = t.ir.binary("fmul", kind, a, b)
        result = t.ir.binary("fsub", kind, c, product) if negate else t.ir.binary("fadd", kind, product, c)
        push_from(t, shape, result, raw=True)

    return handler


def _dot(t: Translation) -> str:
    """Sums of neighbouring products of two popped i8x16, as i16x8."""
    wide, a, b = widened(t, I8X16, 16, "sext")
    return pair_sums(t, t.ir.binary("mul", wide, a, b), 16, "i16")


def _dot_add(t: Translation, _: object, index: int) -> None:
    addend = pop_as(t, I32X4)
    wide = t.ir.cast("sext", "<8 x i16>", _dot(t), "<8 x i32>")
    sums = pair_sums(t, wide, 8, "i32")
    push_from(t, I32X4, t.ir.binary("add", I32X4.type, sums, addend))


def _floats(shape: Shape) -> dict[str, Handler]:
    handlers = {
        "relaxed_min": floats.HANDLERS[f"{shape.name}.min"],
        "relaxed_max": floats.HANDLERS[f"{shape.name}.max"],
        "relaxed_madd": _multiply_add(shape, negate=False),
        "relaxed_nmadd": _multiply_add(shape, negate=True),
    }
    return by_shape(shape, handlers)


def _truncations(sign: str) -> dict[str, Handler]:
    names = (f"trunc_f32x4_{sign}", f"trunc_f64x2_{sign}_zero")
    return {f"i32x4.relaxed_{name}": floats.HANDLERS[f"i32x4.{name.replace('trunc', 'trunc_sat')}"] for name in names}


HANDLERS: dict[str, Handler] = {
    **{name: handler for shape in FLOATS for name, handler in _floats(shape).items()},
    **{f"{shape.name}.relaxed_laneselect": bitwise.bitselect for shape in INTEGERS},
    **_truncations("s"),
    **_truncations("u"),
    "i8x16.relaxed_swizzle": lanes.HANDLERS["i8x16.swizzle"],
    "i16x8.relaxed_q15mulr_s": integers.HANDLERS["i16x8.q15mulr_sat_s"],
    "i16x8.relaxed_dot_i8x16_i7x16_s": lambda t, _, index: push_from(t, I16X8, _dot(t)),
    "i32x4.relaxed_dot_i8x16_i7x16_add_s": _dot_add,
}
