"""Fixtures: the native harness with sanitizers, and worlds on it."""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from wasi.worlds import Compiled, Guest, Runtime, relay_module, trampolines

from wanco.abi.headers import write_headers
from wanco.build import cached_executable
from wanco.cache import Cache
from wanco.options import CompileOptions
from wanco.run import Executable, RunOptions
from wanco.run.emulator import search
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "runtime"


def _build(directory: Path) -> Path:
    """Compiles harness.c and runtime/wasi/p1 with the host's compiler."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler for the host")
    directory.mkdir(exist_ok=True)
    write_headers(directory)
    (directory / "calls.inc").write_text(trampolines())
    sources = [HERE / "harness.c", RUNTIME / "base" / "format.c", *sorted((RUNTIME / "wasi" / "p1").glob("*.c"))]
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    program = directory / "harness"
    if platform.machine() == "x86_64":
        flags.append("-march=x86-64-v2")  # as the runtime is compiled
    subprocess.run([compiler, *flags, f"-I{RUNTIME}", f"-I{directory}", *sources, "-o", program], check=True)
    return program


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if base.name.startswith("popen-") else base) / "wasi"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def harness(shared: Path) -> Path:
    """The harness, compiled once for all workers of a run."""
    with FileLock(shared / "harness.lock"):
        directory = shared / "harness"
        return directory / "harness" if (directory / "harness").exists() else _build(directory)


@pytest.fixture(scope="session")
def build(shared: Path) -> Callable[[bytes, str, CompileOptions], Executable]:
    """An executable of a module for an ISA that can run here, compiled once for all workers."""
    cache = Cache(shared / "cache")

    def executable(module: bytes, isa: str, options: CompileOptions) -> Executable:
        if search(TARGETS[isa]) is None:
            pytest.skip(f"nothing runs {isa} here")
        return Executable.open(cached_executable(module, TARGETS[isa], options, cache))

    return executable


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


@pytest.fixture(scope="session")
def relay(build: Callable[[bytes, str, CompileOptions], Executable], shared: Path) -> Callable[[str], Executable]:
    """The module of `relay_module` as an executable for an ISA, compiled when first asked for."""

    @functools.cache
    def module() -> bytes:
        path = shared / f"relay-{os.getpid()}.wat"
        path.write_text(relay_module())
        return read_module(path)

    return lambda isa: build(module(), isa, CompileOptions(optimize=1, jobs=1, driver=True))


@pytest.fixture
def compiled(relay: Callable[[str], Executable]) -> Iterator[Callable[..., Compiled]]:
    """Starts the relay module's executables and ends them with the test."""
    started: list[Compiled] = []

    def start(isa: str, options: RunOptions, arguments: Sequence[str] = ("program",)) -> Compiled:
        started.append(Compiled(relay(isa), options, arguments))
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
