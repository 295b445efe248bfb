"""The pipeline as a library: artifacts, statistics, progress, errors."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.pipeline import slow
from wanco import pipeline
from wanco.codegen.backend import cpu_limit
from wanco.emit import EmitOptions, EmittedModule, emit_module
from wanco.errors import CompileError, UsageError, ValidationError
from wanco.options import BACKENDS, Backend, CompileOptions, Emit
from wanco.pipeline import compile_module
from wanco.targets import TARGETS
from wanco.wasm.module import Module
from wanco.wasm.text import read_module

X86, ARM, RISCV = (TARGETS[name] for name in ("x86_64", "aarch64", "riscv64"))

_PACIASP = re.compile(rb"\bpaciasp\b|\bhint\s+#25\b")
"""The second is its spelling for processors that need not know it."""

LOOPS = read_module(
    b"""(module
      (memory 1)
      (func $sum (param i32) (result i32) (local i32)
        (loop $again
          (local.set 1 (i32.add (local.get 1) (i32.load (i32.shl (local.get 0) (i32.const 2)))))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
      (func (export "_start") (drop (call $sum (i32.const 100)))))"""
)


def test_artifacts_are_in_the_order_of_the_targets() -> None:
    seen: list[tuple[str, int, int]] = []
    artifacts = compile_module(LOOPS, [RISCV, X86], CompileOptions(optimize=1), lambda *report: seen.append(report))
    assert [a.target for a in artifacts] == [RISCV, X86]
    assert [int.from_bytes(a.data[18:20], "little") for a in artifacts] == [243, 62]
    assert all(a.executable for a in artifacts)
    assert seen[0] == ("front end", 0, 1)
    assert ("code", 2, 2) in seen and seen[-1] == ("link", 2, 2)


def test_statistics() -> None:
    (artifact,) = compile_module(LOOPS, [ARM], CompileOptions(optimize=1))
    assert artifact.front_end.module_size == len(LOOPS)
    assert set(artifact.front_end.seconds) == {"decode", "validate", "emit"}
    assert set(artifact.stats.seconds) == {"optimise and generate", "tables", "link"}
    sizes = artifact.stats.sizes
    assert sizes["file"] == len(artifact.data) > sizes["text"] + sizes["resume text"]
    assert sizes["text"] > 0 and sizes["resume text"] > 0 and sizes["safepoints"] > 0


def test_ir_is_one_artifact_for_all_targets() -> None:
    (artifact,) = compile_module(LOOPS, [X86, ARM], CompileOptions(emit="ll"))
    assert artifact.target is None
    assert b"@wf0(" in artifact.data and b"target triple" not in artifact.data


def test_assembly_is_of_the_target() -> None:
    artifacts = compile_module(LOOPS, [X86, ARM, RISCV], CompileOptions(emit="asm", optimize=1))
    ends = [rb"\bretq\b", rb"\bret\b", rb"\bret\b"]
    assert all(re.search(end, a.data) for end, a in zip(ends, artifacts, strict=True))
    assert _PACIASP.search(artifacts[1].data)  # signed return addresses are the default


def test_control_flow_protection_can_be_left_out() -> None:
    (artifact,) = compile_module(LOOPS, [ARM], CompileOptions(emit="asm", cf_protection=False))
    assert not _PACIASP.search(artifact.data) and b"BTI" not in artifact.data


def test_the_poll_interval_is_part_of_the_identity_of_snapshots() -> None:
    first, second = (compile_module(LOOPS, [X86], CompileOptions(optimize=0, poll_interval=n))[0].data for n in (1, 2))
    assert first != second


@pytest.mark.parametrize("options", [{"optimize": 4}, {"poll_interval": 0}, {"jobs": 0}, {"cpu_limit": 0}, {"emit": "wasm"}])
def test_options_are_checked(options: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        CompileOptions(**options)  # type: ignore[arg-type]


def test_no_target() -> None:
    with pytest.raises(UsageError, match="no target"):
        compile_module(LOOPS, [])


def test_errors_of_the_front_end_end_the_workers_too() -> None:
    bad = LOOPS.replace(b"\x20\x01\x0b", b"\x20\x09\x0b")
    with pytest.raises(ValidationError, match="unknown local"):
        compile_module(bad, [X86, ARM])


def test_errors_of_code_generation_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(module: Module, options: EmitOptions) -> EmittedModule:
        emitted = emit_module(module, options)
        emitted.units[0] = dataclasses.replace(emitted.units[0], ir=emitted.units[0].ir + "define nonsense")
        return emitted

    monkeypatch.setattr(pipeline, "emit_module", broken)
    with pytest.raises(CompileError, match="LLVM refused the code"):
        compile_module(LOOPS, [X86])


def test_written_files_are_complete_and_executable(tmp_path: Path) -> None:
    (artifact,) = compile_module(LOOPS, [X86], CompileOptions(optimize=0))
    artifact.write(tmp_path / "app")
    assert (tmp_path / "app").read_bytes() == artifact.data
    assert (tmp_path / "app").stat().st_mode & 0o111


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("emit", "optimize"), [("exe", 0), ("asm", 2)])
def test_code_generation_has_a_limit(backend: Backend, emit: Emit, optimize: int) -> None:
    if backend == "clang":
        pytest.importorskip("ziglang")
    options = CompileOptions(optimize=optimize, backend=backend, emit=emit, cpu_limit=1)
    with pytest.raises(CompileError) as error:
        compile_module(slow.slow_module(), [slow.TARGET], options)
    assert str(error.value) == (
        "function 0 for riscv64: the code generator did not come to an end within 1 seconds of CPU time: "
        "try another optimisation level (-O)"
    )


def test_the_limit_grows_with_the_unit() -> None:
    options = CompileOptions().code
    assert cpu_limit("", options) == 300
    assert cpu_limit(" " * 2_000_000, options) == 420
    assert cpu_limit("", CompileOptions(cpu_limit=7).code) == 7
