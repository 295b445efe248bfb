"""Periodic snapshots, which a child process writes while the program goes on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from tests.runtime.programs import Build
from wanco.run import RunOptions
from wanco.run.process import checkpoint_process
from wanco.snapshot import Snapshot
from wanco.targets import native


def in_order(folder: Path) -> list[Path]:
    """The snapshots s1, s2, ... of a folder."""
    return sorted((p for p in folder.glob("s*") if p.name[1:].isdigit()), key=lambda p: int(p.name[1:]))


def children(pid: int) -> list[int]:
    """The child processes of a process of one thread."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def test_each_is_of_one_moment(build: Build, isa: str, tmp_path: Path) -> None:
    """The program changes its memory all the time; what it has added is in its frames."""
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="10ms", quiet=True)
    result = build("churn", isa).run(["x"] * (15 if isa == native().name else 1), options, timeout=60)
    assert (result.status, result.stdout, result.stderr) == (0, b"go\nright\n", b"")
    saved = in_order(tmp_path)
    assert [Snapshot.load(p).meta.number for p in saved] == list(range(1, len(saved) + 1))
    assert set(saved) == set(tmp_path.iterdir())  # nothing else is left
    for path in (saved[0], saved[len(saved) // 2], saved[-1]):
        assert build("churn").run([], RunOptions(restore=path, verify=True)).stdout.endswith(b"right\n")


def test_what_is_due_meanwhile_is_taken_next(build: Build, tmp_path: Path) -> None:
    """An interval shorter than what saving takes: one after the other, none in between skipped."""
    trace = tmp_path / "trace"
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_every="1ms", extra=("--wanco-trace-checkpoints", str(trace)))
    result = build("churn").run(["x"] * 30, options, timeout=60)
    assert result.stdout == b"go\nright\n"
    head, *rows = [line.split() for line in trace.read_text().splitlines()]
    assert head == ["number", "request_to_safepoint_ns", "pause_ns", "total_ns", "bytes"]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 2
    assert len(result.stderr.splitlines()) == len(rows)
    assert all(int(row[2]) <= int(row[3]) for row in rows)


def test_leaving_waits_for_the_one_before(build: Build, isa: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="10ms", quiet=True)
    process = build("churn", isa).start(["x"] * 2000, options)
    with process:
        while len(in_order(tmp_path)) < 2:
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGUSR1)
        assert process.wait(30) == 85
    assert not children(process.pid)
    numbers = [Snapshot.load(p).meta.number for p in in_order(tmp_path)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not list(tmp_path.glob("*.tmp-*"))


def test_the_command_waits_for_the_last_one(build: Build, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="2ms", quiet=True)
    with build("churn").start(["x"] * 2000, options) as process:
        time.sleep(0.1)
        path = checkpoint_process(process.pid, tmp_path / "s%n")
    assert path == in_order(tmp_path)[-1]
    assert process.returncode == 85


def test_a_file_is_where_it_was_at_that_moment(build: Build, isa: str, tmp_path: Path) -> None:
    """Parent and child share offsets of files: the program reads on while the child saves."""
    (tmp_path / "input").write_bytes(b"".join(b"%07d\n" % i for i in range(1 << 15)))
    program = build("cat", isa)
    with (tmp_path / "input").open("rb") as file, (tmp_path / "out").open("wb") as out:
        options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="2ms", quiet=True)
        with program.start([], options, stdin=file.fileno(), stdout=out.fileno()) as process:
            assert process.wait(60) == 0
    whole = (tmp_path / "input").read_bytes()
    assert (tmp_path / "out").read_bytes() == whole
    for path in in_order(tmp_path)[:3]:
        (stdin,) = [d for d in Snapshot.load(path).system.descriptors if d.number == 0]
        with (tmp_path / "input").open("rb") as file, program.start([], RunOptions(restore=path), stdin=file.fileno()) as process:
            rest, _ = process.communicate(timeout=60)
        assert whole[stdin.offset :].startswith(rest[-len(whole) + stdin.offset :]) or rest.endswith(whole[stdin.offset :])
        assert len(rest) - len(whole) + stdin.offset in range(1 << 16)  # what it had read and not yet written


def test_the_child_is_killed(build: Build, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="5ms", quiet=True)
    killed = 0
    with (tmp_path / "messages").open("wb") as messages:
        process = build("churn").start(["x"] * 40, options, stderr=messages.fileno())
    with process:
        while process.poll() is None:
            for child in children(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                    killed += 1
            time.sleep(0.005)
        stdout, _ = process.communicate()
    assert (process.returncode, stdout) == (0, b"go\nright\n")
    lines = (tmp_path / "messages").read_text().splitlines()
    assert killed
    assert lines
    why = "the process that wrote it was ended by signal 9; the program goes on"
    assert all(line.startswith(f"wanco: no snapshot: {tmp_path}/s") and line.endswith(why) for line in lines)
    assert not list(tmp_path.glob("*.tmp-*"))
    for path in in_order(tmp_path):
        Snapshot.load(path)


@pytest.mark.parametrize("seed", range(6))
def test_the_program_is_killed(build: Build, seed: int, tmp_path: Path) -> None:
    """Whatever there is under the final name is whole."""
    delay = random.Random(seed).uniform(0.002, 0.12)
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_every="3ms", quiet=True)
    with build("churn").start(["x"] * 2000, options) as process:
        time.sleep(delay)
        for victim in (process.pid, *(children(process.pid) if seed % 2 else ())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while list(tmp_path.glob("*.tmp-*")) and not seed % 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # the child goes on, and ends
    if (tmp_path / "s").exists():
        assert build("churn").run([], RunOptions(restore=tmp_path / "s", checkpoint_at=1, snapshot=tmp_path / "t")).status == 85


def test_a_full_disk_does_not_stop_the_program(build: Build, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="5ms")
    command = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", *build("churn").command(["x"] * 10, options)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "go\nright\n")
    refused = [line for line in result.stderr.splitlines() if line.startswith(f"wanco: no snapshot: {tmp_path}/s")]
    assert refused
    assert all(line.endswith(": file too large; the program goes on") for line in refused)
    assert not list(tmp_path.glob("*.tmp-*"))


def test_ignored_children_are_noticed(build: Build, tmp_path: Path) -> None:
    """SIGCHLD may be ignored by whoever starts the program: then nobody can wait for children."""
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="10ms", quiet=True)
    command = ["sh", "-c", 'trap "" CHLD; exec "$@"', "sh", *build("churn").command(["x"] * 20, options)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "go\nright\n", "")
    assert in_order(tmp_path)


def test_latency_is_measured(build: Build, isa: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    result = build("churn", isa).run(["x"] * 2, RunOptions(extra=("--wanco-trace-latency", str(trace))), timeout=60)
    assert result.stdout == b"go\nright\n"
    count, *samples = struct.unpack(f"<{1 + (1 << 16)}Q", trace.read_bytes())
    assert 0 < count < len(samples)
    assert all(0 < sample < 10**9 for sample in samples[:count])
    assert not any(samples[count:])


def test_start_is_noted(build: Build, tmp_path: Path) -> None:
    """The moment at which a program that starts, or goes on, runs its first instruction."""
    program = build("churn")
    trace = ("--wanco-trace-start", str(tmp_path / "trace"))
    for options in (RunOptions(snapshot=tmp_path / "s", checkpoint_at=50, extra=trace), RunOptions(restore=tmp_path / "s", extra=trace)):
        began = time.monotonic_ns()
        program.run(["x"] * 2, options)
        assert began < int((tmp_path / "trace").read_text()) < time.monotonic_ns()
        (tmp_path / "trace").unlink()
