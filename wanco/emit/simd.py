"""Vector instructions (WebAssembly 2.0, sections 4.3.5 and 4.4.3; relaxed ones in their
deterministic form, 3.0 appendix A.6), as tables of IR templates.

A v128 is `<2 x i64>` between instructions and is cast to its shape inside one; LLVM removes
the casts.  Float arithmetic leaves raw values, tagged with their lanes; everything that
looks at bits takes exact ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wanco.emit.function import FunctionEmitter, Handler
from wanco.emit.memory import address, load
from wanco.emit.traps import MEMORY_TAG
from wanco.emit.values import F32, F64, I32, I64, IR_TYPE, V128, v128_constant

HANDLERS: dict[str, Handler] = {}

V = IR_TYPE[V128]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a v128 is divided: ``count`` lanes of LLVM type ``lane``, ``bits`` wide."""

    name: str
    count: int
    lane: str
    bits: int
    scalar: int
    """Value code of a lane on the operand stack."""

    @property
    def type(self) -> str:
        return f"<{self.count} x {self.lane}>"

    @property
    def suffix(self) -> str:
        """The shape in names of LLVM intrinsics."""
        return f"v{self.count}{'f' if self.lane in ('float', 'double') else 'i'}{self.bits}"


I8X16 = Shape("i8x16", 16, "i8", 8, I32)
I16X8 = Shape("i16x8", 8, "i16", 16, I32)
I32X4 = Shape("i32x4", 4, "i32", 32, I32)
I64X2 = Shape("i64x2", 2, "i64", 64, I64)
F32X4 = Shape("f32x4", 4, "float", 32, F32)
F64X2 = Shape("f64x2", 2, "double", 64, F64)
INTEGERS = (I8X16, I16X8, I32X4, I64X2)
FLOATS = (F32X4, F64X2)
_BITS_SHAPE = {F32X4: I32X4, F64X2: I64X2}


# ---- operands ---------------------------------------------------------------------------


def cast(f: FunctionEmitter, operand: str, shape: Shape) -> str:
    """A v128 operand in a shape."""
    return operand if shape.type == V else f.assign(f"bitcast {V} {operand} to {shape.type}")


def pop_as(f: FunctionEmitter, shape: Shape, exact: bool = True) -> str:
    """Pop a v128 and cast it; with its bits defined unless only its numbers matter.

    What is raw for other lanes is no numbers here, but bits.
    """
    operand = f.pop()
    if exact or f.raw.get(operand) != shape.scalar:
        operand = f.exact(V128, operand)
    return cast(f, operand, shape)


def push_from(f: FunctionEmitter, shape: Shape, operand: str, raw: bool = False) -> None:
    """Push a value of a shape as a v128."""
    name = operand if shape.type == V else f.assign(f"bitcast {shape.type} {operand} to {V}")
    if raw:
        f.raw[name] = shape.scalar
    f.push(V128, name)


def splat_constant(shape: Shape, value: int) -> str:
    """A constant with equal lanes."""
    return f"<{', '.join([f'{shape.lane} {value}'] * shape.count)}>"


def mask(lanes: list[int]) -> str:
    """A shuffle mask."""
    return f"<{len(lanes)} x i32> <{', '.join(f'i32 {lane}' for lane in lanes)}>"


def splat(f: FunctionEmitter, shape: Shape, scalar: str) -> str:
    """All lanes from one scalar of the lane's type."""
    first = f.assign(f"insertelement {shape.type} poison, {shape.lane} {scalar}, i32 0")
    return f.assign(f"shufflevector {shape.type} {first}, {shape.type} poison, <{shape.count} x i32> zeroinitializer")


def narrow_scalar(f: FunctionEmitter, shape: Shape, scalar: str) -> str:
    """An i32 from the operand stack as a lane."""
    return f.assign(f"trunc i32 {scalar} to {shape.lane}") if shape.bits < 32 else scalar


