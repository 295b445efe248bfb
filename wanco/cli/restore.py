"""Go on from a snapshot, on any instruction set.

    wanco restore app.snapshot --target aarch64 -- --wanco-dir .

The executable is the one that --executable names, else one that was compiled on this machine; where there
is none for the instruction set, it is built from the module, which the cache keeps or --module names.  What
follows -- goes to the runtime.  The program replaces this process.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import NoReturn

from wanco.build import executable_for_snapshot
from wanco.cli import options
from wanco.cli.progress import Progress
from wanco.errors import UsageError
from wanco.run.elf import target_of
from wanco.run.executable import Executable
from wanco.snapshot import Snapshot
from wanco.wasm.text import read_module

TAKES_REST = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The snapshot, how to find its program, the options of compiler and runtime."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a snapshot")
    parser.add_argument("--executable", type=Path, metavar="FILE", help="the program's executable, which is run")
    parser.add_argument("--module", type=Path, metavar="MODULE", help="the program's .wasm or .wat file")
    options.add_target(parser, several=False)
    options.add_build_options(parser, poll_interval=False)
    options.add_run_options(parser)


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become the program; returns only on error."""
    if arguments.executable and arguments.module:
        raise UsageError("--executable and --module: give one of them")
    named = arguments.executable and not arguments.target
    target = target_of(arguments.executable) if named else options.one_target(arguments)
    module = read_module(arguments.module) if arguments.module else None
    snapshot = Snapshot.load(arguments.file)
    with Progress() as progress:
        path = executable_for_snapshot(
            arguments.file, snapshot, target, options.compile_options(arguments), module, arguments.executable, progress.report
        )
    run_options = dataclasses.replace(options.run_options(arguments, extra=arguments.rest), restore=arguments.file)
    Executable(path, target).replace_process((), run_options)
