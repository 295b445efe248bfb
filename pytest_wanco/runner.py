"""Runs of one program under equal conditions: same name, same inputs, same host folders."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_wanco.config import Settings
from pytest_wanco.program import Builds, Inputs
from pytest_wanco.states import State
from pytest_wanco.trees import Tree, remove_tree, replace_tree, tree_of
from wanco.abi.layout import Exit
from wanco.run import Executable, RunOptions

NEVER = 1 << 60
"""A stop that no run reaches: behind the last checkpoint, it has the program go on to its end."""

_PATIENCE_SECONDS, _PATIENCE_FACTOR = 10.0, 100.0

_BACKTRACE = re.compile(rb"^  (at |\.\.\. and ).*\n", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a process ended.  ``files`` is the state of the granted folders; ``stopped_after`` the
    seconds after which it was killed because it took too long, else None."""

    stdout: bytes
    stderr: bytes
    status: int
    files: Tree
    stopped_after: float | None = None

    @property
    def messages(self) -> bytes:
        """Standard error without a trap's backtrace, which may know more or less of inlined functions."""
        return _BACKTRACE.sub(b"", self.stderr) if self.status == Exit.TRAP else self.stderr

    def describe_end(self) -> str:
        """The exit status in words."""
        if self.stopped_after is not None:
            return f"still running after {self.stopped_after:g} s"
        known = {int(Exit.TRAP): "trapped", int(Exit.CHECKPOINTED): "saved and left", int(Exit.ERROR): "refused by the runtime"}
        text = f"killed by signal {-self.status}" if self.status < 0 else f"exit status {self.status}"
        return f"{text} ({known[self.status]})" if self.status in known else text


@dataclass(frozen=True)
class Start:
    """Where a run begins: a snapshot and a copy of the granted folders at that time; without
    them at the program's start."""

    state: State | None = None
    files: Path | None = None


BEGINNING = Start()


class Runner:
    """Runs a program.  Everything it writes lies under ``folder``."""

    def __init__(self, folder: Path, inputs: Inputs, builds: Builds, settings: Settings) -> None:
        self.folder = folder
        self.inputs = inputs
        self.builds = builds
        self.settings = settings
        self.runs = 0
        self.patience = settings.timeout
        folder.mkdir(parents=True, exist_ok=True)
        self._stdin = folder / "stdin"
        self._stdin.write_bytes(inputs.stdin)
        self._granted = folder / "granted"

    @property
    def has_files(self) -> bool:
        """Whether the program is granted folders."""
        return bool(self.inputs.dirs)

    def executable(self, isa: str) -> Executable:
        """The program for an ISA."""
        return self.builds[isa]

    def run(
        self,
        isa: str,
        start: Start = BEGINNING,
        *,
        at: Sequence[int] = (),
        snapshot: Path | None = None,
        end: Path | None = None,
        trace: Path | None = None,
    ) -> Outcome:
        """Run it from ``start``, saving at the stops ``at`` counted from there, to the last of them or to its end."""
        self._reset_files(start.files)
        self.runs += 1
        fresh = start.state is None
        options = RunOptions(
            dirs=[(self._folder(i), guest) for i, (_, guest) in enumerate(self.inputs.dirs)] if fresh else (),
            env=dict(self.inputs.env) if fresh else {},
            restore=start.state.path if start.state else None,
            checkpoint_at=tuple(at) or None,
            snapshot=snapshot,
            guest_snapshot=self.folder / "guest.wsnap",
            count_host_calls=True,
            checkpoint_at_exit=end,
            trace_polls=trace,
            verify=not fresh,
            deterministic=fresh and self.settings.deterministic,
            quiet=True,
        )
        with self._stdin.open("rb") as stdin:
            process = self.executable(isa).start(
                self.inputs.args if fresh else (),
                options,
                stdin=stdin.fileno() if self.inputs.stdin else subprocess.DEVNULL,
                cwd=self.folder,
                name=self.builds.program.name,
            )
        with process:
            stopped_after = None
            try:
                stdout, stderr = process.communicate(timeout=self.patience)
            except subprocess.TimeoutExpired:
                stopped_after = self.patience
                process.kill()
                stdout, stderr = process.communicate()
            except BaseException:
                process.kill()
                raise
        return Outcome(stdout, stderr, process.returncode, tree_of(self._granted) if self.has_files else {}, stopped_after)

    def be_impatient(self, seconds: float) -> None:
        """The uninterrupted run took so long: a run that takes much longer never ends."""
        self.patience = min(self.settings.timeout, _PATIENCE_SECONDS + _PATIENCE_FACTOR * seconds)

    def state_at(self, isa: str, stop: int, path: Path, start: Start = BEGINNING) -> tuple[State | None, Outcome]:
        """The state at a stop counted from ``start``; None if the run ends before it."""
        path.unlink(missing_ok=True)
        outcome = self.run(isa, start, at=[stop], snapshot=path)
        return (State.read(path) if path.exists() else None), outcome

    def keep_files(self, path: Path) -> Path | None:
        """Copy the granted folders as the last run left them; None if there are none."""
        if not self.has_files:
            return None
        replace_tree(self._granted, path)
        return path

    def _folder(self, number: int) -> Path:
        return self._granted / str(number)

    def _reset_files(self, files: Path | None) -> None:
        if not self.has_files:
            return
        if files is not None:
            replace_tree(files, self._granted)
            return
        remove_tree(self._granted)
        self._granted.mkdir()
        for number, (host, _) in enumerate(self.inputs.dirs):
            replace_tree(host, self._folder(number))