# ---- templates --------------------------------------------------------------------------


def _unary(shape: Shape, template: str, exact: bool = True, raw: bool = False) -> Handler:
    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        push_from(f, shape, f.assign(template.format(a=pop_as(f, shape, exact))), raw)

    return handler


def _binary(shape: Shape, template: str, exact: bool = True, raw: bool = False) -> Handler:
    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        b, a = pop_as(f, shape, exact), pop_as(f, shape, exact)
        push_from(f, shape, f.assign(template.format(a=a, b=b)), raw)

    return handler


def _compare(shape: Shape, test: str) -> Handler:
    result = _BITS_SHAPE.get(shape, shape)

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        b, a = pop_as(f, shape, exact=False), pop_as(f, shape, exact=False)
        flags = f.assign(f"{test} {shape.type} {a}, {b}")
        push_from(f, result, f.assign(f"sext <{shape.count} x i1> {flags} to {result.type}"))

    return handler


def _square_root(shape: Shape) -> Handler:
    """With a fence, as for scalars."""
    kind, suffix = shape.type, shape.suffix

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        root = f.assign(f"call {kind} @llvm.sqrt.{suffix}({kind} {pop_as(f, shape, exact=False)})")
        push_from(f, shape, f.assign(f"call {kind} @llvm.arithmetic.fence.{suffix}({kind} {root})"), raw=True)

    return handler


_INTEGER_TESTS = {"eq": "eq", "ne": "ne", "lt_s": "slt", "lt_u": "ult", "gt_s": "sgt", "gt_u": "ugt",
                  "le_s": "sle", "le_u": "ule", "ge_s": "sge", "ge_u": "uge"}  # fmt: skip
_FLOAT_TESTS = {"eq": "oeq", "ne": "une", "lt": "olt", "gt": "ogt", "le": "ole", "ge": "oge"}

for _shape in INTEGERS:
    _n, _t, _s = _shape.name, _shape.type, _shape.suffix
    for _op in ("add", "sub", "mul"):
        HANDLERS[f"{_n}.{_op}"] = _binary(_shape, f"{_op} {_t} {{a}}, {{b}}")
    HANDLERS[f"{_n}.neg"] = _unary(_shape, f"sub {_t} zeroinitializer, {{a}}")
    HANDLERS[f"{_n}.abs"] = _unary(_shape, f"call {_t} @llvm.abs.{_s}({_t} {{a}}, i1 false)")
    for _op in ("min_s", "min_u", "max_s", "max_u"):
        HANDLERS[f"{_n}.{_op}"] = _binary(_shape, f"call {_t} @llvm.{_op[-1]}{_op[:3]}.{_s}({_t} {{a}}, {_t} {{b}})")
    for _op in ("add_sat_s", "add_sat_u", "sub_sat_s", "sub_sat_u"):
        HANDLERS[f"{_n}.{_op}"] = _binary(_shape, f"call {_t} @llvm.{_op[-1]}{_op[:3]}.sat.{_s}({_t} {{a}}, {_t} {{b}})")
    for _op, _ir in _INTEGER_TESTS.items():
        HANDLERS[f"{_n}.{_op}"] = _compare(_shape, f"icmp {_ir}")
HANDLERS["i8x16.popcnt"] = _unary(I8X16, "call <16 x i8> @llvm.ctpop.v16i8(<16 x i8> {a})")

