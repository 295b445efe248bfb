"""Columns that a line of configuration describes: any other compiler or runtime of WebAssembly.

A line is ``NAME = STEP ; STEP ; ...``, where the steps are commands in the quoting of a shell (no
shell runs them). The last step runs a program, whose arguments are put behind it; the ones
before compile it. In a word ``{module}`` stands for the path of the module, ``{output}`` for
the path of what the compiler makes, ``{folder}`` for the folder that it is in. A column is
left out where the first word of a step is no command in ``PATH``.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError

from bench.columns import Build, Column
from bench.store import Facts, built, digest
from bench.suite import Program
from bench.toolchain import call, text_sizes, wasm_of

_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
_PLACEHOLDERS = ("module", "output", "folder")


class ConfigurationError(Exception):
    """A line that describes no column; the message says which and why."""


@dataclass(frozen=True)
class Command(Column):
    """Commands with placeholders: those that compile, then the one that runs."""

    steps: tuple[tuple[str, ...], ...] = ()

    def missing(self) -> str | None:
        return next((f"{words[0]} in PATH" for words in self.steps if not shutil.which(words[0])), None)

    def build(self, program: Program) -> Build:
        module = wasm_of(program)

        def paths(folder: Path) -> dict[str, str]:
            return {"module": str(module), "output": str(folder / "program"), "folder": str(folder)}

        def make(folder: Path) -> Facts:
            seconds = sum(call(_filled(words, paths(folder))) for words in self.steps[:-1])
            facts = {"compile_seconds": seconds} if self.steps[1:] else {}
            try:
                return facts | {"text": sum(text_sizes(folder / "program").values())}
            except (OSError, ELFError):
                return facts

        words = [f"{word} {shutil.which(word)}" if position == 0 else word for step in self.steps for position, word in enumerate(step)]
        folder, facts = built(self.name, program.name, digest(words, [module]), make)
        return Build(tuple(_filled(self.steps[-1], paths(folder))), facts)


def _filled(words: tuple[str, ...], paths: dict[str, str]) -> list[str]:
    for name, path in paths.items():
        words = tuple(word.replace(f"{{{name}}}", path) for word in words)
    return list(words)


def parse(line: str) -> Command:
    """The column that a line describes.

    Raises:
        ConfigurationError: it describes none.
    """
    name, equals, text = (part.strip() for part in line.partition("="))
    if not equals or not _NAME.fullmatch(name):
        raise ConfigurationError(f"{line!r} is no column: NAME=COMMAND is, with a name of small letters and digits")
    try:
        steps = tuple(tuple(shlex.split(step)) for step in text.split(" ; "))
    except ValueError as error:
        raise ConfigurationError(f"column {name}: {error}") from error
    if not all(steps):
        raise ConfigurationError(f"column {name}: a step without a command")
    unknown = {found for step in steps for word in step for found in re.findall(r"{(\w+)}", word)}.difference(_PLACEHOLDERS)
    if unknown:
        raise ConfigurationError(f"column {name}: no placeholder {{{min(unknown)}}}; there are {', '.join(_PLACEHOLDERS)}")
    return Command(name, text, steps)


def read(path: Path) -> list[Command]:
    """The columns of a TOML file: its table ``columns`` has names and steps.

    Raises:
        ConfigurationError: it cannot be read, or a line describes no column.
    """
    try:
        document = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    lines = document.get("columns")
    if not isinstance(lines, dict) or not all(isinstance(steps, str) for steps in lines.values()):
        raise ConfigurationError(f"{path}: a table [columns] of texts is needed")
    return [parse(f"{name}={steps}") for name, steps in lines.items()]
