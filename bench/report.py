"""Tables for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.columns import BASE, OFF, ON
from bench.results import (
    Cell,
    Figure,
    Results,
    fact,
    figure,
    geometric_mean,
    median,
    module_text,
    percentile,
    ratios,
    seconds,
    speeds_after_restore,
)

Programs = Mapping[str, Mapping[str, Cell]]

_FIGURES: tuple[tuple[str, Figure, Callable[[float], str]], ...] = (
    ("CPU seconds, medians", seconds, lambda value: f"{value:.3f}"),
    ("Instructions executed at the quick size, in millions", fact("instructions"), lambda value: f"{value / 1e6:.2f}"),
    ("Executable code in bytes, C library and runtime included", fact("text"), lambda value: f"{value:.0f}"),
    ("Code of the module itself, resume functions included, in bytes", module_text, lambda value: f"{value:.0f}"),
    ("CPU seconds to compile", fact("compile_seconds"), lambda value: f"{value:.2f}"),
    ("Polls in the code", fact("polls"), lambda value: f"{value:.0f}"),
)


def print_tables(console: Console, found: Results) -> None:
    """Print everything that was measured."""
    programs: Programs = found["programs"]
    for title, what, text in _FIGURES:
        if any(what(cell) is not None for row in programs.values() for cell in row.values()):
            console.print(_table(title, programs, list(found["columns"]), what, text))
    if found["checkpoints"]:
        console.print(_checkpoint_table(found["checkpoints"]))


def _table(title: str, programs: Programs, columns: Sequence[str], what: Figure, text: Callable[[float], str]) -> Table:
    """The figure in each column, its ratios to the base column, and checkpointing on to off."""
    table = Table("program", title=title, title_justify="left")
    shown = [name for name in columns if any(figure(row, name, what) is not None for row in programs.values())]
    for name in shown:
        table.add_column(name, justify="right")
    compared = {f"{name} / {BASE}": found for name in columns if name != BASE and (found := ratios(programs, what, name, BASE))}
    if cost := ratios(programs, what, ON, OFF):
        compared["on / off"] = cost
    for name in compared:
        table.add_column(name, justify="right")
    for program, row in programs.items():
        cells = ["" if (value := figure(row, name, what)) is None else text(value) for name in shown]
        table.add_row(program, *cells, *(f"{found[program]:.3f}" if program in found else "" for found in compared.values()))
    if compared:
        table.add_section()
        means = [f"{geometric_mean(found.values()):.3f}" for found in compared.values()]
        table.add_row("geometric mean", *[""] * len(shown), *means)
    return table


_CHECKPOINT_COLUMNS: tuple[tuple[str, Callable[[Mapping[str, Any]], float], str], ...] = (
    ("poll latency\np50, ms", lambda c: 1e3 * percentile(c["latency"], 50), ".2f"),
    ("\np99, ms", lambda c: 1e3 * percentile(c["latency"], 99), ".2f"),
    ("\nmax, ms", lambda c: 1e3 * max(c["latency"], default=float("nan")), ".2f"),
    ("snapshot\nMB", lambda c: c["size"] / 1e6, ".2f"),
    ("checkpoint\ntotal, ms", lambda c: 1e3 * median(c["total"]), ".1f"),
    ("write()\nof it, ms", lambda c: 1e3 * median(c["write"]), ".1f"),
    ("pause,\nms", lambda c: 1e3 * median(c["pause"]), ".2f"),
    ("CPU time\nof it, ms", lambda c: 1e3 * median(c["cost"]), ".1f"),
    ("empty\nprocess, ms", lambda c: 1e3 * median(c["empty"]), ".2f"),
    ("to the first\npoll, ms", lambda c: 1e3 * median(c["start"]), ".2f"),
    ("restored: first\ninstruction, ms", lambda c: 1e3 * median(c["first"]), ".2f"),
    ("first\npoll, ms", lambda c: 1e3 * median(c["restore"]), ".2f"),
    ("speed after\nrestore", lambda c: median(speeds_after_restore(c)), ".3f"),
    ("with the\nstart", lambda c: median([a / b for a, b in zip(c["rest"], c["rest_restored"], strict=True)]), ".3f"),
)


def _checkpoint_table(checkpoints: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("program", title="Checkpoints and restores, medians", title_justify="left")
    for title, _, _ in _CHECKPOINT_COLUMNS:
        table.add_column(title, justify="right")
    for program, found in checkpoints.items():
        table.add_row(program, *(f"{value(found):{form}}" for _, value, form in _CHECKPOINT_COLUMNS))
    if len(checkpoints) > 1:
        table.add_section()
        speed = geometric_mean(median(speeds_after_restore(found)) for found in checkpoints.values())
        table.add_row("geometric mean", *[""] * (len(_CHECKPOINT_COLUMNS) - 2), f"{speed:.3f}", "")
    return table
