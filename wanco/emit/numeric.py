"""Numeric instructions (WebAssembly 2.0, section 4.3), as tables of IR templates.

Where LLVM and WebAssembly differ: shift counts are masked; integer division and the
trapping conversions are guarded; min, max, nearest and the saturating conversions use the
intrinsics that have WebAssembly's rules (llvm.minimum, llvm.roundeven, llvm.fptosi.sat).
"""

from __future__ import annotations

import struct

from wanco.abi.layout import Trap
from wanco.emit.function import FunctionEmitter, Handler
from wanco.emit.values import F32, F64, I32, I64, INTRINSIC_SUFFIX, IR_TYPE, f32_constant, f64_constant, is_integer_constant

BITS = (32, 64)
_NAMES = {"i32": I32, "i64": I64, "f32": F32, "f64": F64}

HANDLERS: dict[str, Handler] = {}


# ---- constants --------------------------------------------------------------------------


def _integer_constant(code: int) -> Handler:
    return lambda f, immediate, _: f.push(code, str(immediate))


HANDLERS["i32.const"] = _integer_constant(I32)
HANDLERS["i64.const"] = _integer_constant(I64)
HANDLERS["f32.const"] = lambda f, immediate, _: f.push(F32, f32_constant(immediate))
HANDLERS["f64.const"] = lambda f, immediate, _: f.push(F64, f64_constant(immediate))


# ---- simple templates -------------------------------------------------------------------


def _binary(code: int, template: str, raw: bool = False) -> Handler:
    push = FunctionEmitter.push_raw if raw else FunctionEmitter.push

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        push(f, code, f.assign(template.format(a=a, b=b)))

    return handler


def _unary(code: int, template: str, raw: bool = False) -> Handler:
    push = FunctionEmitter.push_raw if raw else FunctionEmitter.push

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        push(f, code, f.assign(template.format(a=f.pop())))

    return handler


