"""Fixtures: the native harness with sanitizers, and worlds on it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from wasi.worlds import Guest, Runtime, trampolines

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "runtime"
LAYOUT = HERE.parents[1] / "wanco" / "layout.py"


def _build(directory: Path) -> Path:
    """Compiles harness.c and runtime/wasi with the host's compiler."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler for the host")
    directory.mkdir(exist_ok=True)
    subprocess.run([sys.executable, LAYOUT, directory / "wanco_layout.h"], check=True)
    (directory / "calls.inc").write_text(trampolines())
    sources = [HERE / "harness.c", RUNTIME / "format.c", *sorted((RUNTIME / "wasi").glob("*.c"))]
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    program = directory / "harness"
    if platform.machine() == "x86_64":
        flags.append("-march=x86-64-v2")  # as the runtime is compiled
    subprocess.run([compiler, *flags, f"-I{RUNTIME}", f"-I{directory}", *sources, "-o", program], check=True)
    return program


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness, compiled once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    with FileLock(shared / "wasi-harness.lock"):
        directory = shared / "wasi-harness"
        return directory / "harness" if (directory / "harness").exists() else _build(directory)


@pytest.fixture
def runtime(harness: Path) -> Iterator[Callable[..., Runtime]]:
    """Starts runtimes (arguments of `Runtime` after the first) and ends them with the test."""
    started: list[Runtime] = []

    def start(*arguments: Any, **keywords: Any) -> Runtime:
        started.append(Runtime(harness, *arguments, **keywords))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty directory to grant."""
    directory = tmp_path / "granted"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture
def guest(runtime: Callable[..., Runtime], root: Path) -> Guest:
    """Our functions with ``root`` granted as ``/d``."""
    return Guest(runtime(root))
