"""Numeric instructions (WebAssembly 2.0, section 4.3), as tables of what each computes.

Where LLVM and WebAssembly differ: shift counts are masked; integer division and the
trapping conversions are guarded; min, max, nearest and the saturating conversions use the
intrinsics that have WebAssembly's rules (llvm.minimum, llvm.roundeven, llvm.fptosi.sat).
"""

from __future__ import annotations

import struct

from wanco.abi.layout import Trap
from wanco.emit.ir.values import F32, F64, I32, I64, INTRINSIC_SUFFIX, IR_TYPE, f32_constant, f64_constant, is_integer_constant
from wanco.emit.operators.computations import (
    FLOAT_PREDICATES,
    INTEGER_PREDICATES,
    ROUNDINGS,
    SHIFTS,
    Binary,
    Unary,
    conversion,
    instruction,
    intrinsic,
    negation,
    of_one,
    of_two,
    rounding,
    saturation,
    square_root,
)
from wanco.emit.translation import Handler, Translation
from wanco.emit.traps import cold_path, trap, trap_if

BITS = (32, 64)
"""Width of each integer type, by value code."""

_INTEGERS = (I32, I64)
_FLOATS = (F32, F64)
_NAME = INTRINSIC_SUFFIX
"""What operators call the type of each value code."""


# ---- operands and results -----------------------------------------------------------------


def _binary(code: int, compute: Binary, raw: bool = False) -> Handler:
    push = Translation.push_raw if raw else Translation.push

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        push(t, code, compute(t.ir, a, b))

    return handler


def _unary(code: int, compute: Unary, raw: bool = False) -> Handler:
    push = Translation.push_raw if raw else Translation.push

    def handler(t: Translation, _: None, index: int) -> None:
        push(t, code, compute(t.ir, t.pop()))

    return handler


def _cast(op: str, source: int, result: int, raw: bool = False) -> Handler:
    return _unary(result, conversion(op, IR_TYPE[source], IR_TYPE[result]), raw)


# ---- integers ---------------------------------------------------------------------------


def _add(code: int, negate: bool) -> Handler:
    """Addition or subtraction; sums with a constant are remembered for counted loops."""
    kind, op = IR_TYPE[code], "sub" if negate else "add"

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        name = t.ir.binary(op, kind, a, b)
        if is_integer_constant(b):
            t.known.increment[name] = (a, -int(b) if negate else int(b))
        elif is_integer_constant(a) and not negate:
            t.known.increment[name] = (b, int(a))
        t.push(code, name)

    return handler


def _and(code: int) -> Handler:
    """And; the constant of a mask is remembered: it bounds the result."""
    kind = IR_TYPE[code]

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        name = t.ir.binary("and", kind, a, b)
        for operand in (a, b):
            if is_integer_constant(operand) and int(operand) >= 0:
                t.known.masked[name] = int(operand)
        t.push(code, name)

    return handler


def _shift(code: int, op: str) -> Handler:
    kind, mask = IR_TYPE[code], BITS[code] - 1

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        count = str(int(b) & mask) if is_integer_constant(b) else t.ir.binary("and", kind, b, str(mask))
        t.push(code, t.ir.binary(op, kind, a, count))

    return handler


def _rotate(code: int, name: str) -> Handler:
    """A funnel shift of a value and itself."""
    return _binary(code, lambda ir, a, b: intrinsic(ir, name, IR_TYPE[code], _NAME[code], a, a, b))


def _extend(code: int, width: int) -> Handler:
    kind = IR_TYPE[code]

    def handler(t: Translation, _: None, index: int) -> None:
        narrow = t.ir.cast("trunc", kind, t.pop(), f"i{width}")
        t.push(code, t.ir.cast("sext", f"i{width}", narrow, kind))

    return handler


def _divide(code: int, op: str) -> Handler:
    """Division and remainder: by zero traps; MIN / -1 overflows, MIN % -1 is zero."""
    kind, signed, remainder = IR_TYPE[code], op[0] == "s", op.endswith("rem")
    minimum = -(1 << (BITS[code] - 1))

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        literal = int(b) if is_integer_constant(b) else None
        if literal in (None, 0):
            trap_if(t, t.ir.icmp("eq", kind, b, "0"), Trap.INTEGER_DIVIDE_BY_ZERO, index)
        if not signed or literal not in (None, -1):
            t.push(code, t.ir.binary(op, kind, a, b))
            return
        minus_one = t.ir.icmp("eq", kind, b, "-1")
        if remainder:
            b = t.ir.select(minus_one, kind, "1", b)
        else:
            at_minimum = t.ir.icmp("eq", kind, a, str(minimum))
            trap_if(t, t.ir.binary("and", "i1", minus_one, at_minimum), Trap.INTEGER_OVERFLOW, index)
        t.push(code, t.ir.binary(op, kind, a, b))

    return handler


