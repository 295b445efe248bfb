"""Times and sizes of compiling a program, as one row of a table."""

from __future__ import annotations

import functools

from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS

_HEAD = (
    ("program", 8), ("wasm KB", 8), ("IR MB", 7), ("sites", 7), ("front s", 8), ("LLVM s", 8), ("LLVM-nc s", 10),
    ("text KB", 8), ("resume KB", 10), ("nc text KB", 11), ("table KB", 9),
)  # fmt: skip


@functools.cache
def _print_head() -> None:
    print(" ".join(f"{title:>{width}}" for title, width in _HEAD), flush=True)


def measure(name: str, module: bytes, level: int) -> None:
    """Compile for x86-64 with checkpoints and without (``nc``), one process each; print a row."""
    _print_head()
    with_, without = (
        compile_module(module, [TARGETS["x86_64"]], CompileOptions(optimize=level, checkpoint=checkpoint, jobs=1))[0]
        for checkpoint in (True, False)
    )
    sizes, seconds = with_.stats.sizes, with_.stats.seconds
    values = (
        name, len(module) / 1e3, with_.front_end.ir_size / 1e6, with_.front_end.emitter["sites"], sum(with_.front_end.seconds.values()),
        seconds["optimise and generate"], without.stats.seconds["optimise and generate"], sizes["text"] / 1e3,
        sizes["resume text"] / 1e3, without.stats.sizes["text"] / 1e3, sizes["safepoint tables"] / 1e3,
    )  # fmt: skip
    cells = [f"{value:.1f}" if isinstance(value, float) else str(value) for value in values]
    print(" ".join(cell.rjust(width) for cell, (_, width) in zip(cells, _HEAD, strict=True)), flush=True)
