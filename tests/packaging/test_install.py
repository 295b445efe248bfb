"""What an installed wheel can do, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import wanco

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


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``bin`` of a new environment with the wheel; what it depends on comes from this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (site / "dependencies.pth").write_text("\n".join(dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])))
    return python.parent


def _run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # No linker but the one in ziglang can be found in this PATH.
    environment = {"PATH": str(installed), "HOME": str(folder), "WANCO_CACHE_DIR": str(folder / "cache")}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_it_compiles_runs_and_restores(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "app.wat").write_text(PROGRAM)
    wanco_command = str(installed / "wanco")
    place = _run(installed, tmp_path, str(installed / "python"), "-c", "import wanco; print(wanco.__file__)")
    assert Path(place.stdout.strip()).is_relative_to(installed.parent), place.stderr
    assert _run(installed, tmp_path, wanco_command, "--version").stdout == f"wanco {wanco.__version__}\n"

    compiled = _run(installed, tmp_path, wanco_command, "compile", "app.wat", "-o", "app", "--target", "all")
    assert (compiled.returncode, compiled.stderr) == (0, "")
    assert _run(installed, tmp_path, wanco_command, "run", "app.wat").returncode == STATUS
    saved = _run(installed, tmp_path, wanco_command, "run", "app.wat", "--checkpoint-at", "20", "--snapshot", "s.wsnap")
    assert saved.returncode == 85, saved.stderr
    assert _run(installed, tmp_path, wanco_command, "restore", "s.wsnap").returncode == STATUS


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
    environment = {**os.environ, "PYTHONPATH": str(Path(wanco.__file__).parents[1])}
    result = subprocess.run([sys.executable, "-c", watch + code], capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert (result.returncode, result.stderr) == (0, "[]\n")
