"""A codegen unit's IR text, completed for one target; and how LLVM has to be called for it, whichever LLVM it is.

Operations that every target has but LLVM names differently are called by names that begin
with ``@wanco.``: a target's text has their definitions in place of the declarations.
"""

from __future__ import annotations

from typing import Literal

from wanco.targets import Target

Output = Literal["obj", "asm", "ll"]
"""What to make of a unit: an ELF object, assembly text, or the optimised IR."""

LLVM_OPTIONS = ("--use-registers-for-deopt-values", "--restrict-statepoint-remat", "--large-interval-freq-threshold=4096")
"""Options without which LLVM cannot compile, or not well, what Wanco records at safepoints.

* The first leaves recorded values in callee-saved registers; without it each is spilled around every call.
* Without the second the register allocator can fail.
* The third has the register coalescer go on where many values are one variable, as the locals of a merged
  function are; by default it tries 256 times. In a function with more safepoints than that the values were copied at each: code of
  2.5 times the size, at a third of the speed.
"""

VECTORISED_LEVEL = 2
"""The lowest optimisation level at which loops are vectorised."""

_POLL_CONVENTION = "preserve_mostcc"
"""That of polls in text which is the same for every target."""

_CF_PROTECTION = {
    "x86_64": ("cf-protection-branch", "cf-protection-return"),
    "aarch64": ("branch-target-enforcement", "sign-return-address"),
    "riscv64": (),
}
"""Module flags that ask for control-flow integrity, per instruction set."""

FIRST_FLAG = 100
"""Number of the first flag's metadata; what is emitted (`wanco.emit.ir.prelude`) has lower ones."""

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


def complete(ir: str, target: Target, *, cpu: str | None, cf_protection: bool) -> str:
    """The text for one target: its triple, definitions of our own operations, the convention of polls, flags for control-flow integrity."""
    ir = ir.replace(f" {_POLL_CONVENTION} ", f" {target.poll_convention(cpu)} ")
    for declaration, definitions in _DEFINITIONS.items():
        ir = ir.replace(declaration, definitions[target.name], 1)
    return f'target triple = "{target.triple}"\n{ir}' + (_flags(target) if cf_protection else "")


def _flags(target: Target) -> str:
    """Module flags that ask for control-flow integrity."""
    nodes = {f"!{FIRST_FLAG + i}": name for i, name in enumerate(_CF_PROTECTION[target.name])}
    if not nodes:
        return ""
    definitions = "".join(f'{node} = !{{i32 8, !"{name}", i32 1}}\n' for node, name in nodes.items())
    return f"\n!llvm.module.flags = !{{{', '.join(nodes)}}}\n" + definitions


def one_line(message: str) -> str:
    """LLVM's complaint about a unit in one line, without the excerpt of the source that follows it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    what = lines[0] if lines else "no message"
    if what.startswith("LLVM IR parsing error") and len(lines) > 1:
        what = lines[1]
    return f"LLVM refused the code: {what}"