def _compare_integers(code: int, predicate: str) -> Handler:
    kind = IR_TYPE[code]

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        condition = t.ir.icmp(predicate, kind, a, b)
        t.known.compare[condition] = (predicate, code, a, b)
        t.push_boolean(condition)

    return handler


def _eqz(code: int) -> Handler:
    kind = IR_TYPE[code]

    def handler(t: Translation, _: None, index: int) -> None:
        operand = t.pop()
        known = t.known.boolean.get(operand)
        t.push_boolean(t.ir.binary("xor", "i1", known, "true") if known else t.ir.icmp("eq", kind, operand, "0"))

    return handler


def _integers(code: int) -> dict[str, Handler]:
    """Operators on integers of one type."""
    kind, name = IR_TYPE[code], _NAME[code]
    return {
        "const": lambda t, immediate, _: t.push(code, str(immediate)),
        "add": _add(code, negate=False),
        "sub": _add(code, negate=True),
        "mul": _binary(code, instruction("mul", kind)),
        "div_s": _divide(code, "sdiv"),
        "div_u": _divide(code, "udiv"),
        "rem_s": _divide(code, "srem"),
        "rem_u": _divide(code, "urem"),
        "and": _and(code),
        "or": _binary(code, instruction("or", kind)),
        "xor": _binary(code, instruction("xor", kind)),
        "rotl": _rotate(code, "fshl"),
        "rotr": _rotate(code, "fshr"),
        "clz": _unary(code, of_one("ctlz", kind, name, "false")),
        "ctz": _unary(code, of_one("cttz", kind, name, "false")),
        "popcnt": _unary(code, of_one("ctpop", kind, name)),
        "eqz": _eqz(code),
        **{op: _shift(code, ir) for op, ir in SHIFTS.items()},
        **{op: _compare_integers(code, predicate) for op, predicate in INTEGER_PREDICATES.items()},
        **{f"extend{width}_s": _extend(code, width) for width in (8, 16, 32) if width < BITS[code]},
    }


# ---- floats -----------------------------------------------------------------------------


def _compare_floats(code: int, predicate: str) -> Handler:
    kind = IR_TYPE[code]

    def handler(t: Translation, _: None, index: int) -> None:
        b, a = t.pop(), t.pop()
        t.push_boolean(t.ir.fcmp(predicate, kind, a, b))

    return handler


def _keep_number(t: Translation, code: int, operand: str, name: str) -> None:
    """Push a value that is a NaN only where ``operand`` is one."""
    if operand in t.nan.never:
        t.nan.never.add(name)
        t.nan.note(code, name, code)
    t.push(code, name)


def _sign_operation(code: int, compute: Unary) -> Handler:
    """neg and abs work on the bits: their operand is made exact."""

    def handler(t: Translation, _: None, index: int) -> None:
        operand = t.nan.exact(code, t.pop())
        _keep_number(t, code, operand, compute(t.ir, operand))

    return handler


def _copysign(code: int) -> Handler:
    """Works on the bits, too."""

    def handler(t: Translation, _: None, index: int) -> None:
        number, sign = (t.nan.exact(code, operand) for _, operand in t.pop_many(2))
        _keep_number(t, code, number, intrinsic(t.ir, "copysign", IR_TYPE[code], _NAME[code], number, sign))

    return handler


def _floats(code: int) -> dict[str, Handler]:
    """Operators on floats of one type."""
    kind, name = IR_TYPE[code], _NAME[code]
    return {
        **{op: _binary(code, instruction(f"f{op}", kind), raw=True) for op in ("add", "sub", "mul", "div")},
        **{op: _binary(code, of_two(f"{op}imum", kind, name), raw=True) for op in ("min", "max")},
        "sqrt": _unary(code, square_root(kind, name), raw=True),
        **{op: _unary(code, rounding(ir, kind, name), raw=True) for op, ir in ROUNDINGS.items()},
        **{op: _compare_floats(code, predicate) for op, predicate in FLOAT_PREDICATES.items()},
        "neg": _sign_operation(code, negation(kind)),
        "abs": _sign_operation(code, of_one("fabs", kind, name)),
        "copysign": _copysign(code),
    }


