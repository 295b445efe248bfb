"""Stack walks over safepoint tables: every recorded value of every frame of random modules.

``WANCO_TEST_MODULES`` sets how many modules are tried for each target.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.codegen.conftest import CompileIr
from tests.objects.conftest import Checker
from tests.objects.random_modules import Module
from wanco.objects.link import link
from wanco.objects.safepoint_table import build_tables, table_ir
from wanco.run.emulator import find_emulator
from wanco.targets import Target

MODULES = int(os.environ.get("WANCO_TEST_MODULES", "16"))


def walk(
    compile_ir: CompileIr, module: Module, target: Target, checker: Checker, folder: Path, *, opt: int, cf_protection: bool = False
) -> dict[str, int]:
    """Compile a module, run it, and return what the checker counted."""
    built = build_tables(compile_ir(module.code, target, opt=opt, cf_protection=cf_protection), target)
    data = compile_ir(module.description + table_ir(built.tables), target, opt=0)
    program = folder / "program"
    link([*checker.objects(target), built.object, data], target, program, archives=[])
    emulator = find_emulator(target)
    if emulator and target.name == "aarch64":
        emulator = (*emulator, "-cpu", "max")  # signs return addresses where the code asks for it
    result = subprocess.run([*emulator, program], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return {name: int(number) for name, number in (line.split() for line in result.stdout.splitlines())}


@pytest.mark.parametrize("seed", range(MODULES))
def test_every_value_is_found(seed: int, target: Target, checker: Checker, tmp_path: Path, compile_ir: CompileIr) -> None:
    counts = walk(compile_ir, Module(seed), target, checker, tmp_path, opt=seed % 4)
    assert counts["polls"] > 0
    assert counts["frames"] == counts["virtual_frames"] + counts["polls"], "nothing was inlined: one machine frame each, and the root's"


@pytest.mark.parametrize("seed", range(1000, 1000 + MODULES // 2))
def test_inlined_frames_are_found(seed: int, target: Target, checker: Checker, tmp_path: Path, compile_ir: CompileIr) -> None:
    counts = walk(compile_ir, Module(seed, inline=True), target, checker, tmp_path, opt=2 + seed % 2, cf_protection=seed % 3 == 0)
    assert counts["virtual_frames"] >= counts["frames"] - counts["polls"]


def test_modules_cover_all_kinds_of_values(target: Target, checker: Checker, tmp_path: Path, compile_ir: CompileIr) -> None:
    counts = walk(compile_ir, Module(7, inline=True), target, checker, tmp_path, opt=3)
    assert all(counts[name] for name in ("in_register", "in_memory", "constants"))
    assert counts["virtual_frames"] > counts["frames"] - counts["polls"], "something was inlined"
