"""Operations that every target has but LLVM names differently: their definitions per target.

The emitter calls them by names that begin with ``@wanco.``; code generation appends the
definitions of those that a unit declares.  They are inlined at every level.
"""

from __future__ import annotations

from wanco.targets import Target

_SWIZZLE = "define internal <16 x i8> @wanco.swizzle(<16 x i8> %a, <16 x i8> %s) alwaysinline nounwind {\n"

# pshufb gives zero where an index has its high bit set, and else looks at four bits.
_SWIZZLE_X86_64 = (
    "declare <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8>, <16 x i8>)\n"
    + _SWIZZLE
    + f"  %x = call <16 x i8> @llvm.uadd.sat.v16i8(<16 x i8> %s, <16 x i8> <{', '.join(['i8 112'] * 16)}>)\n"
    "  %r = call <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8> %a, <16 x i8> %x)\n"
    "  ret <16 x i8> %r\n}\n"
)
_SWIZZLE_AARCH64 = (
    "declare <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8>, <16 x i8>)\n"
    + _SWIZZLE
    + "  %r = call <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8> %a, <16 x i8> %s)\n  ret <16 x i8> %r\n}\n"
)


def _swizzle_by_lanes() -> str:
    """Through memory, lane by lane: 16 zero bytes follow the 16 that are picked from."""
    lines = [
        _SWIZZLE + "  %m = alloca [32 x i8], align 16",
        "  store <16 x i8> %a, ptr %m, align 16",
        "  %z = getelementptr i8, ptr %m, i64 16",
        "  store <16 x i8> zeroinitializer, ptr %z, align 16",
        f"  %i = call <16 x i8> @llvm.umin.v16i8(<16 x i8> %s, <16 x i8> <{', '.join(['i8 16'] * 16)}>)",
    ]
    vector = "poison"
    for lane in range(16):
        lines += [
            f"  %i{lane} = extractelement <16 x i8> %i, i32 {lane}",
            f"  %w{lane} = zext i8 %i{lane} to i64",
            f"  %p{lane} = getelementptr i8, ptr %m, i64 %w{lane}",
            f"  %l{lane} = load i8, ptr %p{lane}",
            f"  %v{lane} = insertelement <16 x i8> {vector}, i8 %l{lane}, i32 {lane}",
        ]
        vector = f"%v{lane}"
    return "\n".join(lines) + f"\n  ret <16 x i8> {vector}\n}}\n"


_DEFINITIONS: dict[str, dict[str, str]] = {
    "declare <16 x i8> @wanco.swizzle(<16 x i8>, <16 x i8>)\n": {
        "x86_64": _SWIZZLE_X86_64,
        "aarch64": _SWIZZLE_AARCH64,
        "riscv64": _swizzle_by_lanes(),
    },
}
"""By the declaration in the emitter's text, then by target."""


def define(ir: str, target: Target) -> str:
    """IR text with the declarations of our own intrinsics replaced by their definitions."""
    for declaration, definitions in _DEFINITIONS.items():
        ir = ir.replace(declaration, definitions[target.name], 1)
    return ir
