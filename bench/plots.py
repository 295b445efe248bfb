"""Plots of results as SVG files: ``python -m bench.plots RESULTS.json FOLDER``.

Needs matplotlib (the extra ``wanco[bench]``), and nothing else that was measured with.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.columns import BASE, OFF, ON
from bench.results import Figure, Results, fact, geometric_mean, median, module_text, percentile, ratios, seconds, speeds_after_restore

_BAR = 0.8
"""Width of a program's group of bars, of the distance between programs."""


def missing() -> str | None:
    """What is missing to plot, None where nothing is."""
    return None if importlib.util.find_spec("matplotlib") else "the Python package matplotlib"


def write_plots(found: Results, folder: Path) -> list[Path]:
    """Write a plot for each thing that was measured; their files."""
    written = []
    for name, plot in _PLOTS.items():
        figure = plot(found)
        if figure is not None:
            written.append(folder / f"{name}.svg")
            # Without the date, and with names that do not change, equal numbers give equal files.
            figure.savefig(written[-1], metadata={"Date": None})
    return written


def _bars(title: str, groups: Sequence[str], series: Mapping[str, Mapping[str, float]], line: float, limit: float | None = None) -> Any:
    """Bars of each series in each group, with a line to compare with; bars above the limit end there and have their number."""
    import matplotlib  # noqa: PLC0415 (loaded where it is needed, and only there)
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    matplotlib.rcParams["svg.hashsalt"] = "wanco"
    canvas = Canvas(figsize=(max(5.0, 0.55 * len(groups) + 2), 3.6), layout="constrained")
    axes = canvas.add_subplot()
    width = _BAR / len(series)
    for number, (name, values) in enumerate(series.items()):
        places = [(index, values[group]) for index, group in enumerate(groups) if group in values]
        left = [index + (number - (len(series) - 1) / 2) * width for index, _ in places]
        axes.bar(left, [value for _, value in places], width, label=name)
        for x, (_, value) in zip(left, places, strict=True):
            if limit is not None and value > limit:
                axes.annotate(f"{value:.1f}", (x, limit), ha="center", va="top", rotation=90, fontsize=6, color="white")
    axes.axhline(line, color="black", linewidth=0.8)
    axes.set_xticks(range(len(groups)), groups, rotation=40, ha="right", fontsize=8)
    axes.set_ylim(0, limit)
    axes.set_title(title, fontsize=10)
    if len(series) > 1:
        axes.legend(fontsize=7, ncols=len(series))
    return canvas


_MEAN = "geometric mean"


def _with_mean(values: Mapping[str, float]) -> dict[str, float]:
    return {**values, _MEAN: geometric_mean(values.values())}


def _times(found: Results) -> Any:
    series = {
        column: _with_mean(values)
        for column in found["columns"]
        if column != BASE and (values := ratios(found["programs"], seconds, column, BASE))
    }
    if not series:
        return None
    return _bars("CPU time relative to native code (lower is better)", [*found["programs"], _MEAN], series, 1, limit=2.5)


def _on_off(found: Results) -> Any:
    figures: dict[str, Figure] = {"CPU time": seconds, "instructions": fact("instructions")}
    series = {name: _with_mean(values) for name, what in figures.items() if (values := ratios(found["programs"], what, ON, OFF))}
    if not series:
        return None
    return _bars("With checkpointing relative to without (lower is better)", [*found["programs"], _MEAN], series, 1)


def _sizes(found: Results) -> Any:
    figures: dict[str, Figure] = {"module's code": module_text, "time to compile": fact("compile_seconds")}
    series = {name: _with_mean(values) for name, what in figures.items() if (values := ratios(found["programs"], what, ON, OFF))}
    if not series:
        return None
    return _bars("With checkpointing relative to without (lower is better)", [*found["programs"], _MEAN], series, 1)


def _latency(found: Results) -> Any:
    checkpoints = {name: values for name, values in found["checkpoints"].items() if values["latency"]}
    if not checkpoints:
        return None
    series = {f"p{p}": {name: 1e3 * percentile(values["latency"], p) for name, values in checkpoints.items()} for p in (50, 99)}
    return _bars("Poll latency in milliseconds", list(checkpoints), series, 1)


def _restored(found: Results) -> Any:
    speeds = {name: median(speeds_after_restore(values)) for name, values in found["checkpoints"].items() if values["rest"]}
    if not speeds:
        return None
    return _bars("Speed after a restore relative to an uninterrupted run (higher is better)", list(speeds), {"speed": speeds}, 1)


_PLOTS: dict[str, Callable[[Results], Any]] = {
    "times": _times,
    "on-off": _on_off,
    "sizes": _sizes,
    "latency": _latency,
    "restored": _restored,
}


def main() -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.plots", description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if lacks := missing():
        print(f"bench: error: plots need {lacks}", file=sys.stderr)
        return 1
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for path in write_plots(json.loads(arguments.results.read_text()), arguments.folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
