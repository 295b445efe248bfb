"""The sample project, as a new user would run it; and with a program that is not deterministic."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "ci-gate"

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="needs the Python package ziglang")


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the project's tests in a copy of it, on two instruction sets to be quick."""
    copy = folder / "project"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CFLAGS"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=copy, env={**clean, **variables}, capture_output=True, text=True, check=False)


def test_the_gate_is_open(isas: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, "--wanco-cross-isa", f"--wanco-isas={','.join(isas[:2])}", "--wanco-points=4", "--wanco-opt-level=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 identical" in done.stdout
    assert "2 passed" in done.stdout


def test_the_gate_closes(isas: tuple[str, ...], tmp_path: Path) -> None:
    options = ["--wanco-cross-isa", f"--wanco-isas={isas[0]}", "--wanco-points=4", "--wanco-opt-level=1", "--wanco-no-deterministic"]
    done = run(tmp_path, *options, CFLAGS="-O2 -DUNSTABLE")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "standard output differs: the program is not deterministic" in done.stdout
    assert "line 12: 'finished at " in done.stdout
