"""The command line: one module per subcommand, imported when it is called for.

A command module has ``add_arguments(parser)`` and ``run(arguments) -> int`` (the exit
status).  It may have ``TAKES_REST`` (what follows ``--`` is left to it, as
``arguments.rest``) and ``ERROR_STATUS``.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import wanco
from wanco.abi.layout import Exit
from wanco.cli.ending import Ended, ending_by_signals
from wanco.errors import UsageError, WancoError
from wanco.install import cmake_dir
from wanco.version import VERSION

COMMANDS = {
    "compile": "compile a module to executables",
    "run": "compile a module and run it",
    "restore": "go on from a snapshot",
    "checkpoint": "save the state of a running program",
    "targets": "list instruction sets and how each can run here",
    "inspect": "print a snapshot",
    "diff": "compare two snapshots",
    "snapshot": "merge a chain of snapshots",
}
"""Name of each subcommand, which is that of its module, and what it does."""

USAGE_STATUS = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (None: this process's); the exit status."""
    try:
        with ending_by_signals():
            return _main(argv)
    except Ended as ended:
        print(f"wanco: {ended}", file=sys.stderr)
        return ended.status


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    # What follows `--` belongs to the program that is started, whatever it looks like.
    ours, rest = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    try:
        ours = list(_with_option_files(ours))
    except UsageError as error:
        return _fail(error, USAGE_STATUS)
    name = next((word for word in ours if not word.startswith("-")), None)
    command = importlib.import_module(f"wanco.cli.{name}") if name in COMMANDS else None
    parser = _parser(name, command)
    arguments = parser.parse_args(ours)
    assert command is not None  # anything else the parser has refused
    arguments.rest = rest
    if rest and not getattr(command, "TAKES_REST", False):
        parser.error(f"{name} takes no arguments after --")
    return _guarded(command, arguments)


def _with_option_files(words: Sequence[str]) -> Iterator[str]:
    """The words, in place of ``@FILE`` the lines of the file: one word each; empty ones and those with ``#`` left out."""
    for word in words:
        if not word.startswith("@"):
            yield word
            continue
        try:
            lines = Path(word[1:]).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            raise UsageError(f"{word[1:]}: {reason}") from error
        yield from (line for line in lines if line and not line.startswith("#"))


def _guarded(command: ModuleType, arguments: argparse.Namespace) -> int:
    """Run a command; what goes wrong becomes one line and a status."""
    trouble: int = getattr(command, "ERROR_STATUS", Exit.ERROR)
    try:
        status: int = command.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        return _fail(error, USAGE_STATUS)
    except WancoError as error:
        return _fail(error, trouble)
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return trouble
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _fail(f"{place}{error.strerror or error}", trouble)
    except MemoryError:
        return _fail("out of memory", trouble)
    return status


def _fail(message: object, status: int) -> int:
    print(f"wanco: error: {message}", file=sys.stderr)
    return status


def _parser(chosen: str | None, command: ModuleType | None) -> argparse.ArgumentParser:
    """The parser, with the arguments of the chosen command only: the others are not imported."""
    parser = argparse.ArgumentParser(prog="wanco", description=wanco.__doc__)
    parser.add_argument("--version", action="version", version=f"wanco {VERSION}")
    parser.add_argument("--cmake-dir", action=_PrintCMakeDir, nargs=0, help="print the folder of wanco-config.cmake and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        description = command.__doc__ if command and name == chosen else summary
        sub = commands.add_parser(
            name, help=summary, description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
        )
        if command and name == chosen:
            command.add_arguments(sub)
    return parser


class _PrintCMakeDir(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            print(cmake_dir())
        except WancoError as error:
            parser.exit(_fail(error, Exit.ERROR))
        parser.exit()
