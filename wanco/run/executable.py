"""Compiled programs as Python objects: run them, checkpoint them, restore them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from wanco.abi.layout import Exit
from wanco.errors import RunError
from wanco.run.elf import target_of
from wanco.run.emulator import find_emulator
from wanco.run.options import DEFAULTS, PathLike, RunOptions
from wanco.targets import Target


@dataclass(frozen=True)
class Result:
    """How a run ended.  ``status`` is the exit status, negative for the signal that ended it."""

    stdout: bytes
    stderr: bytes
    status: int

    @property
    def checkpointed(self) -> bool:
        """The program saved its state and left (with the default status for that)."""
        return self.status == Exit.CHECKPOINTED

    @property
    def trapped(self) -> bool:
        """The program ended with a WebAssembly trap."""
        return self.status == Exit.TRAP


@dataclass(frozen=True)
class Executable:
    """An executable made by Wanco, for any target.

    Every method that runs it takes the program's arguments, ``stdin`` as bytes, and
    `RunOptions`; programs see nothing of this process's environment or folders unless the
    options grant it.
    """

    path: Path
    target: Target

    @classmethod
    def open(cls, path: PathLike) -> Executable:
        """The executable in a file, its target taken from the file.

        Raises:
            RunError: there is no such file, or it is no executable of a known target.
        """
        return cls(Path(path), target_of(Path(path)))

    def command(self, args: Sequence[str] = (), options: RunOptions = DEFAULTS) -> list[str]:
        """The command line, the emulator included.

        Raises:
            RunError: it needs an emulator and there is none.
        """
        return [*find_emulator(self.target), os.path.abspath(self.path), *options.arguments(), *args]

    def replace_process(self, args: Sequence[str], options: RunOptions, name: str | None = None) -> NoReturn:
        """Become the program (exec), which sees ``name`` as its own; the environment is passed on.

        Raises:
            RunError: it cannot be started, or needs an emulator and there is none.
        """
        file, command = self._invocation(args, options, name)
        sys.stdout.flush()
        try:
            os.execv(file, command)
        except OSError as error:
            raise RunError(f"{file}: {error.strerror}") from error

    def _invocation(self, args: Sequence[str], options: RunOptions, name: str | None) -> tuple[str, list[str]]:
        """The file to execute and its argument vector."""
        emulator = find_emulator(self.target)
        path = os.path.abspath(self.path)
        words = [*options.arguments(), *args]
        # qemu's -0 sets argv[0] of the program, as exec itself does for a native one.
        if emulator:
            return emulator[0], [*emulator, "-0", name or path, path, *words]
        return path, [name or path, *words]

    def start(
        self,
        args: Sequence[str] = (),
        options: RunOptions = DEFAULTS,
        *,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | None = subprocess.PIPE,
        stderr: int | None = subprocess.PIPE,
        cwd: PathLike | None = None,
        name: str | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start it, which sees ``name`` (by default its path) as its own, and return at once."""
        file, command = self._invocation(args, options, name)
        try:
            return subprocess.Popen(
                command, executable=file, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=clean_environment()
            )
        except OSError as error:
            raise RunError(f"{file}: {error.strerror}") from error

    def run(
        self,
        args: Sequence[str] = (),
        options: RunOptions = DEFAULTS,
        *,
        stdin: bytes = b"",
        cwd: PathLike | None = None,
        timeout: float | None = None,
        name: str | None = None,
    ) -> Result:
        """Run it to its end, or until it saved a snapshot and left.

        Raises:
            RunError: it cannot be started, or ran for more than ``timeout`` seconds.
        """
        process = self.start(args, options, stdin=subprocess.PIPE, cwd=cwd, name=name)
        with process:
            try:
                stdout, stderr = process.communicate(stdin, timeout)
            except subprocess.TimeoutExpired:
                raise RunError(f"{self.path}: still running after {timeout:g} s") from None
            finally:
                process.kill()  # does nothing to one that has ended
        return Result(stdout, stderr, process.returncode)

    def checkpoint_at(
        self,
        poll: int,
        snapshot: PathLike,
        args: Sequence[str] = (),
        options: RunOptions = DEFAULTS,
        *,
        stdin: bytes = b"",
        cwd: PathLike | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run it until its ``poll``-th poll (counted from 1) and save there.

        The result says whether it got so far: ``result.checkpointed``.
        """
        options = dataclasses.replace(options, checkpoint_at=poll, snapshot=snapshot)
        return self.run(args, options, stdin=stdin, cwd=cwd, timeout=timeout)

    def restore(
        self,
        snapshot: PathLike,
        options: RunOptions = DEFAULTS,
        *,
        stdin: bytes = b"",
        cwd: PathLike | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Go on from a snapshot; arguments and environment come from it.

        With ``options.checkpoint_at`` and ``options.snapshot`` it stops again after so many
        more polls.
        """
        return self.run((), dataclasses.replace(options, restore=snapshot), stdin=stdin, cwd=cwd, timeout=timeout)


def clean_environment() -> dict[str, str]:
    """This process's environment without what the runtime would take for its options."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WANCO_")}