for _shape in FLOATS:
    _n, _t, _s = _shape.name, _shape.type, _shape.suffix
    for _op in ("add", "sub", "mul", "div"):
        HANDLERS[f"{_n}.{_op}"] = _binary(_shape, f"f{_op} {_t} {{a}}, {{b}}", exact=False, raw=True)
    for _op in ("min", "max"):
        for _name in (_op, f"relaxed_{_op}"):
            _template = f"call {_t} @llvm.{_op}imum.{_s}({_t} {{a}}, {_t} {{b}})"
            HANDLERS[f"{_n}.{_name}"] = _binary(_shape, _template, exact=False, raw=True)
    HANDLERS[f"{_n}.sqrt"] = _square_root(_shape)
    for _op, _ir in (("ceil", "ceil"), ("floor", "floor"), ("trunc", "trunc"), ("nearest", "roundeven")):
        HANDLERS[f"{_n}.{_op}"] = _unary(_shape, f"call {_t} @llvm.{_ir}.{_s}({_t} {{a}})", exact=False, raw=True)
    HANDLERS[f"{_n}.neg"] = _unary(_shape, f"fneg {_t} {{a}}")
    HANDLERS[f"{_n}.abs"] = _unary(_shape, f"call {_t} @llvm.fabs.{_s}({_t} {{a}})")
    for _op, _ir in _FLOAT_TESTS.items():
        HANDLERS[f"{_n}.{_op}"] = _compare(_shape, f"fcmp {_ir}")


def _pseudo_minimum(shape: Shape, test: str) -> Handler:
    """pmin(a, b) is b < a ? b : a, pmax(a, b) is a < b ? b : a; the result is one operand's bits."""

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        b, a = pop_as(f, shape), pop_as(f, shape)
        flags = f.assign(f"fcmp {test} {shape.type} {b}, {a}")
        push_from(f, shape, f.assign(f"select <{shape.count} x i1> {flags}, {shape.type} {b}, {shape.type} {a}"))

    return handler


def _multiply_add(shape: Shape, negate: bool) -> Handler:
    """relaxed_madd and relaxed_nmadd; the deterministic form rounds twice."""
    kind = shape.type

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        c, b, a = (pop_as(f, shape, exact=False) for _ in range(3))
        product = f.assign(f"fmul {kind} {a}, {b}")
        op = f"fsub {kind} {c}, {product}" if negate else f"fadd {kind} {product}, {c}"
        push_from(f, shape, f.assign(op), raw=True)

    return handler


for _shape in FLOATS:
    HANDLERS[f"{_shape.name}.pmin"] = _pseudo_minimum(_shape, "olt")
    HANDLERS[f"{_shape.name}.pmax"] = _pseudo_minimum(_shape, "ogt")
    HANDLERS[f"{_shape.name}.relaxed_madd"] = _multiply_add(_shape, negate=False)
    HANDLERS[f"{_shape.name}.relaxed_nmadd"] = _multiply_add(_shape, negate=True)


# ---- bitwise ----------------------------------------------------------------------------

_ONES = "<i64 -1, i64 -1>"
HANDLERS["v128.not"] = _unary(I64X2, f"xor {V} {{a}}, {_ONES}")
for _op in ("and", "or", "xor"):
    HANDLERS[f"v128.{_op}"] = _binary(I64X2, f"{_op} {V} {{a}}, {{b}}")


def _andnot(f: FunctionEmitter, _: object, index: int) -> None:
    b, a = pop_as(f, I64X2), pop_as(f, I64X2)
    inverse = f.assign(f"xor {V} {b}, {_ONES}")
    f.push(V128, f.assign(f"and {V} {a}, {inverse}"))


def _bitselect(f: FunctionEmitter, _: object, index: int) -> None:
    c, b, a = (pop_as(f, I64X2) for _ in range(3))
    first, inverse = f.assign(f"and {V} {a}, {c}"), f.assign(f"xor {V} {c}, {_ONES}")
    second = f.assign(f"and {V} {b}, {inverse}")
    f.push(V128, f.assign(f"or {V} {first}, {second}"))


HANDLERS["v128.andnot"] = _andnot
HANDLERS["v128.bitselect"] = _bitselect
for _shape in INTEGERS:
    HANDLERS[f"{_shape.name}.relaxed_laneselect"] = _bitselect


