"""Pages of documentation whose commands can be run, as doctest does it for Python.

In a fenced block ``console``, a line that starts with ``$ `` is a command; the lines below
it, up to the next one, are what it prints (standard output and error), where ``...`` stands
for any text.  A fenced block below a line that is a file's name in backticks and a colon is
that file.  All commands of a page run in one shell.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = re.compile(r"^`([\w.-]+)`:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = "$ "
_MARK = "--- next command ---"


@dataclass(frozen=True)
class Step:
    """A command and what the page says it prints."""

    command: str
    expected: str

    def agrees(self, output: str) -> bool:
        """Whether the page tells the truth."""
        pattern = ".*".join(re.escape(part) for part in self.expected.strip().split("..."))
        return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def files(page: str) -> dict[str, str]:
    """The files that a page shows, by name."""
    return dict(_FILE.findall(page))


def steps(page: str) -> list[Step]:
    """The commands of a page, in order."""
    return [step for block in _CONSOLE.findall(page) for step in _steps(block)]


def _steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield Step(command, expected)


def outputs(page: list[Step], folder: Path, environment: dict[str, str], timeout: float) -> list[str]:
    """What each command prints when all are run in one shell in ``folder``."""
    # The exit status of one command is there for the next.
    script = "".join(f"{step.command}\ns=$?; echo; echo '{_MARK}'; (exit $s)\n" for step in page)
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("WANCO_")} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
    )
    return result.stdout.split(_MARK)[:-1]