def _square_root(code: int) -> Handler:
    """LLVM's code generator drops a select that replaces the NaN of a square root; a fence,
    which costs nothing, hides where the operand comes from."""
    kind, suffix = IR_TYPE[code], INTRINSIC_SUFFIX[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        root = f.assign(f"call {kind} @llvm.sqrt.{suffix}({kind} {f.pop()})")
        f.push_raw(code, f.assign(f"call {kind} @llvm.arithmetic.fence.{suffix}({kind} {root})"))

    return handler


for _name in ("i32", "i64"):
    _code, _t, _s = _NAMES[_name], _name, INTRINSIC_SUFFIX[_NAMES[_name]]
    for _op, _ir in (("mul", "mul"), ("or", "or"), ("xor", "xor")):
        HANDLERS[f"{_name}.{_op}"] = _binary(_code, f"{_ir} {_t} {{a}}, {{b}}")
    HANDLERS[f"{_name}.rotl"] = _binary(_code, f"call {_t} @llvm.fshl.{_s}({_t} {{a}}, {_t} {{a}}, {_t} {{b}})")
    HANDLERS[f"{_name}.rotr"] = _binary(_code, f"call {_t} @llvm.fshr.{_s}({_t} {{a}}, {_t} {{a}}, {_t} {{b}})")
    HANDLERS[f"{_name}.clz"] = _unary(_code, f"call {_t} @llvm.ctlz.{_s}({_t} {{a}}, i1 false)")
    HANDLERS[f"{_name}.ctz"] = _unary(_code, f"call {_t} @llvm.cttz.{_s}({_t} {{a}}, i1 false)")
    HANDLERS[f"{_name}.popcnt"] = _unary(_code, f"call {_t} @llvm.ctpop.{_s}({_t} {{a}})")

for _name in ("f32", "f64"):
    _code, _t, _s = _NAMES[_name], IR_TYPE[_NAMES[_name]], _name
    for _op in ("add", "sub", "mul", "div"):
        HANDLERS[f"{_name}.{_op}"] = _binary(_code, f"f{_op} {_t} {{a}}, {{b}}", raw=True)
    for _op, _ir in (("min", "minimum"), ("max", "maximum")):
        HANDLERS[f"{_name}.{_op}"] = _binary(_code, f"call {_t} @llvm.{_ir}.{_s}({_t} {{a}}, {_t} {{b}})", raw=True)
    HANDLERS[f"{_name}.sqrt"] = _square_root(_code)
    for _op, _ir in (("ceil", "ceil"), ("floor", "floor"), ("trunc", "trunc"), ("nearest", "roundeven")):
        HANDLERS[f"{_name}.{_op}"] = _unary(_code, f"call {_t} @llvm.{_ir}.{_s}({_t} {{a}})", raw=True)

HANDLERS["i32.wrap_i64"] = _unary(I32, "trunc i64 {a} to i32")
HANDLERS["i64.extend_i32_s"] = _unary(I64, "sext i32 {a} to i64")
HANDLERS["i64.extend_i32_u"] = _unary(I64, "zext i32 {a} to i64")
HANDLERS["f32.demote_f64"] = _unary(F32, "fptrunc double {a} to float", raw=True)
HANDLERS["f64.promote_f32"] = _unary(F64, "fpext float {a} to double", raw=True)
HANDLERS["f32.reinterpret_i32"] = _unary(F32, "bitcast i32 {a} to float")
HANDLERS["f64.reinterpret_i64"] = _unary(F64, "bitcast i64 {a} to double")

for _float in ("f32", "f64"):
    for _integer in ("i32", "i64"):
        for _sign in "su":
            _t, _i = IR_TYPE[_NAMES[_float]], _integer
            HANDLERS[f"{_integer}.trunc_sat_{_float}_{_sign}"] = _unary(
                _NAMES[_integer], f"call {_i} @llvm.fpto{_sign}i.sat.{_i}.{_float}({_t} {{a}})"
            )


# ---- integers ---------------------------------------------------------------------------


def _add(code: int, negate: bool) -> Handler:
    """Addition or subtraction; sums with a constant are remembered for counted loops."""
    kind, op = IR_TYPE[code], "sub" if negate else "add"

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        name = f.assign(f"{op} {kind} {a}, {b}")
        if is_integer_constant(b):
            f.increment[name] = (a, -int(b) if negate else int(b))
        elif is_integer_constant(a) and not negate:
            f.increment[name] = (b, int(a))
        f.push(code, name)

    return handler


def _and(code: int) -> Handler:
    """And; the constant of a mask is remembered: it bounds the result."""
    kind = IR_TYPE[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        name = f.assign(f"and {kind} {a}, {b}")
        for operand in (a, b):
            if is_integer_constant(operand) and int(operand) >= 0:
                f.masked[name] = int(operand)
        f.push(code, name)

    return handler


def _shift(code: int, op: str) -> Handler:
    kind, mask = IR_TYPE[code], BITS[code] - 1

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        count = str(int(b) & mask) if is_integer_constant(b) else f.assign(f"and {kind} {b}, {mask}")
        f.push(code, f.assign(f"{op} {kind} {a}, {count}"))

    return handler


def _extend(code: int, width: int) -> Handler:
    kind = IR_TYPE[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        narrow = f.assign(f"trunc {kind} {f.pop()} to i{width}")
        f.push(code, f.assign(f"sext i{width} {narrow} to {kind}"))

    return handler


def _divide(code: int, op: str) -> Handler:
    """Division and remainder: by zero traps; MIN / -1 overflows, MIN % -1 is zero."""
    kind, signed, remainder = IR_TYPE[code], op[0] == "s", op.endswith("rem")
    minimum = -(1 << (BITS[code] - 1))

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        literal = int(b) if is_integer_constant(b) else None
        if literal in (None, 0):
            f.trap_if(f.assign(f"icmp eq {kind} {b}, 0"), Trap.INTEGER_DIVIDE_BY_ZERO, index)
        if not signed or literal not in (None, -1):
            f.push(code, f.assign(f"{op} {kind} {a}, {b}"))
            return
        minus_one = f.assign(f"icmp eq {kind} {b}, -1")
        if remainder:
            safe = f.assign(f"select i1 {minus_one}, {kind} 1, {kind} {b}")
            f.push(code, f.assign(f"{op} {kind} {a}, {safe}"))
        else:
            at_minimum = f.assign(f"icmp eq {kind} {a}, {minimum}")
            f.trap_if(f.assign(f"and i1 {minus_one}, {at_minimum}"), Trap.INTEGER_OVERFLOW, index)
            f.push(code, f.assign(f"{op} {kind} {a}, {b}"))

    return handler


for _name in ("i32", "i64"):
    _code = _NAMES[_name]
    HANDLERS[f"{_name}.and"] = _and(_code)
    HANDLERS[f"{_name}.add"] = _add(_code, negate=False)
    HANDLERS[f"{_name}.sub"] = _add(_code, negate=True)
    for _op, _ir in (("shl", "shl"), ("shr_s", "ashr"), ("shr_u", "lshr")):
        HANDLERS[f"{_name}.{_op}"] = _shift(_code, _ir)
    for _op, _ir in (("div_s", "sdiv"), ("div_u", "udiv"), ("rem_s", "srem"), ("rem_u", "urem")):
        HANDLERS[f"{_name}.{_op}"] = _divide(_code, _ir)
    for _width in (8, 16, 32):
        if _width < BITS[_code]:
            HANDLERS[f"{_name}.extend{_width}_s"] = _extend(_code, _width)


# ---- comparisons ------------------------------------------------------------------------


def _compare_integers(code: int, predicate: str) -> Handler:
    kind = IR_TYPE[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        condition = f.assign(f"icmp {predicate} {kind} {a}, {b}")
        f.compare[condition] = (predicate, code, a, b)
        f.push_boolean(condition)

    return handler


def _compare_floats(code: int, predicate: str) -> Handler:
    kind = IR_TYPE[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        b, a = f.pop(), f.pop()
        f.push_boolean(f.assign(f"fcmp {predicate} {kind} {a}, {b}"))

    return handler


def _eqz(code: int) -> Handler:
    kind = IR_TYPE[code]

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        operand = f.pop()
        known = f.boolean.get(operand)
        f.push_boolean(f.assign(f"xor i1 {known}, true" if known else f"icmp eq {kind} {operand}, 0"))

    return handler


_INTEGER_PREDICATES = {
    "eq": "eq", "ne": "ne", "lt_s": "slt", "lt_u": "ult", "gt_s": "sgt", "gt_u": "ugt",
    "le_s": "sle", "le_u": "ule", "ge_s": "sge", "ge_u": "uge",
}  # fmt: skip
_FLOAT_PREDICATES = {"eq": "oeq", "ne": "une", "lt": "olt", "gt": "ogt", "le": "ole", "ge": "oge"}
for _name in ("i32", "i64"):
    HANDLERS[f"{_name}.eqz"] = _eqz(_NAMES[_name])
    for _op, _ir in _INTEGER_PREDICATES.items():
        HANDLERS[f"{_name}.{_op}"] = _compare_integers(_NAMES[_name], _ir)
for _name in ("f32", "f64"):
    for _op, _ir in _FLOAT_PREDICATES.items():
        HANDLERS[f"{_name}.{_op}"] = _compare_floats(_NAMES[_name], _ir)


# ---- floats whose bits are observed -----------------------------------------------------


def _sign_operation(code: int, template: str, operands: int) -> Handler:
    """neg, abs and copysign work on the bits: their operands are made exact."""

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        values = [f.exact(code, operand) for _, operand in f.pop_many(operands)]
        name = f.assign(template.format(*values))
        if values[0] in f.never_nan:
            f.never_nan.add(name)
            f.raw[name] = code
        f.push(code, name)

    return handler


for _name in ("f32", "f64"):
    _code, _t = _NAMES[_name], IR_TYPE[_NAMES[_name]]
    HANDLERS[f"{_name}.neg"] = _sign_operation(_code, f"fneg {_t} {{0}}", 1)
    HANDLERS[f"{_name}.abs"] = _sign_operation(_code, f"call {_t} @llvm.fabs.{_name}({_t} {{0}})", 1)
    HANDLERS[f"{_name}.copysign"] = _sign_operation(_code, f"call {_t} @llvm.copysign.{_name}({_t} {{0}}, {_t} {{1}})", 2)


def _reinterpret(code: int, result: int) -> Handler:
    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        operand = f.exact(code, f.pop())
        f.push(result, f.assign(f"bitcast {IR_TYPE[code]} {operand} to {IR_TYPE[result]}"))

    return handler


HANDLERS["i32.reinterpret_f32"] = _reinterpret(F32, I32)
HANDLERS["i64.reinterpret_f64"] = _reinterpret(F64, I64)


# ---- conversions ------------------------------------------------------------------------


def _convert(code: int, template: str) -> Handler:
    """Integer to float: never a NaN."""

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        name = f.assign(template.format(a=f.pop()))
        f.never_nan.add(name)
        f.push_raw(code, name)

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
    kind, bits = IR_TYPE[code], BITS[result]
    low_test, low = _lower_bound(code, bits, signed)
    low_text = _double_bits(low)
    high_text = _double_bits(float(1 << (bits - 1 if signed else bits)))
    op = "fptosi" if signed else "fptoui"

    def handler(f: FunctionEmitter, _: None, index: int) -> None:
        operand = f.pop()
        above = f.assign(f"fcmp {low_test} {kind} {operand}, {low_text}")
        below = f.assign(f"fcmp olt {kind} {operand}, {high_text}")
        inside = f.assign(f"and i1 {above}, {below}")
        outside = f.assign(f"xor i1 {inside}, true")
        nan, trap = f.value(), f.value()
        f.trap_if_text(
            outside,
            f"  {nan} = fcmp uno {kind} {operand}, {operand}\n"
            f"  {trap} = select i1 {nan}, i32 {int(Trap.INVALID_CONVERSION)}, i32 {int(Trap.INTEGER_OVERFLOW)}\n" + f.trap(trap, index),
        )
        f.push(result, f.assign(f"{op} {kind} {operand} to {IR_TYPE[result]}"))

    return handler


for _float in ("f32", "f64"):
    for _integer in ("i32", "i64"):
        for _sign in "su":
            _t = IR_TYPE[_NAMES[_float]]
            HANDLERS[f"{_float}.convert_{_integer}_{_sign}"] = _convert(_NAMES[_float], f"{_sign}itofp {_integer} {{a}} to {_t}")
            HANDLERS[f"{_integer}.trunc_{_float}_{_sign}"] = _trunc(_NAMES[_float], _NAMES[_integer], _sign == "s")
