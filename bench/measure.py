"""Running programs: interleaved, so that what disturbs the machine disturbs all columns alike.

Times are CPU seconds (user and system) of the program, which on a machine that also does
other things vary less than what a wall clock shows.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.columns import SECONDS_FILE, Build
from bench.suite import Program


class RunError(Exception):
    """A program failed, or its output differs from that of another column."""


@dataclass
class Cell:
    """What is known of one program in one column: CPU seconds of each run, instructions of one."""

    build: Build
    seconds: list[float] = field(default_factory=list)
    instructions: int | None = None

    @property
    def median(self) -> float:
        """Median of the times, in seconds."""
        return statistics.median(self.seconds)


Row = dict[str, Cell]
"""A program's cells by column name."""

Report = Callable[[str], None]
"""Told what is being done."""


def run_once(build: Build, arguments: Sequence[str], prefix: Sequence[str] = ()) -> tuple[float, bytes]:
    """Run a program, under the command ``prefix``; its CPU seconds and its output.

    Raises:
        RunError: its exit status is not 0.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        report = Path(folder) / "seconds"
        command = [*prefix, *(str(report) if word == SECONDS_FILE else word for word in build.command), *arguments]
        with subprocess.Popen(command, stdout=output) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RunError(f"{' '.join(command)}: exit status {process.returncode}")
        output.seek(0)
        seconds = float(report.read_text()) if report.exists() else usage.ru_utime + usage.ru_stime
        return seconds, output.read()


def measure(program: Program, builds: Mapping[str, Build], runs: int, quick: bool, report: Report) -> Row:
    """Run a program ``runs`` times in each column, in turns, to and fro: what comes after what should not matter.

    Raises:
        RunError: a run fails, or the outputs are not all equal.
    """
    row = {name: Cell(build) for name, build in builds.items()}
    expected: bytes | None = None
    for number in range(runs):
        for name, cell in list(row.items())[:: -1 if number % 2 else 1]:
            report(f"{program.name}: run {number + 1} of {runs}, {name}")
            seconds, output = run_once(cell.build, program.size(quick))
            expected = output if expected is None else expected
            if output != expected:
                raise RunError(f"{program.name}: {name} printed {output!r}, {next(iter(row))} {expected!r}")
            cell.seconds.append(seconds)
    return row


_COLLECTED = re.compile(r"Collected : (\d+)")


def count_instructions(program: Program, row: Row, report: Report) -> None:
    """Count the instructions that each program of its own executes at the quick size, by valgrind.

    Raises:
        RunError: valgrind is missing or fails.
    """
    if not shutil.which("valgrind"):
        raise RunError("valgrind is not in PATH: it is what counts instructions")
    for name, cell in row.items():
        if SECONDS_FILE in cell.build.command:
            continue  # a host with a compiler in it: what it counts says nothing
        report(f"{program.name}: counting instructions, {name}")
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            prefix = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}"]
            run_once(cell.build, program.size(quick=True), prefix)
            found = _COLLECTED.search(log.read_text())
            if not found:
                raise RunError(f"valgrind counted nothing for {program.name}, {name}")
            cell.instructions = int(found[1])
