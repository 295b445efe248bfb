"""Shapes of vectors, their operands, and the usual forms of handlers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wanco.emit.ir.values import F32, F64, I32, I64, IR_TYPE, V128
from wanco.emit.operators.computations import Binary, Unary
from wanco.emit.translation import Handler, Translation

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


def wider(shape: Shape) -> Shape:
    """The shape with half as many lanes, twice as wide."""
    return INTEGERS[INTEGERS.index(shape) + 1]


def narrower(shape: Shape) -> Shape:
    """The shape with twice as many lanes, half as wide."""
    return INTEGERS[INTEGERS.index(shape) - 1]


# ---- operands ---------------------------------------------------------------------------


def cast(t: Translation, operand: str, shape: Shape) -> str:
    """A v128 operand in a shape."""
    return operand if shape.type == V else t.ir.cast("bitcast", V, operand, shape.type)


def pop_as(t: Translation, shape: Shape, exact: bool = True) -> str:
    """Pop a v128 and cast it; with its bits defined unless only its numbers matter.

    What is raw for other lanes is no numbers here, but bits.
    """
    operand = t.pop()
    if exact or t.nan.raw.get(operand) != shape.scalar:
        operand = t.nan.exact(V128, operand)
    return cast(t, operand, shape)


def push_from(t: Translation, shape: Shape, operand: str, raw: bool = False) -> None:
    """Push a value of a shape as a v128."""
    name = operand if shape.type == V else t.ir.cast("bitcast", shape.type, operand, V)
    if raw:
        t.nan.note(V128, name, shape.scalar)
    t.push(V128, name)


def repeated(count: int, lane: str, value: int) -> str:
    """A constant with equal lanes."""
    return f"<{', '.join([f'{lane} {value}'] * count)}>"


def shuffle(t: Translation, kind: str, a: str, b: str, lanes: Sequence[int]) -> str:
    """Lanes picked from two vectors of a type, numbered through."""
    mask = f"<{len(lanes)} x i32> <{', '.join(f'i32 {lane}' for lane in lanes)}>"
    return t.ir.assign(f"shufflevector {kind} {a}, {kind} {b}, {mask}", a, b)


def insert(t: Translation, shape: Shape, vector: str, scalar: str, lane: int) -> str:
    """A vector with a scalar of the lane's type in one of its lanes."""
    return t.ir.assign(f"insertelement {shape.type} {vector}, {shape.lane} {scalar}, i32 {lane}", vector, scalar)


def extract(t: Translation, shape: Shape, vector: str, lane: int) -> str:
    """One lane of a vector, of the lane's type."""
    return t.ir.assign(f"extractelement {shape.type} {vector}, i32 {lane}", vector)


def splat(t: Translation, shape: Shape, scalar: str) -> str:
    """All lanes from one scalar of the lane's type."""
    first = insert(t, shape, "poison", scalar, 0)
    text = f"shufflevector {shape.type} {first}, {shape.type} poison, <{shape.count} x i32> zeroinitializer"
    return t.ir.assign(text, first)


def narrow_scalar(t: Translation, shape: Shape, scalar: str) -> str:
    """An i32 from the operand stack as a lane."""
    return t.ir.cast("trunc", "i32", scalar, shape.lane) if shape.bits < 32 else scalar


# ---- handlers ---------------------------------------------------------------------------


def unary(shape: Shape, compute: Unary, exact: bool = True, raw: bool = False) -> Handler:
    """An operator on one vector."""
    return converting(shape, shape, compute, exact, raw)


def converting(source: Shape, result: Shape, compute: Unary, exact: bool = False, raw: bool = False) -> Handler:
    """An operator on one vector with a result of another shape."""

    def handler(t: Translation, _: object, index: int) -> None:
        push_from(t, result, compute(t.ir, pop_as(t, source, exact)), raw)

    return handler


def binary(shape: Shape, compute: Binary, exact: bool = True, raw: bool = False) -> Handler:
    """An operator on two vectors."""

    def handler(t: Translation, _: object, index: int) -> None:
        b, a = pop_as(t, shape, exact), pop_as(t, shape, exact)
        push_from(t, shape, compute(t.ir, a, b), raw)

    return handler


def comparison(shape: Shape, predicate: str) -> Handler:
    """A comparison of lanes, by LLVM's predicate; a lane of the result is all ones or zero."""
    result = _BITS_SHAPE.get(shape, shape)

    def handler(t: Translation, _: object, index: int) -> None:
        b, a = pop_as(t, shape, exact=False), pop_as(t, shape, exact=False)
        compare = t.ir.fcmp if shape in FLOATS else t.ir.icmp
        flags = compare(predicate, shape.type, a, b)
        push_from(t, result, t.ir.cast("sext", f"<{shape.count} x i1>", flags, result.type))

    return handler


def by_shape(shape: Shape, handlers: dict[str, Handler]) -> dict[str, Handler]:
    """Handlers of one shape's operators under the operators' full names."""
    return {f"{shape.name}.{op}": handler for op, handler in handlers.items()}
