"""What the tests of the back end share: a C compiler, and the checker of stack walks."""

from __future__ import annotations

import functools
import importlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wanco.abi import layout
from wanco.codegen.backend import GENERATORS
from wanco.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
CHECKER_SOURCES = (
    ROOT / "tests/backend/checker/checker.c",
    ROOT / "tests/backend/checker/stubs.S",
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


@pytest.fixture(params=list(TARGETS.values()), ids=list(TARGETS))
def target(request: pytest.FixtureRequest) -> Target:
    """Each target in turn."""
    result: Target = request.param
    return result


CompileIr = Callable[..., bytes]
"""`wanco.codegen.llvmlite.compile_ir`, or what stands in for it."""


@pytest.fixture(params=GENERATORS)
def compile_ir(request: pytest.FixtureRequest) -> CompileIr:
    """The function ``compile_ir`` of each backend in turn."""
    if request.param == "clang":
        pytest.importorskip("ziglang")
    result: CompileIr = importlib.import_module(GENERATORS[request.param]).compile_ir
    return result


class Checker:
    """The objects of the checker, compiled for a target when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._zig = Path(pytest.importorskip("ziglang").__file__).with_name("zig")
        (folder / "wanco_layout.h").write_text(layout.header())
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
