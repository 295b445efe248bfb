"""What the tests of objects share: the checker of stack walks, for each target, and both backends."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest

from tests.codegen.conftest import compile_ir, target
from wanco.abi.headers import write_headers
from wanco.targets import Target

__all__ = ["compile_ir", "target"]

ROOT = Path(__file__).parents[2]
CHECKER_SOURCES = (
    ROOT / "tests/objects/checker/checker.c",
    ROOT / "tests/objects/checker/stubs.S",
    ROOT / "runtime/stack/safepoint_table.c",
    ROOT / "runtime/base/builtins.c",
)
C_FLAGS = [
    "-std=gnu11", "-O2", "-g0", "-ffreestanding", "-fno-builtin", "-fno-pic", "-fno-stack-protector", "-fno-sanitize=all",
    "-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-Wall", "-Wextra", "-Werror",
]  # fmt: skip
ISA_FLAGS = {
    "x86_64": ["-mcpu=x86_64_v2"],
    "aarch64": ["-mcpu=generic"],
    "riscv64": ["-mcpu=baseline_rv64", "-mno-relax"],
}


class Checker:
    """The objects of the checker, compiled for a target when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._zig = Path(pytest.importorskip("ziglang").__file__).with_name("zig")
        write_headers(folder)
        self.objects = functools.cache(self._objects)

    def _objects(self, target: Target) -> list[Path]:
        compiler = [str(self._zig), "cc", "-target", f"{target.name}-linux-musl", *ISA_FLAGS[target.name], *C_FLAGS]
        includes = [f"-I{ROOT / 'runtime'}", f"-I{self._folder}"]
        objects = []
        for source in CHECKER_SOURCES:
            obj = self._folder / f"{target.name}-{source.name}.o"
            subprocess.run([*compiler, *includes, "-c", str(source), "-o", str(obj)], check=True)
            objects.append(obj)
        return objects


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """The checker's objects by target."""
    return Checker(tmp_path_factory.mktemp("checker"))
