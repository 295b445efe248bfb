"""IR to objects, assembly and optimised IR; targets and CPUs; refusals are one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codegen.conftest import CompileIr
from wanco.codegen import clang
from wanco.codegen.llvmlite import check_cpu
from wanco.codegen.target_ir import FIRST_FLAG
from wanco.emit.ir.prelude import Metadata
from wanco.errors import CompileError, InstallError, UsageError
from wanco.objects.elf import Object
from wanco.targets import TARGETS, Target, is_native, native, parse_target

ADD = """
define internal i32 @inner(i32 %x) alwaysinline { %y = mul i32 %x, 3 ret i32 %y }
define i32 @outer(i32 %x) nounwind uwtable section "wanco_text" { %y = call i32 @inner(i32 %x) ret i32 %y }
"""
SUM = """
define i32 @sum(ptr %p, i64 %n) nounwind {
entry: br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %s = phi i32 [ 0, %entry ], [ %t, %loop ]
  %q = getelementptr i32, ptr %p, i64 %i
  %v = load i32, ptr %q, align 4
  %t = add i32 %s, %v
  %j = add i64 %i, 1
  %end = icmp eq i64 %j, %n
  br i1 %end, label %out, label %loop
out: ret i32 %t
}
"""


@pytest.mark.parametrize("opt", range(4))
def test_object(target: Target, opt: int, compile_ir: CompileIr) -> None:
    obj = Object(compile_ir(ADD, target, opt=opt))
    assert obj.machine == target.elf_machine
    called = {"inner"} if opt == 0 and compile_ir is clang.compile_ir else set()
    assert {s.name for s in obj.symbols if s.type == 2} == {"outer"} | called, "what must be inlined is"


def test_assembly_and_ir(target: Target, compile_ir: CompileIr) -> None:
    assert b".section\twanco_text" in compile_ir(ADD, target, emit="asm")
    text = compile_ir(ADD, target, emit="ll")
    assert f'target triple = "{target.triple}"'.encode() in text and b"call" not in text


def test_loops_are_vectorised_from_level_2_on(compile_ir: CompileIr) -> None:
    for isa in ("x86_64", "aarch64"):
        assert b"x i32>" in compile_ir(SUM, TARGETS[isa], opt=2, emit="ll")
        assert b"x i32>" not in compile_ir(SUM, TARGETS[isa], opt=1, emit="ll")


def test_objects_are_the_same_every_time(target: Target, compile_ir: CompileIr) -> None:
    assert compile_ir(SUM, target) == compile_ir(SUM, target)


def test_cf_protection_marks_objects(compile_ir: CompileIr) -> None:
    for isa, mark in (("x86_64", b"endbr64"), ("aarch64", b"hint\t#34")):
        ir = ADD + "@p = global ptr @outer\n!0 = !{i32 1}\n"
        assert mark in compile_ir(ir, TARGETS[isa], emit="asm", cf_protection=True)
        assert mark not in compile_ir(ir, TARGETS[isa], emit="asm")


@pytest.mark.parametrize("ir", ["garbage", "define i32 @f() { ret i64 0 }", "define void @f() { %x = add i32 %x, 1 ret void }"])
def test_refused_ir_is_one_line(ir: str, compile_ir: CompileIr) -> None:
    with pytest.raises(CompileError, match=r"^LLVM refused the code: .") as error:
        compile_ir(ir, native())
    assert "\n" not in str(error.value)


def test_cpu(compile_ir: CompileIr) -> None:
    check_cpu(TARGETS["x86_64"], "x86-64-v3")
    check_cpu(TARGETS["riscv64"], "sifive-u74")
    assert b"ymm" in compile_ir(SUM, TARGETS["x86_64"], cpu="x86-64-v3", emit="asm")


@pytest.mark.parametrize(("isa", "cpu"), [("x86_64", "nonesuch"), ("x86_64", "i386"), ("riscv64", "generic-rv32"), ("aarch64", "skylake")])
def test_unfit_cpu(isa: str, cpu: str) -> None:
    with pytest.raises(UsageError, match=f"CPU '{cpu}' is unknown or cannot run {isa} code"):
        check_cpu(TARGETS[isa], cpu)


def test_native_cpu() -> None:
    check_cpu(native(), "native")
    foreign = next(t for t in TARGETS.values() if not is_native(t))
    with pytest.raises(UsageError, match="--cpu native: this machine is"):
        check_cpu(foreign, "native")


def test_target_names() -> None:
    assert parse_target("aarch64") is TARGETS["aarch64"]
    assert parse_target("native") is native()
    with pytest.raises(UsageError, match="unknown target 'arm': choose from x86_64, aarch64, riscv64, native"):
        parse_target("arm")


def test_clang_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clang, "zig", lambda: None)
    with pytest.raises(InstallError, match=r"^no clang: install the Python package ziglang .*, or compile with --backend llvmlite$"):
        clang.compile_ir(ADD, native())


def test_clang_dies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dying = tmp_path / "zig"
    dying.write_text("#!/bin/sh\necho Stack dump: >&2\nkill -SEGV $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(clang, "zig", lambda: dying)
    with pytest.raises(CompileError, match=r"^the code generator ended with signal SIGSEGV: Stack dump:$"):
        clang.compile_ir(ADD, native())


def test_flags_have_metadata_of_their_own() -> None:
    assert all(int(metadata.removeprefix("!")) < FIRST_FLAG for metadata in Metadata)
