"""Builds the program before it is tested: any build that gives a .wasm file will do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def wordcount(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as WebAssembly, made by the C compiler in the Python package ziglang."""
    module = tmp_path_factory.mktemp("build") / "wordcount.wasm"
    flags = os.environ.get("CFLAGS", "-O2").split()
    command = [sys.executable, "-m", "ziglang", "cc", "--target=wasm32-wasi", *flags, HERE / "src" / "wordcount.c", "-o", module]
    subprocess.run(command, check=True)
    return module
