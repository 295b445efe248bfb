"""Host functions compiled as users do, and programs that are linked with them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wanco.imports.host import HostFiles
from wanco.install import zig
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.run.emulator import search
from wanco.targets import Target
from wanco.wasm.text import read_module

INCLUDE = Path(__file__).parents[2] / "runtime" / "include"
COMPILER = zig()

needs_zig = pytest.mark.skipif(COMPILER is None, reason="no zig")
"""For what compiles host functions."""

CompileHost = Callable[[str, Target], Path]
"""Source text and target to the path of an object."""

FLAGS = {
    "x86_64": ("-mcpu=x86_64_v2", "-fcf-protection=full"),
    "aarch64": ("-mcpu=generic", "-mbranch-protection=standard", "-mno-outline-atomics"),
    "riscv64": ("-mcpu=baseline_rv64", "-mno-relax"),
}


def compile_c(source: str, target: Target, path: Path, language: str = "c", *options: str) -> Path:
    """Compiles C (or C++, with ``language="c++"``) to an object, without warnings."""
    common = ("-target", f"{target.name}-linux-musl", "-O1", "-fno-pic", "-fno-stack-protector", f"-I{INCLUDE}", "-Wall", "-Werror")
    driver = "cc" if language == "c" else "c++"
    command = [str(COMPILER), driver, *common, *FLAGS[target.name], *options, "-x", language, "-", "-c", "-o", str(path)]
    subprocess.run(command, input=source, text=True, check=True)
    return path


def runs_here(target: Target) -> bool:
    """Whether there is an emulator, if one is needed."""
    return search(target) is not None


def build(module: str, target: Target, host: HostFiles, folder: Path) -> Executable:
    """An executable, where it can run here."""
    if not runs_here(target):
        pytest.skip(f"nothing runs {target.name} here")
    (artifact,) = compile_module(read_module(module.encode()), [target], CompileOptions(host=host, poll_interval=1))
    path = folder / f"program-{target.name}"
    artifact.write(path)
    return Executable.open(path)
