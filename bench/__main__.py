"""Compile the programs in every column, run them in turns, print tables of times and ratios."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from bench import external, plots, results
from bench.checkpoints import Checkpoints, measure_checkpoints
from bench.columns import COLUMNS, ON, Column, usable
from bench.measure import Report, Row, RunError, count_instructions, measure
from bench.report import print_tables
from bench.suite import CHECKPOINTED, PROGRAMS, Program
from bench.toolchain import BuildError

_CONFIGURATION = Path(__file__).parent / "columns.toml"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--programs", metavar="NAME,...", help="default: all")
    add("--columns", metavar="NAME,...", help="default: all that can be had here")
    add("--column", action="append", default=[], metavar="NAME=STEPS", help="a further column, as in bench/columns.toml; may be repeated")
    add("--configuration", type=Path, default=_CONFIGURATION, metavar="FILE", help="file of further columns (default: bench/columns.toml)")
    add("--runs", type=int, default=5, metavar="N", help="runs of each program in each column (default: 5)")
    add("--quick", action="store_true", help="small sizes, one run: whether it works, not how fast it is")
    add("--instructions", action="store_true", help="count instructions, too (needs valgrind)")
    add("--checkpoints", choices=("also", "only", "none"), default="also", help="measure checkpoints and restores (default: also)")
    add("--output", type=Path, metavar="FOLDER", help="write results.json, tables.txt and plots to a folder")
    add("--json", type=Path, metavar="FILE", help="write all numbers to a file")
    add("--list", action="store_true", help="list programs and columns")
    return parser


def _chosen(text: str | None, known: Collection[str], what: str) -> list[str]:
    """The names that an option lists; all where it is not given."""
    names = text.split(",") if text else list(known)
    if unknown := [name for name in names if name not in known]:
        raise external.ConfigurationError(f"no {what} {unknown[0]!r}; there are {', '.join(known)}")
    return names


def _all_columns(arguments: argparse.Namespace) -> dict[str, Column]:
    further = [*external.read(arguments.configuration), *map(external.parse, arguments.column)]
    return {**COLUMNS, **{column.name: column for column in further}}


def _list(console: Console, columns: Mapping[str, Column]) -> None:
    for program in (*PROGRAMS.values(), *CHECKPOINTED.values()):
        console.print(f"{program.name:18} {program.about}", highlight=False)
    console.print()
    for column in columns.values():
        lacks = column.missing()
        console.print(f"{column.name:18} {column.about}{f' (needs {lacks})' if lacks else ''}", highlight=False, markup=False)


@dataclass
class _Session:
    """What was measured so far. Numbers are written after each program, so that an interrupted run has not been for nothing."""

    columns: list[Column]
    arguments: argparse.Namespace
    progress: Console
    rows: dict[str, Row] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoints] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        return 1 if self.arguments.quick else max(1, self.arguments.runs)

    def measure_times(self, program: Program, report: Report) -> None:
        """Build and run a program in every column."""
        builds = {}
        for column in self.columns:
            if why := column.cannot(program):
                self.progress.print(f"left out: {column.name} for {program.name}: {why}")
                continue
            report(f"{program.name}: building, {column.name}")
            builds[column.name] = column.build(program)
        row = measure(program, builds, self.runs, self.arguments.quick, report)
        if self.arguments.instructions:
            count_instructions(program, row, report)
        self.rows[program.name] = row
        self._write_numbers()

    def measure_checkpoints(self, program: Program, report: Report) -> None:
        """Stop and restore a program."""
        build = COLUMNS[ON].build(program)
        self.checkpoints[program.name] = measure_checkpoints(program, build, self.runs, self.arguments.quick, report)
        self._write_numbers()

    @property
    def found(self) -> results.Results:
        """All of it."""
        return results.results(self.rows, self.checkpoints, self.columns, self.runs, self.arguments.quick)

    def _write_numbers(self) -> None:
        if self.arguments.json:
            results.write(self.arguments.json, self.found)
        if self.arguments.output:
            self.arguments.output.mkdir(parents=True, exist_ok=True)
            results.write(self.arguments.output / "results.json", self.found)

    def write_rest(self) -> None:
        """Write tables and plots."""
        if not self.arguments.output:
            return
        with (self.arguments.output / "tables.txt").open("w") as file:
            print_tables(Console(file=file, width=200), self.found)
        if lacks := plots.missing():
            self.progress.print(f"left out: plots, which need {lacks}")
        else:
            plots.write_plots(self.found, self.arguments.output)


def _run(arguments: argparse.Namespace, console: Console, progress: Console) -> None:
    known = _all_columns(arguments)
    if arguments.list:
        _list(console, known)
        return
    programs = _chosen(arguments.programs, {**PROGRAMS, **CHECKPOINTED}, "program")
    columns, lacking = usable(known[name] for name in _chosen(arguments.columns, known, "column"))
    for name, why in lacking.items():
        progress.print(f"left out: {name}, which needs {why}")
    if arguments.instructions and not shutil.which("valgrind"):
        raise RunError("valgrind is not in PATH: it is what counts instructions")
    session = _Session(columns, arguments, progress)
    with progress.status("") as status:
        if arguments.checkpoints != "only":
            for name in programs:
                if name in PROGRAMS:
                    session.measure_times(PROGRAMS[name], status.update)
        if arguments.checkpoints != "none" and any(column.name == ON for column in columns):
            for name in programs:
                session.measure_checkpoints((PROGRAMS | CHECKPOINTED)[name], status.update)
    found = session.found
    console.print(found["machine"])
    print_tables(console, found)
    session.write_rest()


def main() -> int:
    """The command line; the exit status."""
    arguments = _parser().parse_args()
    console = Console(width=None if sys.stdout.isatty() else 200)
    try:
        _run(arguments, console, Console(stderr=True))
    except (BuildError, RunError, external.ConfigurationError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
