"""Runs of a group's requests on the driver: in one process, or over a chain of snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wanco.errors import RunError
from wanco.run import Executable, Result, RunOptions

TIMEOUT = 60.0

POLLS = (1, 3, 2, 17, 5, 60)
"""At which poll each program of a chain is left, if it gets so far before it has answered its part: one restore for each."""


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


def execute(
    executables: Sequence[Executable], lines: Sequence[str], folder: Path, polls: Sequence[int] = POLLS, timeout: float = TIMEOUT
) -> Transcript:
    """Have the driver answer ``lines``.

    One executable answers them all.  With several the state moves from each to the next,
    around, as often as there are ``polls``: some lines are answered, and the state saved
    after them, or at that poll in between.  ``timeout`` in seconds is for each program.
    """
    if len(executables) == 1:
        transcript = Transcript()
        _run(executables[0], lines, RunOptions(), transcript, timeout)
        return transcript
    return _Chain(executables, lines, folder, polls, timeout).run()


class _Chain:
    def __init__(self, executables: Sequence[Executable], lines: Sequence[str], folder: Path, polls: Sequence[int], timeout: float) -> None:
        self.executables = executables
        self.lines = lines
        self.folder = folder
        self.polls = polls
        self.timeout = timeout
        self.part = len(lines) // (len(polls) + 1) + 1
        self.transcript = Transcript()

    def run(self) -> Transcript:
        transcript = self.transcript
        given = 0  # lines that a program has got; the last may wait for its answer
        snapshot: Path | None = None
        for hop, poll in enumerate(self.polls):
            if hop and len(transcript.answers) == len(self.lines):
                break
            executable = self.executables[hop % len(self.executables)]
            target = self.folder / f"state{hop}.wsnap"
            options = RunOptions(snapshot=target, restore=snapshot, checkpoint_at=poll, quiet=True, verify=True)
            part = [*self.lines[given : given + self.part], "save"]
            result = _run(executable, part, options, transcript, self.timeout)
            if snapshot:
                snapshot.unlink()
            if result is None or transcript.end or transcript.start.startswith("trap"):
                return transcript
            if result.checkpointed:
                given = len(transcript.answers) + bool(transcript.start)
            elif (answer := transcript.answers.pop()) == "ok":
                given = len(transcript.answers)
            else:
                transcript.end = f"no snapshot after {len(transcript.answers)} requests: {answer}"
                return transcript
            snapshot = target
        executable = self.executables[-1]
        _run(executable, self.lines[given:], RunOptions(restore=snapshot, quiet=True, verify=True), transcript, self.timeout)
        return transcript


def _run(executable: Executable, lines: Sequence[str], options: RunOptions, transcript: Transcript, timeout: float) -> Result | None:
    """One process; None if it cannot be run."""
    try:
        result = executable.run((), options, stdin="".join(f"{line}\n" for line in lines).encode(), timeout=timeout)
    except RunError as error:
        transcript.end = str(error)
        return None
    output = [line for line in result.stdout.decode().splitlines() if not line.startswith("print")]
    transcript.start, answers = (output[0], output[1:]) if output else ("", [])
    transcript.answers += answers
    if result.stderr or (result.status and not (result.checkpointed and options.checkpoint_at)):
        last = result.stderr.decode(errors="replace").splitlines()
        transcript.end = f"status {result.status}" + (f", {last[0]}" if last else "")
    return result
