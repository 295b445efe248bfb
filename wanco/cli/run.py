"""Compile a module, with a cache, and run it.

    wanco run app.wasm --dir . -- the program's arguments

The program replaces this process: signals and the exit status are its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from wanco.build import cached_executable
from wanco.cli import options
from wanco.cli.progress import Progress
from wanco.run.executable import Executable
from wanco.wasm.text import read_module

TAKES_REST = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The module, the options of compiler and runtime."""
    parser.add_argument("module", type=Path, metavar="MODULE", help="a .wasm or .wat file")
    options.add_target(parser, several=False)
    options.add_build_options(parser)
    options.add_run_options(parser)


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become the program; returns only on error."""
    target = options.one_target(arguments)
    run_options = options.run_options(arguments)
    module = read_module(arguments.module)
    with Progress() as progress:
        path = cached_executable(module, target, options.compile_options(arguments), report=progress.report)
    Executable(path, target).replace_process(arguments.rest, run_options, name=str(arguments.module))
