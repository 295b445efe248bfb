"""Checkpoint a running program from outside."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from wanco.errors import RunError

SNAPSHOT_SUFFIX = ".wsnap"
"""What the runtime adds to the program's name where it is not told a name."""

_EMULATOR = re.compile(r"(shellphish-)?qemu-")
_FLAGS_OF_EMULATOR = frozenset({"-strace", "-singlestep", "-one-insn-per-tb"})
"""Options of qemu's that take no value."""

_POLL_SECONDS = 0.005
_START_SECONDS = 2.0
"""How long a process that does not catch the signal may still be one that is just starting."""


def checkpoint_process(pid: int, snapshot: Path | None = None, timeout: float = 60.0) -> Path:
    """Have the program with process id ``pid`` save its state; the path of the new snapshot.

    Sends SIGUSR1 and waits until the program has left; the file appears under its name only when
    complete.  Periodic snapshots may appear before that one.  Without ``snapshot`` its name is
    read from the process's command line or environment, as the runtime does.

    Raises:
        RunError: no such process, not ours, not a checkpointable program, it ended without
            saving, or nothing happened for ``timeout`` seconds.
    """
    pattern = str(snapshot) if snapshot is not None else _snapshot_name(pid)
    folder = _working_directory(pid) if snapshot is None else Path.cwd()
    before = _candidates(folder, pattern)
    _await_handler(pid)
    _signal(pid)
    deadline = time.monotonic() + timeout
    while True:
        ended = not _alive(pid)  # before looking: what it saved on leaving must be seen
        after = _candidates(folder, pattern)
        changed = [path for path, identity in after.items() if before.get(path) != identity]
        if ended and changed:
            return max(changed, key=lambda path: after[path][1])
        if ended:
            raise RunError(f"process {pid} ended without saving a snapshot to {folder / pattern}")
        if time.monotonic() > deadline:
            raise RunError(f"process {pid} saved no snapshot to {folder / pattern} within {timeout:g} s")
        time.sleep(_POLL_SECONDS)


def _signal(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGUSR1)
    except ProcessLookupError:
        raise RunError(f"no process {pid}") from None
    except PermissionError:
        raise RunError(f"process {pid} belongs to another user") from None


def _await_handler(pid: int) -> None:
    """Wait until the process catches SIGUSR1, which by default would kill it."""
    deadline = time.monotonic() + _START_SECONDS
    while not _catches(pid):
        if time.monotonic() > deadline:
            raise RunError(f"process {pid} does not catch SIGUSR1: not a program that wanco made checkpointable")
        time.sleep(_POLL_SECONDS)


def _catches(pid: int) -> bool:
    match = re.search(r"^SigCgt:\s*([0-9a-f]+)$", _status(pid), re.MULTILINE)
    return bool(match and int(match[1], 16) >> (signal.SIGUSR1 - 1) & 1)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        raise RunError(f"no process {pid}") from None


def _alive(pid: int) -> bool:
    with contextlib.suppress(RunError):
        return not re.search(r"^State:\s*[ZX]", _status(pid), re.MULTILINE)
    return False


def _snapshot_name(pid: int) -> str:
    """What the runtime of that process was told: the option wins over the environment."""
    words = _words(pid, "cmdline")
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--wanco-snapshot":
            return value if equals else words[index + 1]
    for word in _words(pid, "environ"):
        name, _, value = word.partition("=")
        if name == "WANCO_SNAPSHOT" and value:
            return value
    return Path(_program_name(words)).name + SNAPSHOT_SUFFIX  # in the working directory


def _program_name(words: Sequence[str]) -> str:
    """What the program sees as its own name, given the command line of it or of its emulator."""
    if not _EMULATOR.match(Path(words[0]).name):
        return words[0]
    name = None
    at = 1
    while words[at].startswith("-"):
        if words[at] == "-0":
            name = words[at + 1]
        at += 1 if words[at] in _FLAGS_OF_EMULATOR else 2
    return name or words[at]


def _words(pid: int, file: str) -> list[str]:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/{file}").read_bytes()).split("\0")
    except FileNotFoundError:
        raise RunError(f"no process {pid}") from None
    except PermissionError:
        raise RunError(f"process {pid} belongs to another user") from None


def _working_directory(pid: int) -> Path:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except FileNotFoundError:
        raise RunError(f"no process {pid}") from None
    except PermissionError:
        raise RunError(f"process {pid} belongs to another user") from None


def _candidates(folder: Path, pattern: str) -> dict[Path, tuple[int, int]]:
    """Files that the name (with %n for a number) stands for, each with what changes when it is replaced."""
    path = folder / pattern
    expression = re.compile(re.escape(path.name).replace("%n", r"\d+"))
    found = {}
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(path.parent):
            if expression.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat()
                    found[path.parent / entry.name] = (status.st_ino, status.st_mtime_ns)
    return found
