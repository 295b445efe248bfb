"""What was measured, as JSON types: written to a file, and what tables and plots are made of.

date, commit, machine, packages     when and where
runs, quick                         how
columns                             column name -> what it is
programs                            program -> column -> seconds, instructions, facts of the build
checkpoints                         program -> numbers of `bench.checkpoints.Checkpoints`
geometric means of CPU seconds      "column / base" -> number
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import json
import math
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.checkpoints import Checkpoints
from bench.columns import BASE, OFF, ON, Column
from bench.measure import Row

Results = dict[str, Any]
Cell = Mapping[str, Any]
"""One program in one column."""
Figure = Callable[[Cell], float | None]
"""What a table or plot is about, taken from a cell; None where it is not known."""


def results(rows: Mapping[str, Row], checkpoints: Mapping[str, Checkpoints], columns: Sequence[Column], runs: int, quick: bool) -> Results:
    """All that was measured, and on what machine."""
    programs = {
        program: {name: {"seconds": cell.seconds, "instructions": cell.instructions, **cell.build.facts} for name, cell in row.items()}
        for program, row in rows.items()
    }
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "packages": {name: importlib.metadata.version(name) for name in ("llvmlite", "ziglang")},
        "runs": runs,
        "quick": quick,
        "columns": {column.name: column.about for column in columns},
        "programs": programs,
        "checkpoints": {program: dataclasses.asdict(found) for program, found in checkpoints.items()},
        "geometric means of CPU seconds": {
            f"{column} / {base}": geometric_mean(found.values())
            for column, base in [*((column.name, BASE) for column in columns if column.name != BASE), (ON, OFF)]
            if (found := ratios(programs, seconds, column, base))
        },
    }


def write(path: Path, found: Results) -> None:
    """Write them to a file."""
    path.write_text(json.dumps(found, indent=1) + "\n")


# ---- figures ----


def seconds(cell: Cell) -> float | None:
    """Median CPU time."""
    return statistics.median(cell["seconds"]) if cell["seconds"] else None


def fact(name: str) -> Figure:
    """A number of the build, or the count of instructions."""
    return lambda cell: cell.get(name)


def module_text(cell: Cell) -> float | None:
    """Code of the module itself, resume functions included, in bytes."""
    return cell["fast_text"] + cell["resume_text"] if "fast_text" in cell else None


def figure(row: Mapping[str, Cell], column: str, what: Figure) -> float | None:
    """A figure of a row's column, which may have been left out."""
    return what(row[column]) if column in row else None


def ratios(programs: Mapping[str, Mapping[str, Cell]], what: Figure, column: str, base: str) -> dict[str, float]:
    """Ratio of a figure in two columns, for each program that has it in both."""
    return {
        program: value / unit
        for program, row in programs.items()
        if (value := figure(row, column, what)) and (unit := figure(row, base, what))
    }


def geometric_mean(values: Iterable[float]) -> float:
    """Geometric mean; NaN of nothing."""
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all are not above; NaN of nothing."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)] if values else math.nan


def median(values: Sequence[float]) -> float:
    """Median; NaN of nothing."""
    return statistics.median(values) if values else math.nan


def speeds_after_restore(found: Mapping[str, Sequence[float]]) -> list[float]:
    """Speed of the restored rest relative to the uninterrupted one's, without the start; one for each restore."""
    start = median(found["restore_cpu"])
    return [rest / (restored - start) for rest, restored in zip(found["rest"], found["rest_restored"], strict=True)]


def machine() -> str:
    """The processor and the kernel, in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor()} x {len(models)}, {platform.system()} {platform.release()}"


def commit() -> str | None:
    """The commit of this tree, with ``+`` where files differ from it."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
