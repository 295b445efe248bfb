"""Tables for people, JSON for programs."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import math
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.columns import BASE, OFF, ON, Column
from bench.measure import Cell, Row

Rows = Mapping[str, Row]
"""Rows by program name."""
Figure = Callable[[Cell], float | None]
"""What a table is about, taken from a cell; None where it is not known."""


def geometric_mean(values: Iterable[float]) -> float:
    """Geometric mean; NaN of nothing."""
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan


def _seconds(cell: Cell) -> float | None:
    return cell.median if cell.seconds else None


def _instructions(cell: Cell) -> float | None:
    return cell.instructions


def _fact(name: str) -> Figure:
    return lambda cell: cell.build.facts.get(name)


def ratios(rows: Rows, figure: Figure, column: str, base: str) -> dict[str, float]:
    """Ratio of a figure in two columns, for each program that has it in both."""
    result = {}
    for program, row in rows.items():
        if column in row and base in row:
            value, unit = figure(row[column]), figure(row[base])
            if value and unit:
                result[program] = value / unit
    return result


def _has(rows: Rows, figure: Figure) -> bool:
    return any(figure(cell) is not None for row in rows.values() for cell in row.values())


def _table(title: str, rows: Rows, columns: Sequence[Column], figure: Figure, text: Callable[[float], str], base: str) -> Table:
    """The figure in each column, its ratios to the base column, and checkpointing on to off."""
    table = Table(title=title, title_justify="left")
    table.add_column("program")
    compared = [column.name for column in columns if column.name != base and ratios(rows, figure, column.name, base)]
    shown = [column.name for column in columns if any(figure(row[column.name]) is not None for row in rows.values())]
    cost = ratios(rows, figure, ON, OFF)
    for name in shown:
        table.add_column(name, justify="right")
    for name in compared:
        table.add_column(f"{name} / {base}", justify="right")
    if cost:
        table.add_column("on / off", justify="right")
    ratio_columns = [ratios(rows, figure, name, base) for name in compared] + ([cost] if cost else [])
    for program, row in rows.items():
        cells = [figure(row[name]) for name in shown]
        relative = [f"{column[program]:.3f}" if program in column else "" for column in ratio_columns]
        table.add_row(program, *("" if cell is None else text(cell) for cell in cells), *relative)
    if ratio_columns:
        table.add_section()
        means = [f"{geometric_mean(column.values()):.3f}" for column in ratio_columns]
        table.add_row("geometric mean", *[""] * len(shown), *means)
    return table


def print_tables(console: Console, rows: Rows, columns: Sequence[Column]) -> None:
    """Print everything that was measured."""
    figures: tuple[tuple[str, Figure, Callable[[float], str]], ...] = (
        ("CPU seconds, medians", _seconds, lambda value: f"{value:.3f}"),
        ("Instructions executed at the quick size, in millions", _instructions, lambda value: f"{value / 1e6:.2f}"),
        ("Executable code in bytes, C library and runtime included", _fact("text"), lambda value: f"{value:.0f}"),
        ("Code of the module itself, resume functions included, in bytes", _module_text, lambda value: f"{value:.0f}"),
        ("CPU seconds to compile", _fact("compile_seconds"), lambda value: f"{value:.2f}"),
        ("Polls in the code", _fact("polls"), lambda value: f"{value:.0f}"),
    )
    for title, figure, text in figures:
        if _has(rows, figure):
            console.print(_table(title, rows, columns, figure, text, BASE))


def _module_text(cell: Cell) -> float | None:
    facts = cell.build.facts
    return facts["fast_text"] + facts["resume_text"] if "fast_text" in facts else None


def write_json(path: Path, rows: Rows, columns: Sequence[Column], runs: int, quick: bool) -> None:
    """Write everything that was measured, and on what machine."""
    result = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "packages": {name: importlib.metadata.version(name) for name in ("llvmlite", "ziglang")},
        "runs": runs,
        "quick": quick,
        "columns": {column.name: column.about for column in columns},
        "programs": {
            program: {
                name: {"seconds": cell.seconds, "instructions": cell.instructions, **cell.build.facts} for name, cell in row.items()
            }
            for program, row in rows.items()
        },
        "geometric means of CPU seconds": {
            f"{column} / {base}": geometric_mean(found.values())
            for column, base in [*((column.name, BASE) for column in columns if column.name != BASE), (ON, OFF)]
            if (found := ratios(rows, _seconds, column, base))
        },
    }
    path.write_text(json.dumps(result, indent=1) + "\n")


def machine() -> str:
    """The processor and the kernel, in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor()} x {len(models)}, {platform.system()} {platform.release()}"


def _commit() -> str | None:
    """The commit of this tree, with ``+`` where files differ from it."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
