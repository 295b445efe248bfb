"""Compile the programs in every column, run them in turns, print tables of times and ratios."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from bench.columns import COLUMNS, Column, usable
from bench.measure import Row, RunError, count_instructions, measure
from bench.report import machine, print_tables, write_json
from bench.suite import PROGRAMS, Program
from bench.toolchain import BuildError


def _names(text: str, known: Collection[str], what: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"no {what} {name!r}; there are {', '.join(known)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--programs", type=lambda text: _names(text, PROGRAMS, "program"), default=list(PROGRAMS), metavar="NAME,...", help="default: all")
    add("--columns", type=lambda text: _names(text, COLUMNS, "column"), default=list(COLUMNS), metavar="NAME,...", help="default: all")
    add("--runs", type=int, default=5, metavar="N", help="runs of each program in each column (default: 5)")
    add("--quick", action="store_true", help="small sizes, one run: whether it works, not how fast it is")
    add("--instructions", action="store_true", help="count instructions, too (needs valgrind)")
    add("--json", type=Path, metavar="FILE", help="write all numbers to a file")
    add("--list", action="store_true", help="list programs and columns")
    return parser


def _list(console: Console) -> None:
    for program in PROGRAMS.values():
        console.print(f"{program.name:16} {program.about}", highlight=False)
    console.print()
    for column in COLUMNS.values():
        lacks = column.missing()
        console.print(f"{column.name:16} {column.about}{f' (needs {lacks})' if lacks else ''}", highlight=False)


def _measure_all(programs: list[Program], columns: list[Column], arguments: argparse.Namespace, console: Console) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    runs = 1 if arguments.quick else max(1, arguments.runs)
    with console.status("") as status:
        for program in programs:
            builds = {}
            for column in columns:
                status.update(f"{program.name}: building, {column.name}")
                builds[column.name] = column.build(program)
            rows[program.name] = measure(program, builds, runs, arguments.quick, status.update)
            if arguments.instructions:
                count_instructions(program, rows[program.name], status.update)
    return rows


def main() -> int:
    """The command line; the exit status."""
    arguments = _parser().parse_args()
    console = Console(width=None if sys.stdout.isatty() else 200)
    progress = Console(stderr=True)
    if arguments.list:
        _list(console)
        return 0
    columns, lacking = usable(arguments.columns)
    for name, why in lacking.items():
        progress.print(f"left out: {name}, which needs {why}")
    try:
        rows = _measure_all([PROGRAMS[name] for name in arguments.programs], columns, arguments, progress)
    except (BuildError, RunError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    console.print(machine())
    print_tables(console, rows, columns)
    if arguments.json:
        write_json(arguments.json, rows, columns, arguments.runs, arguments.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
