"""What an installed wheel can do, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wanco
from tests.packaging.builds import Environment
from wanco.abi.layout import Exit

PROGRAM = """
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "_start") (call $proc_exit (call $fib (i32.const 10)))))
"""
STATUS = 55


def test_it_compiles_runs_and_restores(environment: Environment, tmp_path: Path) -> None:
    tools = environment.folder / "bin"
    # No linker but the one in ziglang can be found in this PATH.
    variables = {"PATH": str(tools), "HOME": str(tmp_path), "WANCO_CACHE_DIR": str(tmp_path / "cache")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(tools / words[0]), *words[1:]]
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False, timeout=120)

    place = run("python", "-c", "import wanco; print(wanco.__file__)")
    assert Path(place.stdout.strip()).is_relative_to(environment.packages), place.stderr
    assert run("wanco", "--version").stdout == f"wanco {wanco.__version__}\n"

    (tmp_path / "app.wat").write_text(PROGRAM)
    compiled = run("wanco", "compile", "app.wat", "-o", "app", "--target", "all")
    assert (compiled.returncode, compiled.stderr) == (0, "")
    assert run("wanco", "run", "app.wat").returncode == STATUS
    saved = run("wanco", "run", "app.wat", "--checkpoint-at", "20", "--snapshot", "s.wsnap")
    assert saved.returncode == Exit.CHECKPOINTED, saved.stderr
    assert run("wanco", "restore", "s.wsnap").returncode == STATUS


HEAVY = ("llvmlite", "rich", "numpy", "pytest", "hypothesis", "elftools")
"""Packages that take long to load, or that users may not have."""


@pytest.mark.parametrize(
    "code",
    [
        "import wanco",
        "import wanco.cli; wanco.cli.main(['--help'])",
        "import wanco.cli; wanco.cli.main(['targets'])",
        "import wanco.snapshot, wanco.run",
    ],
)
def test_light_things_load_nothing_heavy(code: str) -> None:
    watch = f"import atexit, sys; atexit.register(lambda: print([p for p in {HEAVY} if p in sys.modules], file=sys.stderr)); "
    variables = {**os.environ, "PYTHONPATH": str(Path(wanco.__file__).parents[1])}
    result = subprocess.run([sys.executable, "-c", watch + code], capture_output=True, text=True, check=False, env=variables, timeout=60)
    assert (result.returncode, result.stderr) == (0, "[]\n")
