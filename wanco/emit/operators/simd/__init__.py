"""Vector instructions (WebAssembly 2.0, sections 4.3.5 and 4.4.3; relaxed ones in their
deterministic form, 3.0 appendix A.6), by families.

A v128 is `<2 x i64>` between instructions and is cast to its shape inside one; LLVM removes
the casts.  Float arithmetic leaves raw values, tagged with their lanes; everything that
looks at bits takes exact ones.
"""

from __future__ import annotations

from wanco.emit.operators.simd import bitwise, floats, integers, lanes, memory, relaxed, widths
from wanco.emit.operators.simd.shapes import FLOATS, INTEGERS
from wanco.emit.translation import Handler
from wanco.wasm.opcodes import BY_NAME

_FAMILIES = (bitwise, integers, widths, floats, lanes, memory, relaxed)

# The families have every operation for every shape; WebAssembly leaves some out.
HANDLERS: dict[str, Handler] = {name: handler for family in _FAMILIES for name, handler in family.HANDLERS.items() if name in BY_NAME}


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
