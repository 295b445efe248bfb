"""Calls of the compilers: zig's clang for native code and for WebAssembly."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import resource
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from bench.store import built, digest
from bench.suite import Program

ZIG_CC = (sys.executable, "-m", "ziglang", "cc")
NATIVE = ("-O3", "-target", "x86_64-linux-musl", "-mcpu=x86_64_v2", "-g0", "-s")
"""Flags of every native build, so that all columns have one CPU baseline and one libc."""
WASM = ("-O3", "-target", "wasm32-wasi", "-g0", "-s")


class BuildError(Exception):
    """A tool failed; the message is what it said."""


def call(command: Sequence[str | Path]) -> float:
    """Run a tool; the CPU seconds that it and its children took.

    Raises:
        BuildError: it fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise BuildError(f"{' '.join(map(str, command))}\n{done.stderr or done.stdout}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def environment() -> dict[str, str]:
    """This process's, with this tree first among the places that Python looks in."""
    root = str(Path(__file__).parent.parent)
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


@functools.cache
def _warm(flags: tuple[str, ...]) -> None:
    """Let zig build its C library for these flags, which it does once, before anything is timed."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text('#include <stdio.h>\nint main(void) { return puts("") < 0; }\n')
        call([*ZIG_CC, *flags, source, "-lm", "-o", Path(folder) / "empty"])


def compile_c(flags: Sequence[str], sources: Sequence[Path], output: Path) -> float:
    """Compile and link C by zig's clang; the CPU seconds that it took."""
    _warm(tuple(flag for flag in flags if not flag.startswith(("-I", "-D"))))
    # zig keeps objects by their inputs; a macro that never was before makes it compile.
    fresh = f"-DBENCH_BUILD_{uuid.uuid4().hex}"
    return call([*ZIG_CC, *flags, fresh, *sources, "-lm", "-o", output])


@functools.cache
def empty_executable() -> Path:
    """A static executable that does nothing: what starting a process takes at least."""

    def build(folder: Path) -> dict[str, float]:
        source = folder / "empty.c"
        source.write_text("int main(void) { return 0; }\n")
        return {"compile_seconds": compile_c(NATIVE, [source], folder / "program")}

    return built("empty", "empty", digest([version("ziglang"), *NATIVE], []), build)[0] / "program"


def version(package: str) -> str:
    """``name version`` of an installed Python package."""
    return f"{package} {importlib.metadata.version(package)}"


@functools.cache
def wasm_of(program: Program) -> Path:
    """The program as a module, compiled once for all columns."""

    flags = (*WASM, *program.wasm_flags)

    def build(folder: Path) -> dict[str, float]:
        seconds = compile_c(flags, [program.source], folder / "program.wasm")
        return {"compile_seconds": seconds, "bytes": (folder / "program.wasm").stat().st_size}

    key = digest([version("ziglang"), *flags], program.inputs)
    return built("wasm", program.name, key, build)[0] / "program.wasm"


def text_sizes(path: Path) -> dict[str, int]:
    """Bytes in each executable section of an ELF file."""
    with path.open("rb") as file:
        sections = list(ELFFile(file).iter_sections())
    return {section.name: section["sh_size"] for section in sections if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR}
