"""How much text checkpointing takes: every program of the suite compiled with and without it; nothing is run.

    python -m bench.text [--programs NAME,...] [--module FILE] [-O N] [--backend clang] [--target ISA]

The numbers do not depend on the machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.results import geometric_mean
from bench.suite import PROGRAMS
from bench.toolchain import BuildError, wasm_of
from wanco.errors import WancoError
from wanco.options import BACKENDS, CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import parse_target

_COLUMNS = ("without", "text", "resume text", "with / without", "tables", "tables / text")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.text", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--programs", metavar="NAME,...", help="default: all, or none where a module is given")
    add("--module", type=Path, action="append", default=[], metavar="FILE", help="a further module; may be repeated")
    add("-O", type=int, default=3, dest="optimize", metavar="N", help="level of optimisation (default: 3)")
    add("--backend", choices=BACKENDS, default=CompileOptions().backend)
    add("--target", default="x86_64", metavar="ISA", help="default: x86_64")
    return parser


def _modules(arguments: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    names = arguments.programs.split(",") if arguments.programs else [] if arguments.module else list(PROGRAMS)
    for name in names:
        if name not in PROGRAMS:
            raise BuildError(f"no program {name!r}; there are {', '.join(PROGRAMS)}")
        yield name, wasm_of(PROGRAMS[name])
    for path in arguments.module:
        yield path.stem, path


def _measure(path: Path, arguments: argparse.Namespace) -> tuple[int, int, int, int]:
    """Text without, ordinary text, resume text and tables with checkpointing, in bytes."""
    module, target = path.read_bytes(), parse_target(arguments.target)
    with_, without = (
        compile_module(module, [target], CompileOptions(arguments.optimize, checkpoint=on, backend=arguments.backend))[0].stats.sizes
        for on in (True, False)
    )
    return without["text"], with_["text"], with_["resume text"], with_["safepoint tables"]


def main() -> int:
    """The command line; the exit status."""
    arguments = _parser().parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table("", *_COLUMNS)
    growth, share = [], []
    try:
        with Console(stderr=True).status("") as status:
            for name, path in _modules(arguments):
                status.update(name)
                without, text, resume, tables = _measure(path, arguments)
                growth.append((text + resume) / without)
                share.append(tables / (text + resume))
                table.add_row(name, str(without), str(text), str(resume), f"{growth[-1]:.2f}", str(tables), f"{share[-1]:.3f}")
    except (BuildError, WancoError, OSError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 1
    table.add_row("geometric mean", "", "", "", f"{geometric_mean(growth):.2f}", "", f"{geometric_mean(share):.3f}")
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
