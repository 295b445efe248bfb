"""Compilations that come to a bad end: one line, no process and no file left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fuzz.hostile import HOSTILE

SLOW_PART = 900
"""Loops and live locals of a module that keeps LLVM busy for a minute."""


@pytest.fixture(scope="module")
def busy_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    loops = "(loop (br_if 0 (local.get 0)))" * SLOW_PART
    uses = "".join(f"(drop (local.get {i}))" for i in range(SLOW_PART))
    path = tmp_path_factory.mktemp("busy") / "busy.wat"
    path.write_text(f'(module (func (export "_start") (local {"i32 " * SLOW_PART}) {loops} {uses}))')
    return path


class Compilation:
    """``wanco compile`` in a session of its own, with a folder for temporary files."""

    def __init__(
        self, module: Path, folder: Path, environment: dict[str, str], before: Callable[[], None] | None = None, options: Sequence[str] = ()
    ) -> None:
        self.temporary = folder / "temporary"
        self.output = folder / "output"
        self.temporary.mkdir()
        self.output.mkdir()
        command = [sys.executable, "-m", "wanco", "compile", module, "-o", self.output / "program", "--target", "all", "-j2", *options]

        def prepare() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if before:
                before()

        self.process = subprocess.Popen(
            list(map(str, command)),
            env={**environment, "TMPDIR": str(self.temporary)},
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 - this process has one thread
        )

    def wait_for_busy_worker(self) -> int:
        """A worker, or a child of one, that has taken up work: one that has used a second of CPU time."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            for pid in _session(self.process.pid):
                if pid != self.process.pid and _cpu_seconds(pid) > 1:
                    return pid
            time.sleep(0.05)
        raise AssertionError(f"no worker is busy: {self.process.poll()}")

    def end(self) -> tuple[int, list[str]]:
        """Exit status, and the lines of its standard error."""
        _, stderr = self.process.communicate(timeout=120)
        return self.process.returncode, stderr.decode().splitlines()

    def left(self) -> tuple[list[int], list[str]]:
        """Processes of its session, after a moment, and files."""
        deadline = time.monotonic() + 20
        while (processes := _session(self.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return processes, sorted(map(str, [*self.temporary.rglob("*"), *self.output.rglob("*")]))


def _stat(pid: int) -> Sequence[str]:
    """Fields of a process from its state on (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _session(session: int) -> list[int]:
    """Live processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(path.name))
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.name))
    return found


@pytest.mark.parametrize(
    ("number", "line", "whole_group"),
    [
        (signal.SIGINT, "wanco: interrupted", True),
        (signal.SIGINT, "wanco: interrupted", False),
        (signal.SIGTERM, "wanco: ended by SIGTERM", False),
    ],
)
def test_ended_by_a_signal(
    number: signal.Signals, line: str, whole_group: bool, busy_module: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    compilation = Compilation(busy_module, tmp_path, environment)
    compilation.wait_for_busy_worker()
    (os.killpg if whole_group else os.kill)(compilation.process.pid, number)
    assert compilation.end() == (128 + number, [line])
    assert compilation.left() == ([], [])


def test_killed(busy_module: Path, environment: dict[str, str], tmp_path: Path) -> None:
    compilation = Compilation(busy_module, tmp_path, environment)
    compilation.wait_for_busy_worker()
    compilation.process.kill()
    assert compilation.end() == (-signal.SIGKILL, [])
    assert compilation.left() == ([], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_of_a_worker_is_left(number: signal.Signals, busy_module: Path, environment: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    compilation = Compilation(busy_module, tmp_path, environment, options=("--backend", "clang"))
    compilation.wait_for_busy_worker()
    compilation.process.send_signal(number)
    compilation.end()
    assert compilation.left() == ([], [])


def test_a_worker_is_killed(busy_module: Path, environment: dict[str, str], tmp_path: Path) -> None:
    compilation = Compilation(busy_module, tmp_path, environment)
    os.kill(compilation.wait_for_busy_worker(), signal.SIGKILL)
    status, lines = compilation.end()
    assert (status, len(lines)) == (3, 1)
    assert "the code generator ended with signal SIGKILL" in lines[0]
    assert compilation.left() == ([], [])


@pytest.mark.parametrize("megabytes", [300, 500])
def test_out_of_memory(megabytes: int, environment: dict[str, str], tmp_path: Path) -> None:
    module = tmp_path / "module.wasm"
    module.write_bytes(HOSTILE["3,000 live locals at 3,000 polls"])
    limit = megabytes << 20
    compilation = Compilation(module, tmp_path, environment, lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    status, lines = compilation.end()
    assert (status, len(lines)) == (3, 1), lines
    assert lines[0].startswith("wanco: error: ")
    assert compilation.left() == ([], [])


def test_full_disk(count: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    compilation = Compilation(count, tmp_path, environment, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)))
    status, lines = compilation.end()
    assert (status, len(lines)) == (3, 1), lines
    assert "File too large" in lines[0]
    assert compilation.left() == ([], [])


def test_full_device(count: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "wanco", "compile", str(count), "-o", "/dev/full", "--target", "x86_64", "-O0"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (3, b"wanco: error: /dev/full: No space left on device\n")