def _any_true(f: FunctionEmitter, _: object, index: int) -> None:
    whole = f.assign(f"bitcast {V} {f.exact(V128, f.pop())} to i128")
    f.push_boolean(f.assign(f"icmp ne i128 {whole}, 0"))


def _lane_flags(f: FunctionEmitter, shape: Shape, test: str) -> str:
    """One bit a lane, lane 0 lowest, as an integer."""
    flags = f.assign(f"icmp {test} {shape.type} {pop_as(f, shape)}, zeroinitializer")
    return f.assign(f"bitcast <{shape.count} x i1> {flags} to i{shape.count}")


def _all_true(shape: Shape) -> Handler:
    return lambda f, _, index: f.push_boolean(f.assign(f"icmp eq i{shape.count} {_lane_flags(f, shape, 'ne')}, -1"))


def _bitmask(shape: Shape) -> Handler:
    return lambda f, _, index: f.push(I32, f.assign(f"zext i{shape.count} {_lane_flags(f, shape, 'slt')} to i32"))


HANDLERS["v128.any_true"] = _any_true


def _shift(shape: Shape, op: str) -> Handler:
    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        count = f.assign(f"and i32 {f.pop()}, {shape.bits - 1}")
        if shape.bits == 64:
            count = f.assign(f"zext i32 {count} to i64")
        counts = splat(f, shape, narrow_scalar(f, shape, count))
        push_from(f, shape, f.assign(f"{op} {shape.type} {pop_as(f, shape)}, {counts}"))

    return handler


for _shape in INTEGERS:
    HANDLERS[f"{_shape.name}.all_true"] = _all_true(_shape)
    HANDLERS[f"{_shape.name}.bitmask"] = _bitmask(_shape)
    for _op, _ir in (("shl", "shl"), ("shr_s", "ashr"), ("shr_u", "lshr")):
        HANDLERS[f"{_shape.name}.{_op}"] = _shift(_shape, _ir)


# ---- widening and narrowing -------------------------------------------------------------


def _half(shape: Shape) -> Shape:
    """The shape with half as many lanes, twice as wide."""
    return INTEGERS[INTEGERS.index(shape) + 1]


def _part(f: FunctionEmitter, shape: Shape, operand: str, lanes: list[int], extend: str) -> str:
    """Some lanes of an operand, extended to twice their width."""
    picked = f.assign(f"shufflevector {shape.type} {operand}, {shape.type} poison, {mask(lanes)}")
    return f.assign(f"{extend} <{len(lanes)} x {shape.lane}> {picked} to {_half(shape).type}")


def _extend(shape: Shape, lanes: list[int], extend: str) -> Handler:
    return lambda f, _, index: push_from(f, _half(shape), _part(f, shape, pop_as(f, shape), lanes, extend))


def _extend_multiply(shape: Shape, lanes: list[int], extend: str) -> Handler:
    wide = _half(shape)

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        b, a = pop_as(f, shape), pop_as(f, shape)
        left, right = (_part(f, shape, operand, lanes, extend) for operand in (a, b))
        push_from(f, wide, f.assign(f"mul {wide.type} {left}, {right}"))

    return handler


def _extend_pairs(shape: Shape, extend: str) -> Handler:
    wide = _half(shape)

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        operand = pop_as(f, shape)
        even, odd = (_part(f, shape, operand, list(range(k, shape.count, 2)), extend) for k in (0, 1))
        push_from(f, wide, f.assign(f"add {wide.type} {even}, {odd}"))

    return handler


