"""Values that are in vector registers at a poll: its slow path preserves those registers, and snapshots have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_wanco import CrossIsa
from tests.cross_isa.harness import Program, available_isas, reference
from wanco.codegen.llvmlite import compile_ir
from wanco.emit import EmitOptions, emit_module
from wanco.objects.elf import Object
from wanco.objects.stackmap import Kind, read_stackmaps
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.targets import TARGETS, is_native
from wanco.wasm.decode import decode
from wanco.wasm.validate import validate

DOUBLES, FLOATS, VECTORS = 6, 3, 5


def _text() -> str:
    """A loop in which more values change than there are preserved registers on any instruction set; then they are written out."""
    kinds = (("d", "f64", DOUBLES), ("f", "f32", FLOATS), ("v", "v128", VECTORS))
    locals_ = "".join(f"(local ${kind}{n} {type_})" for kind, type_, count in kinds for n in range(count))
    start, step, end = [], [], []
    for n in range(DOUBLES):
        start.append(f"(local.set $d{n} (f64.const {n}.5))")
        step.append(f"(local.set $d{n} (f64.add (f64.mul (local.get $d{n}) (f64.const 0.75)) (local.get $d{(n + 1) % DOUBLES})))")
        end.append(f"(f64.store offset={64 + 8 * n} (i32.const 0) (local.get $d{n}))")
    for n in range(FLOATS):
        start.append(f"(local.set $f{n} (f32.const {n}.25))")
        step.append(f"(local.set $f{n} (f32.sub (f32.const 3) (f32.div (local.get $f{n}) (local.get $f{(n + 1) % FLOATS}))))")
        end.append(f"(f32.store offset={128 + 4 * n} (i32.const 0) (local.get $f{n}))")
    for n in range(VECTORS):
        start.append(f"(local.set $v{n} (v128.const i32x4 {n} {n + 7} {n + 77} {n + 777}))")
        step.append(f"(local.set $v{n} (i32x4.add (i32x4.shl (local.get $v{n}) (i32.const 3)) (local.get $v{(n + 1) % VECTORS})))")
        end.append(f"(v128.store offset={192 + 16 * n} (i32.const 0) (local.get $v{n}))")
    return f"""(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\\40\\00\\00\\00\\00\\01\\00\\00")
      (func (export "_start") (local $i i32) {locals_}
        {" ".join(start)}
        (loop $l {" ".join(step)} (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))
        {" ".join(end)}
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program.of_text(_text(), tmp_path, poll_interval=1)


@pytest.mark.parametrize(
    ("isa", "cpu", "expected"), [("x86_64", None, True), ("x86_64", "x86-64-v3", False), ("aarch64", None, True), ("riscv64", None, False)]
)
def test_polls_record_vector_registers(isa: str, cpu: str | None, expected: bool, program: Program) -> None:
    """Without which the other tests show nothing; never where the registers are wider than what the runtime saves."""
    module = decode(program.module)
    validate(module)
    (unit,) = emit_module(module, EmitOptions(poll_interval=1)).units
    target = TARGETS[isa]
    elf = Object(compile_ir(unit.ir, target, opt=2, cpu=cpu))
    section = elf.section(".llvm_stackmaps")
    assert section is not None
    polls = [record for record in read_stackmaps(elf.content(section), elf.relocations(section)) if record.is_poll]
    registers = {value.register for record in polls for value in record.values if value.kind == Kind.REGISTER}
    assert any(register >= target.first_vector for register in registers) is expected


@pytest.mark.parametrize("level", [1, 3])
@pytest.mark.parametrize("isa", available_isas())
def test_the_slow_path_preserves_them(isa: str, level: int, program: Program, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    done = program.executable(isa, level).run((), RunOptions(trace_polls=trace))
    assert (done.stdout, done.stderr) == (reference(program.module, tmp_path), b"")
    assert trace.stat().st_size > 0, "each poll takes the slow path"


@pytest.mark.skipif(not is_native(TARGETS["x86_64"]), reason="for x86-64")
def test_wider_registers_are_not_relied_on(program: Program, tmp_path: Path) -> None:
    options = CompileOptions(optimize=3, poll_interval=1, cpu="native", jobs=1)
    (artifact,) = compile_module(program.module, [TARGETS["x86_64"]], options)
    artifact.write(tmp_path / "native")
    done = Executable.open(tmp_path / "native").run((), RunOptions(trace_polls=tmp_path / "trace"))
    assert (done.stdout, done.stderr) == (reference(program.module, tmp_path), b"")


def test_snapshots_have_them(wanco_cross_isa: CrossIsa, tmp_path: Path) -> None:
    source = tmp_path / "program.wat"
    source.write_text(_text())
    for level in (1, 3):
        wanco_cross_isa(source, opt_level=level, poll_interval=1, points="every:50", mode="lockstep").assert_identical()
