"""What every codegen unit begins with, and the names of the attribute groups and the metadata that it defines.

A member of `Attributes`, `Tag` or `Metadata` is a string: what stands in the text of a function, an
instruction or another definition. Its definition stands beside it, and the prelude's text is made from these tables.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Self

from wanco.abi.runtime import FUNCTIONS, POLL, TRAP, VARIABLES


class _Defined(enum.StrEnum):
    """Numbered things of a unit: a member is the reference to one, with the definition that the prelude has."""

    definition: str

    def __new__(cls, reference: str, definition: str) -> Self:
        member = str.__new__(cls, reference)
        member._value_ = reference
        member.definition = definition
        return member


class Attributes(_Defined):
    """Attribute groups: behind the parameters of a function, and what LLVM is told of it by that."""

    WASM = "#0", "nounwind uwtable"
    """Functions of the module, and what is emitted around them."""
    POLL = "#2", "cold nounwind memory(read)"
    """The slow path of a poll: it reads memory, as the snapshot's writer does, but never writes it."""
    TRAP = "#3", "cold noreturn nounwind"
    """What raises a trap."""
    RUNTIME = "#4", "nounwind"
    """Other functions of the runtime, and host functions."""
    HANDING_OVER = "#5", "noinline nounwind uwtable"
    """Functions that jump to one that may poll: inlined, the jump would become a call without a record."""
    MERGED = "#6", "noimplicitfloat noinline nounwind uwtable"
    """Merged functions are not inlined, because all their entries would be; and nothing of
    them is vectorised: LLVM would try all phis, in half of its time."""


class Metadata(_Defined):
    """Numbered metadata that instructions or other metadata refer to."""

    UNLIKELY = "!0", '!{!"branch_weights", i32 1, i32 1048575}'
    MEMORY = "!1", "!{!11, !11, i64 0}"
    GLOBAL = "!2", "!{!12, !12, i64 0}"
    TABLE = "!3", "!{!13, !13, i64 0}"
    POLL_FLAG = "!4", "!{!14, !14, i64 0}"
    NOTHING = "!5", "!{}"
    FRAME = "!6", "!{!15, !15, i64 0}"
    TAIL_ARGUMENTS = "!7", "!{!16, !16, i64 0}"
    ROOT = "!10", '!{!"wanco"}'
    MEMORY_TYPE = "!11", '!{!"linear memory", !10, i64 0}'
    GLOBAL_TYPE = "!12", '!{!"global", !10, i64 0}'
    TABLE_TYPE = "!13", '!{!"table", !10, i64 0}'
    POLL_FLAG_TYPE = "!14", '!{!"poll flag", !10, i64 0}'
    FRAME_TYPE = "!15", '!{!"frame", !10, i64 0}'
    TAIL_ARGUMENTS_TYPE = "!16", '!{!"tail call arguments", !10, i64 0}'


class Tag(enum.StrEnum):
    """What is said of one instruction, behind its operands.

    Accesses with different ``!tbaa`` tags never meet.
    """

    UNLIKELY = f", !prof {Metadata.UNLIKELY}"
    """Of a conditional branch: its first target is hardly ever gone to."""
    MEMORY = f", !tbaa {Metadata.MEMORY}"
    """Of every access of a linear memory."""
    GLOBAL = f", !tbaa {Metadata.GLOBAL}"
    """Of every access of a global."""
    TABLE = f", !tbaa {Metadata.TABLE}"
    """Of every access of a table, of the sizes of memories and tables, and of the tables of functions."""
    POLL_FLAG = f", !tbaa {Metadata.POLL_FLAG}"
    """Of the load of ``wanco_poll_flag``."""
    FRAME = f", !tbaa {Metadata.FRAME}"
    """Of every access of a frame's slots."""
    TAIL_ARGUMENTS = f", !tbaa {Metadata.TAIL_ARGUMENTS}"
    """Of the accesses of ``wanco_tail_arguments``."""
    INVARIANT = f", !invariant.load {Metadata.NOTHING}"
    """Of a load of what never changes."""


def _intrinsics() -> Iterator[str]:
    yield "declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)"
    yield "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
    yield "declare ptr @llvm.ptrmask.p0.i64(ptr, i64)"
    yield "declare ptr @llvm.ptr.annotation.p0.p0(ptr, ptr, ptr, i32, ptr)"
    for kind, suffix in (("i32", "i32"), ("i64", "i64")):
        yield from (f"declare {kind} @llvm.{name}.{suffix}({kind}, i1)" for name in ("ctlz", "cttz"))
        yield f"declare {kind} @llvm.ctpop.{suffix}({kind})"
        yield from (f"declare {kind} @llvm.{name}.{suffix}({kind}, {kind}, {kind})" for name in ("fshl", "fshr"))
        for float_, float_suffix in (("float", "f32"), ("double", "f64")):
            yield from (f"declare {kind} @llvm.fpto{sign}i.sat.{suffix}.{float_suffix}({float_})" for sign in "su")
    for kind, suffix in (("float", "f32"), ("double", "f64")):
        for name in ("sqrt", "ceil", "floor", "trunc", "roundeven", "fabs", "arithmetic.fence"):
            yield f"declare {kind} @llvm.{name}.{suffix}({kind})"
        for name in ("minimum", "maximum", "copysign"):
            yield f"declare {kind} @llvm.{name}.{suffix}({kind}, {kind})"


def _runtime() -> Iterator[str]:
    yield from (variable.ir() for variable in VARIABLES)
    groups = {POLL: Attributes.POLL, TRAP: Attributes.TRAP}
    yield from (f"{function.ir()} {groups.get(function, Attributes.RUNTIME)}" for function in FUNCTIONS)


def _text() -> Iterator[str]:
    yield from _runtime()
    yield from _intrinsics()
    yield from (f"attributes {group} = {{ {group.definition} }}" for group in Attributes)
    yield from (f"{metadata} = {metadata.definition}" for metadata in Metadata)


PRELUDE = "\n".join(_text()) + "\n"
"""What every unit begins with."""