for _shape in (I8X16, I16X8, I32X4):
    _wide = _half(_shape).name
    for _sign, _ir in (("s", "sext"), ("u", "zext")):
        for _part_name, _lanes in (("low", list(range(_shape.count // 2))), ("high", list(range(_shape.count // 2, _shape.count)))):
            HANDLERS[f"{_wide}.extend_{_part_name}_{_shape.name}_{_sign}"] = _extend(_shape, _lanes, _ir)
            HANDLERS[f"{_wide}.extmul_{_part_name}_{_shape.name}_{_sign}"] = _extend_multiply(_shape, _lanes, _ir)
        if _shape is not I32X4:
            HANDLERS[f"{_wide}.extadd_pairwise_{_shape.name}_{_sign}"] = _extend_pairs(_shape, _ir)


def _narrow(shape: Shape, low: int, high: int) -> Handler:
    """Saturate the (signed) lanes of two vectors and join them, half as wide."""
    narrow = INTEGERS[INTEGERS.index(shape) - 1]
    part = f"<{shape.count} x {narrow.lane}>"

    def clamp(f: FunctionEmitter, operand: str) -> str:
        above = f.assign(f"call {shape.type} @llvm.smax.{shape.suffix}({shape.type} {operand}, {shape.type} {splat_constant(shape, low)})")
        inside = f.assign(f"call {shape.type} @llvm.smin.{shape.suffix}({shape.type} {above}, {shape.type} {splat_constant(shape, high)})")
        return f.assign(f"trunc {shape.type} {inside} to {part}")

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        b, a = pop_as(f, shape), pop_as(f, shape)
        left, right = clamp(f, a), clamp(f, b)
        push_from(f, narrow, f.assign(f"shufflevector {part} {left}, {part} {right}, {mask(list(range(narrow.count)))}"))

    return handler


for _shape, _name in ((I16X8, "i8x16"), (I32X4, "i16x8")):
    _bits = _shape.bits // 2
    HANDLERS[f"{_name}.narrow_{_shape.name}_s"] = _narrow(_shape, -(1 << (_bits - 1)), (1 << (_bits - 1)) - 1)
    HANDLERS[f"{_name}.narrow_{_shape.name}_u"] = _narrow(_shape, 0, (1 << _bits) - 1)


def _widened(f: FunctionEmitter, shape: Shape, bits: int, extend: str) -> tuple[str, str, str]:
    """Two popped operands with all lanes widened, and their type."""
    wide = f"<{shape.count} x i{bits}>"
    b, a = pop_as(f, shape), pop_as(f, shape)
    return wide, *(f.assign(f"{extend} {shape.type} {operand} to {wide}") for operand in (a, b))  # type: ignore[return-value]


def _wide_constant(count: int, bits: int, value: int) -> str:
    return f"<{', '.join([f'i{bits} {value}'] * count)}>"


def _average(shape: Shape) -> Handler:
    bits = 2 * shape.bits

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        wide, a, b = _widened(f, shape, bits, "zext")
        total = f.assign(f"add {wide} {a}, {b}")
        rounded = f.assign(f"add {wide} {total}, {_wide_constant(shape.count, bits, 1)}")
        halved = f.assign(f"lshr {wide} {rounded}, {_wide_constant(shape.count, bits, 1)}")
        push_from(f, shape, f.assign(f"trunc {wide} {halved} to {shape.type}"))

    return handler


HANDLERS["i8x16.avgr_u"] = _average(I8X16)
HANDLERS["i16x8.avgr_u"] = _average(I16X8)


def _q15_multiply(f: FunctionEmitter, _: object, index: int) -> None:
    wide, a, b = _widened(f, I16X8, 32, "sext")
    product = f.assign(f"mul {wide} {a}, {b}")
    rounded = f.assign(f"add {wide} {product}, {_wide_constant(8, 32, 0x4000)}")
    shifted = f.assign(f"ashr {wide} {rounded}, {_wide_constant(8, 32, 15)}")
    saturated = f.assign(f"call {wide} @llvm.smin.v8i32({wide} {shifted}, {wide} {_wide_constant(8, 32, 0x7FFF)})")
    push_from(f, I16X8, f.assign(f"trunc {wide} {saturated} to {I16X8.type}"))


HANDLERS["i16x8.q15mulr_sat_s"] = HANDLERS["i16x8.relaxed_q15mulr_s"] = _q15_multiply


def _pair_sums(f: FunctionEmitter, operand: str, count: int, lane: str) -> str:
    """Sums of neighbouring lanes of a vector of ``count`` lanes."""
    kind, half = f"<{count} x {lane}>", f"<{count // 2} x {lane}>"
    even, odd = (f.assign(f"shufflevector {kind} {operand}, {kind} poison, {mask(list(range(k, count, 2)))}") for k in (0, 1))
    return f.assign(f"add {half} {even}, {odd}")


def _dot_i16(f: FunctionEmitter, _: object, index: int) -> None:
    wide, a, b = _widened(f, I16X8, 32, "sext")
    push_from(f, I32X4, _pair_sums(f, f.assign(f"mul {wide} {a}, {b}"), 8, "i32"))


def _dot_i8(f: FunctionEmitter) -> str:
    wide, a, b = _widened(f, I8X16, 16, "sext")
    return _pair_sums(f, f.assign(f"mul {wide} {a}, {b}"), 16, "i16")


def _relaxed_dot_add(f: FunctionEmitter, _: object, index: int) -> None:
    addend = pop_as(f, I32X4)
    wide = f.assign(f"sext <8 x i16> {_dot_i8(f)} to <8 x i32>")
    sums = _pair_sums(f, wide, 8, "i32")
    push_from(f, I32X4, f.assign(f"add <4 x i32> {sums}, {addend}"))


HANDLERS["i32x4.dot_i16x8_s"] = _dot_i16
HANDLERS["i16x8.relaxed_dot_i8x16_i7x16_s"] = lambda f, _, index: push_from(f, I16X8, _dot_i8(f))
HANDLERS["i32x4.relaxed_dot_i8x16_i7x16_add_s"] = _relaxed_dot_add


# ---- lanes ------------------------------------------------------------------------------


def _const(f: FunctionEmitter, data: bytes, index: int) -> None:
    f.push(V128, v128_constant(int.from_bytes(data, "little")))


def _shuffle(f: FunctionEmitter, lanes: bytes, index: int) -> None:
    b, a = pop_as(f, I8X16), pop_as(f, I8X16)
    push_from(f, I8X16, f.assign(f"shufflevector <16 x i8> {a}, <16 x i8> {b}, {mask(list(lanes))}"))


def _swizzle(f: FunctionEmitter, _: object, index: int) -> None:
    # Each target has an instruction for it, which LLVM knows by different names only.
    b, a = pop_as(f, I8X16), pop_as(f, I8X16)
    push_from(f, I8X16, f.assign(f"call <16 x i8> @wanco.swizzle(<16 x i8> {a}, <16 x i8> {b})"))


HANDLERS["v128.const"] = _const
HANDLERS["i8x16.shuffle"] = _shuffle
HANDLERS["i8x16.swizzle"] = HANDLERS["i8x16.relaxed_swizzle"] = _swizzle


def _splat(shape: Shape) -> Handler:
    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        operand = f.pop()
        lanes = f.lanes(operand)
        push_from(f, shape, splat(f, shape, narrow_scalar(f, shape, operand)), raw=shape in FLOATS and lanes is not None)

    return handler


def _extract(shape: Shape, extend: str) -> Handler:
    def handler(f: FunctionEmitter, lane: int, index: int) -> None:
        name = f.assign(f"extractelement {shape.type} {pop_as(f, shape)}, i32 {lane}")
        f.push(shape.scalar, f.assign(f"{extend} {shape.lane} {name} to i32") if extend else name)

    return handler


def _replace(shape: Shape) -> Handler:
    def handler(f: FunctionEmitter, lane: int, index: int) -> None:
        scalar = narrow_scalar(f, shape, f.exact(shape.scalar, f.pop()))
        push_from(f, shape, f.assign(f"insertelement {shape.type} {pop_as(f, shape)}, {shape.lane} {scalar}, i32 {lane}"))

    return handler


for _shape in INTEGERS + FLOATS:
    HANDLERS[f"{_shape.name}.splat"] = _splat(_shape)
    HANDLERS[f"{_shape.name}.replace_lane"] = _replace(_shape)
    if _shape.bits < 32:
        HANDLERS[f"{_shape.name}.extract_lane_s"] = _extract(_shape, "sext")
        HANDLERS[f"{_shape.name}.extract_lane_u"] = _extract(_shape, "zext")
    else:
        HANDLERS[f"{_shape.name}.extract_lane"] = _extract(_shape, "")


# ---- conversions ------------------------------------------------------------------------


def _convert(source: Shape, result: Shape, template: str, raw: bool = False) -> Handler:
    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        push_from(f, result, f.assign(template.format(a=pop_as(f, source, exact=False))), raw)

    return handler


def _convert_low(source: Shape, op: str, raw: bool) -> Handler:
    """The low two lanes, as f64x2."""
    pair = f"<2 x {source.lane}>"

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        operand = pop_as(f, source, exact=False)
        low = f.assign(f"shufflevector {source.type} {operand}, {source.type} poison, {mask([0, 1])}")
        push_from(f, F64X2, f.assign(f"{op} {pair} {low} to <2 x double>"), raw)

    return handler


def _convert_to_low(result: Shape, template: str, raw: bool = False) -> Handler:
    """f64x2 to two lanes, the other two zero."""
    pair = f"<2 x {result.lane}>"

    def handler(f: FunctionEmitter, _: object, index: int) -> None:
        low = f.assign(template.format(a=pop_as(f, F64X2, exact=False)))
        push_from(f, result, f.assign(f"shufflevector {pair} {low}, {pair} zeroinitializer, {mask([0, 1, 2, 3])}"), raw)

    return handler


for _sign in "su":
    for _name in (f"i32x4.trunc_sat_f32x4_{_sign}", f"i32x4.relaxed_trunc_f32x4_{_sign}"):
        HANDLERS[_name] = _convert(F32X4, I32X4, f"call <4 x i32> @llvm.fpto{_sign}i.sat.v4i32.v4f32(<4 x float> {{a}})")
    for _name in (f"i32x4.trunc_sat_f64x2_{_sign}_zero", f"i32x4.relaxed_trunc_f64x2_{_sign}_zero"):
        HANDLERS[_name] = _convert_to_low(I32X4, f"call <2 x i32> @llvm.fpto{_sign}i.sat.v2i32.v2f64(<2 x double> {{a}})")
    HANDLERS[f"f32x4.convert_i32x4_{_sign}"] = _convert(I32X4, F32X4, f"{_sign}itofp <4 x i32> {{a}} to <4 x float>")
    HANDLERS[f"f64x2.convert_low_i32x4_{_sign}"] = _convert_low(I32X4, f"{_sign}itofp", raw=False)
HANDLERS["f64x2.promote_low_f32x4"] = _convert_low(F32X4, "fpext", raw=True)
HANDLERS["f32x4.demote_f64x2_zero"] = _convert_to_low(F32X4, "fptrunc <2 x double> {a} to <2 x float>", raw=True)


# ---- memory -----------------------------------------------------------------------------

Immediate = tuple[int, ...]


def _load(kind: str, build: Callable[[FunctionEmitter, str], None]) -> Handler:
    """A load whose address is on the stack; ``build`` pushes the value made of what is loaded."""
    return lambda f, immediate, index: build(f, load(f, kind, address(f, f.pop(), immediate[2], immediate[0])))


def _load_extended(shape: Shape, extend: str) -> Handler:
    narrow, wide = f"<{shape.count // 2} x {shape.lane}>", _half(shape)
    return _load(narrow, lambda f, name: push_from(f, wide, f.assign(f"{extend} {narrow} {name} to {wide.type}")))


def _load_splat(shape: Shape) -> Handler:
    return _load(shape.lane, lambda f, name: push_from(f, shape, splat(f, shape, name)))


def _load_zero(shape: Shape) -> Handler:
    insert = f"insertelement {shape.type} zeroinitializer, {shape.lane}"
    return _load(shape.lane, lambda f, name: push_from(f, shape, f.assign(f"{insert} {name}, i32 0")))


def _load_lane(shape: Shape) -> Handler:
    def handler(f: FunctionEmitter, immediate: Immediate, index: int) -> None:
        vector = pop_as(f, shape)
        name = load(f, shape.lane, address(f, f.pop(), immediate[2], immediate[0]))
        push_from(f, shape, f.assign(f"insertelement {shape.type} {vector}, {shape.lane} {name}, i32 {immediate[3]}"))

    return handler


def _store_lane(shape: Shape) -> Handler:
    def handler(f: FunctionEmitter, immediate: Immediate, index: int) -> None:
        lane = f.assign(f"extractelement {shape.type} {pop_as(f, shape)}, i32 {immediate[3]}")
        place = address(f, f.pop(), immediate[2], immediate[0])
        f.line(f"  store {shape.lane} {lane}, ptr {place}, align 1{MEMORY_TAG}")

    return handler


def _store(f: FunctionEmitter, immediate: Immediate, index: int) -> None:
    operand = f.exact(V128, f.pop())
    place = address(f, f.pop(), immediate[2], immediate[0])
    f.line(f"  store {V} {operand}, ptr {place}, align 1{MEMORY_TAG}")


HANDLERS["v128.load"] = _load(V, lambda f, name: f.push(V128, name))
HANDLERS["v128.store"] = _store
for _shape in INTEGERS:
    HANDLERS[f"v128.load{_shape.bits}_splat"] = _load_splat(_shape)
    HANDLERS[f"v128.load{_shape.bits}_lane"] = _load_lane(_shape)
    HANDLERS[f"v128.store{_shape.bits}_lane"] = _store_lane(_shape)
    if _shape.bits >= 32:
        HANDLERS[f"v128.load{_shape.bits}_zero"] = _load_zero(_shape)
    if _shape is not I64X2:
        for _sign, _ir in (("s", "sext"), ("u", "zext")):
            HANDLERS[f"v128.load{_shape.bits}x{_shape.count // 2}_{_sign}"] = _load_extended(_shape, _ir)


# ---- declarations -----------------------------------------------------------------------


def declarations() -> list[str]:
    """The LLVM intrinsics that vector code calls."""
    lines = ["declare <16 x i8> @wanco.swizzle(<16 x i8>, <16 x i8>)", "declare <16 x i8> @llvm.ctpop.v16i8(<16 x i8>)"]
    for kind, suffix in [(s.type, s.suffix) for s in INTEGERS] + [("<8 x i32>", "v8i32")]:
        lines.append(f"declare {kind} @llvm.abs.{suffix}({kind}, i1)")
        names = ("smin", "smax", "umin", "umax", "sadd.sat", "uadd.sat", "ssub.sat", "usub.sat")
        lines += [f"declare {kind} @llvm.{name}.{suffix}({kind}, {kind})" for name in names]
    for shape in FLOATS:
        kind, suffix = shape.type, shape.suffix
        lines += [
            f"declare {kind} @llvm.{name}.{suffix}({kind})"
            for name in ("sqrt", "ceil", "floor", "trunc", "roundeven", "fabs", "arithmetic.fence")
        ]
        lines += [f"declare {kind} @llvm.{name}.{suffix}({kind}, {kind})" for name in ("minimum", "maximum")]
    for sign in "su":
        lines.append(f"declare <4 x i32> @llvm.fpto{sign}i.sat.v4i32.v4f32(<4 x float>)")
        lines.append(f"declare <2 x i32> @llvm.fpto{sign}i.sat.v2i32.v2f64(<2 x double>)")
    return lines