# ---- conversions ------------------------------------------------------------------------


def _reinterpret(code: int, result: int) -> Handler:
    """The bits of a float are observed."""

    def handler(t: Translation, _: None, index: int) -> None:
        operand = t.nan.exact(code, t.pop())
        t.push(result, t.ir.cast("bitcast", IR_TYPE[code], operand, IR_TYPE[result]))

    return handler


def _convert(source: int, code: int, sign: str) -> Handler:
    """Integer to float: never a NaN."""

    def handler(t: Translation, _: None, index: int) -> None:
        name = t.ir.cast(f"{sign}itofp", IR_TYPE[source], t.pop(), IR_TYPE[code])
        t.nan.never.add(name)
        t.push_raw(code, name)

    return handler


def _double_bits(value: float) -> str:
    return f64_constant(int.from_bytes(struct.pack("<d", value), "little"))


def _lower_bound(code: int, bits: int, signed: bool) -> tuple[str, float]:
    """Comparison and bound that tell which floats are not too small for an integer type."""
    if not signed:
        return "ogt", -1.0
    minimum = -float(1 << (bits - 1))
    mantissa = 24 if code == F32 else 53
    # Where the minimum has a predecessor less than one below, everything above MIN - 1 fits.
    return ("oge", minimum) if bits > mantissa else ("ogt", minimum - 1.0)


def _trunc(code: int, result: int, signed: bool) -> Handler:
    """Float to integer: traps where the integer does not fit."""
    kind, bits = IR_TYPE[code], BITS[result]
    low_test, low = _lower_bound(code, bits, signed)
    low_text = _double_bits(low)
    high_text = _double_bits(float(1 << (bits - 1 if signed else bits)))
    op = "fptosi" if signed else "fptoui"

    def handler(t: Translation, _: None, index: int) -> None:
        operand = t.pop()
        above = t.ir.fcmp(low_test, kind, operand, low_text)
        below = t.ir.fcmp("olt", kind, operand, high_text)
        inside = t.ir.binary("and", "i1", above, below)
        with cold_path(t, t.ir.binary("xor", "i1", inside, "true")):
            nan = t.ir.fcmp("uno", kind, operand, operand)
            reason = t.ir.select(nan, "i32", str(int(Trap.INVALID_CONVERSION)), str(int(Trap.INTEGER_OVERFLOW)))
            trap(t, reason, index)
        t.push(result, t.ir.cast(op, kind, operand, IR_TYPE[result]))

    return handler


def _between(real: int, whole: int, sign: str) -> dict[str, Handler]:
    """Conversions between a float type and an integer type, ``sign`` s or u."""
    saturate = saturation(sign, IR_TYPE[real], _NAME[real], IR_TYPE[whole], _NAME[whole])
    return {
        f"{_NAME[real]}.convert_{_NAME[whole]}_{sign}": _convert(whole, real, sign),
        f"{_NAME[whole]}.trunc_{_NAME[real]}_{sign}": _trunc(real, whole, sign == "s"),
        f"{_NAME[whole]}.trunc_sat_{_NAME[real]}_{sign}": _unary(whole, saturate),
    }


HANDLERS: dict[str, Handler] = {
    **{f"{_NAME[code]}.{op}": handler for code in _INTEGERS for op, handler in _integers(code).items()},
    **{f"{_NAME[code]}.{op}": handler for code in _FLOATS for op, handler in _floats(code).items()},
    "f32.const": lambda t, immediate, _: t.push(F32, f32_constant(immediate)),
    "f64.const": lambda t, immediate, _: t.push(F64, f64_constant(immediate)),
    "i32.wrap_i64": _cast("trunc", I64, I32),
    "i64.extend_i32_s": _cast("sext", I32, I64),
    "i64.extend_i32_u": _cast("zext", I32, I64),
    "f32.demote_f64": _cast("fptrunc", F64, F32, raw=True),
    "f64.promote_f32": _cast("fpext", F32, F64, raw=True),
    "f32.reinterpret_i32": _cast("bitcast", I32, F32),
    "f64.reinterpret_i64": _cast("bitcast", I64, F64),
    "i32.reinterpret_f32": _reinterpret(F32, I32),
    "i64.reinterpret_f64": _reinterpret(F64, I64),
    **{name: handler for real in _FLOATS for whole in _INTEGERS for sign in "su" for name, handler in _between(real, whole, sign).items()},
}
