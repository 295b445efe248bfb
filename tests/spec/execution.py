"""Runs of an instance's requests on the driver, in one process or over a chain of snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from wanco.errors import RunError
from wanco.run import Executable, RunOptions

TIMEOUT = 60.0
HOPS = 4
"""Restores per instance in a chain."""


@dataclass(slots=True)
class Transcript:
    """What the driver said: its first line, one answer per request, and how it ended.

    ``end`` is empty where the program ended as it should; then no answer is missing.
    """

    start: str = ""
    answers: list[str] = field(default_factory=list)
    end: str = ""

    def answer(self, position: int) -> str:
        """The answer to a request, or what happened in its place."""
        return self.answers[position] if position < len(self.answers) else f"no answer: {self.end or 'the program ended'}"


def execute(executables: Sequence[Executable], lines: Sequence[str], folder: Path) -> Transcript:
    """Have the driver answer ``lines``.

    One executable answers them all.  With several the state moves from each to the next,
    around, every few lines.
    """
    transcript = Transcript()
    snapshot: Path | None = None
    size = len(lines) if len(executables) == 1 else -(-len(lines) // HOPS)
    position = 0
    for number, executable in enumerate(cycle(executables)):
        part = list(lines[position : position + max(1, size)])
        position += len(part)
        last = position >= len(lines)
        saved = folder / f"state{number % 2}.wsnap"
        options = RunOptions(snapshot=saved, restore=snapshot, quiet=True, verify=True)
        _run(executable, part if last else [*part, "save"], options, transcript)
        if last or transcript.end or transcript.start != "ready":
            return transcript
        if transcript.answers.pop() != "ok":
            transcript.end = f"no snapshot after {position} requests"
            return transcript
        snapshot = saved
    raise AssertionError("unreachable")


def _run(executable: Executable, lines: list[str], options: RunOptions, transcript: Transcript) -> None:
    try:
        result = executable.run((), options, stdin="".join(f"{line}\n" for line in lines).encode(), timeout=TIMEOUT)
    except RunError as error:
        transcript.end = str(error)
        return
    output = [line for line in result.stdout.decode().splitlines() if not line.startswith("print")]
    transcript.start, answers = (output[0], output[1:]) if output else ("", [])
    transcript.answers += answers
    if result.status or result.stderr or len(answers) != (len(lines) if transcript.start == "ready" else 0):
        last = result.stderr.decode(errors="replace").splitlines()
        transcript.end = f"status {result.status}" + (f", {last[0]}" if last else "")
