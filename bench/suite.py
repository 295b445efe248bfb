"""The programs, with the sizes that make each run for about half a second natively."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "programs"

_INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A C program of one file; ``arguments`` is its size for measuring, ``quick`` the one for a smoke test."""

    name: str
    arguments: str
    quick: str
    about: str
    wasm_flags: tuple[str, ...] = ()
    """Of the compiler, for WebAssembly only."""
    file: str = ""
    """The source file's name without its suffix; the program's name where it is empty."""

    @property
    def source(self) -> Path:
        """The C file."""
        return SOURCES / f"{self.file or self.name}.c"

    @property
    def inputs(self) -> list[Path]:
        """The C file and those of our headers that it includes, directly or not."""
        found = [self.source]
        for path in found:
            found += [new for name in _INCLUDE.findall(path.read_text()) if (new := SOURCES / name) not in found]
        return found

    def size(self, quick: bool) -> list[str]:
        """Its arguments."""
        return (self.quick if quick else self.arguments).split()


def _by_name(*programs: Program) -> dict[str, Program]:
    return {program.name: program for program in programs}


PROGRAMS = _by_name(
    Program("nbody", "9000000", "100000", "double arithmetic, all state in memory"),
    Program("fannkuch", "10 2", "8 2", "reversals of short arrays, unpredictable branches"),
    Program("mandelbrot", "2600", "300", "doubles in registers, early exit"),
    Program("binary_trees", "18", "12", "recursion, small allocations"),
    Program("spectral_norm", "3000", "300", "division in a reduction"),
    Program("crunch", "4000000 9", "200000 1", "SHA-256, LZ77 coder and decoder"),
    Program("interpreter", "450", "10", "a bytecode interpreter's big switch"),
    Program("recursion", "14 3 9", "9 2 9", "n queens, Ackermann's function"),
    Program("indirect", "13000 50", "200 1", "calls through pointers"),
    Program("json", "10000 70", "500 2", "parser with a tree"),
    Program("bfs", "18 16 25", "12 16 3", "breadth-first search, uniform graph"),
    Program("betweenness", "18 8 6", "10 8 3", "Brandes' algorithm, Kronecker graph"),
    Program("components_union", "18 8 40", "10 8 3", "connected components by union, Kronecker graph"),
    Program("components_labels", "18 8 14", "10 8 2", "connected components by label propagation, Kronecker graph"),
    Program("pagerank", "18 16 50", "12 16 5", "PageRank: gathered reduction, uniform graph"),
    Program("pagerank_push", "18 8 40", "10 8 5", "PageRank: scattered additions, Kronecker graph"),
    Program("shortest_paths", "18 8 2", "10 8 2", "delta stepping, Kronecker graph"),
    Program("transformer", "288 6 4096 90", "48 1 64 5", "inference of a Llama 2 kind of model, random weights"),
    Program("simd", "1000000 70 5000", "1600 2 40", "vectors of 128 bits written by hand", ("-msimd128",)),
    Program("matrix", "400 15", "60 1", "loops to vectorise: product, stencil, sum"),
)

CHECKPOINTED = _by_name(
    Program("heap_71M", "71 60", "4 1", "71 MiB of linear memory, walked at random", file="heap"),
    Program("heap_1G", "1024 100", "8 1", "1 GiB of linear memory, walked at random", file="heap"),
)
"""Programs for checkpoints alone, beside all others: large memories."""
