"""The wheel under test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the source tree, built without a network, once for all workers of a run."""
    for package in ("scikit_build_core", "ziglang"):
        pytest.importorskip(package)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "wheel"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
            subprocess.run([*command, "-w", str(folder), str(ROOT)], check=True, capture_output=True, timeout=300)
    (result,) = folder.glob("*.whl")
    return result
