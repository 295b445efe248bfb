"""What checkpoints cost.

*Latency* of a poll: the runtime's own trace of how long a request waits for a safepoint, about
one each millisecond of a run (`--wanco-trace-latency`).

*Pause*: for how long the program stands still at a periodic snapshot, by the runtime's trace of
snapshots (`--wanco-trace-checkpoints`); and the CPU time that each of them adds to the run.

*First instruction*: by a trace, too (`--wanco-trace-start`). A restored program reads its memory when
it accesses it: one that goes all over it at once has read everything at its first poll.

All else is measured from outside. A snapshot that cannot be written, because its folder is
missing, makes a program print a line and go on: so a first poll is seen.

*Speed after a restore*: a program is stopped when it has used ``c`` seconds of CPU time, by
that process's CPU clock just before the request; an uninterrupted run takes ``t`` in all; the
restored program takes ``r``, of which ``s`` up to its first poll. The rest of the work is done at a
speed of ``(t - c) / (r - s)`` of the uninterrupted one. The three are run in turns.
"""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.columns import Build
from bench.measure import Report, RunError, run_once
from bench.store import ROOT
from bench.suite import Program
from bench.toolchain import empty_executable

_SAVED_STATUS = 85
_STARTS = 15
_SHORTEST = 0.01
_SNAPSHOTS_PER_RUN = 6


@dataclass
class Checkpoints:
    """What was measured of one program: seconds of wall clock where not said otherwise."""

    latency: list[float] = field(default_factory=list)
    """From a request to the safepoint that serves it."""
    total: list[float] = field(default_factory=list)
    """From a request to the end of the process, its snapshot complete."""
    write: list[float] = field(default_factory=list)
    """One ``write()`` of as many bytes to a new file in the same folder."""
    size: int = 0
    """Of the snapshot, in bytes."""
    pause: list[float] = field(default_factory=list)
    """The program stands still for a periodic snapshot."""
    cost: list[float] = field(default_factory=list)
    """CPU seconds for each periodic snapshot, the child that writes it included."""
    empty: list[float] = field(default_factory=list)
    """From start to end of a static executable that does nothing."""
    start: list[float] = field(default_factory=list)
    """From the start of the program to its first poll."""
    first: list[float] = field(default_factory=list)
    """From the start of the process to the first instruction of the restored program."""
    restore: list[float] = field(default_factory=list)
    """From the start of the restored program to its first poll: it reads the memory that it accesses until then."""
    restore_cpu: list[float] = field(default_factory=list)
    """The same in CPU seconds."""
    rest: list[float] = field(default_factory=list)
    """CPU seconds of an uninterrupted run from the place of the snapshot on."""
    rest_restored: list[float] = field(default_factory=list)
    """CPU seconds of the restored program, its start included."""


class _Running:
    """A program that was started, with its standard error as a pipe and its output in a file."""

    def __init__(self, command: Sequence[str]) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.PIPE, bufsize=0, env=_environment())
        assert self.process.stderr is not None
        self.messages = self.process.stderr

    def cpu(self) -> float:
        """CPU seconds used so far: Linux has a clock for each process, whose number is made of its id."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def await_handler(self) -> None:
        """Wait until it catches SIGUSR1, which would end it before."""
        status = Path(f"/proc/{self.process.pid}/status")
        while not _catches_request(status.read_text()):
            if self.ended:
                raise RunError(f"{self.process.args!r}: ended at once")
            time.sleep(0.0002)

    @property
    def ended(self) -> bool:
        """Whether it has ended, without taking note of it: `end` does."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def request(self) -> float:
        """Ask for a checkpoint; when."""
        now = time.perf_counter()
        os.kill(self.process.pid, signal.SIGUSR1)
        return now

    def message(self) -> bytes:
        """The next line on standard error; empty at its end."""
        return self.messages.readline()

    def end(self, *expected: int) -> tuple[float, bytes]:
        """Wait for the end; CPU seconds and output.

        Raises:
            RunError: another exit status.
        """
        rest = self.messages.read()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode not in expected:
            raise RunError(f"{self.process.args!r}: exit status {self.process.returncode} instead of {expected[0]}: {rest.decode()}")
        self._output.seek(0)
        return usage.ru_utime + usage.ru_stime, self._output.read()

    def __enter__(self) -> _Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        self.messages.close()
        self._output.close()


_CAUGHT = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)


def _catches_request(status: str) -> bool:
    found = _CAUGHT.search(status)
    return bool(found and int(found[1], 16) >> (signal.SIGUSR1 - 1) & 1)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("WANCO_")}


@dataclass(frozen=True)
class _Subject:
    """A program to measure, in a folder for its snapshots."""

    program: Program
    build: Build
    arguments: Sequence[str]
    folder: Path
    expected: bytes
    report: Report

    def command(self, *options: str) -> list[str]:
        return [*self.build.command, *self.arguments, *options]

    @property
    def snapshot(self) -> Path:
        return self.folder / "program.wsnap"

    @property
    def nowhere(self) -> list[str]:
        """Options with which no snapshot can be written."""
        return ["--wanco-snapshot", str(self.folder / "missing" / "%n")]

    def check(self, output: bytes) -> None:
        if output != self.expected:
            raise RunError(f"{self.program.name}: printed {output!r} instead of {self.expected!r}")

    def say(self, what: str) -> None:
        self.report(f"{self.program.name}: {what}")


def measure_checkpoints(program: Program, build: Build, runs: int, quick: bool, report: Report) -> Checkpoints:
    """Measure one program, at its full size: in a shorter run a checkpoint would come too late.

    ``quick`` takes fewer samples.

    Raises:
        RunError: it fails, or prints something else after a restore.
    """
    report(f"{program.name}: uninterrupted")
    arguments = program.size(quick=False)
    seconds, expected = run_once(build, arguments)
    result = Checkpoints()
    with _folder(program) as folder:
        subject = _Subject(program, build, arguments, folder, expected, report)
        _measure_latency(subject, result)
        for number in range(runs):
            subject.say(f"checkpoint and restore {number + 1} of {runs}")
            _measure_moved(subject, result, seconds / 3)
            _measure_write(subject, result)
        _measure_starts(subject, result, 3 if quick else _STARTS)
        for number in range(runs):
            subject.say(f"periodic snapshots {number + 1} of {runs}")
            _measure_pause(subject, result, seconds)
    return result


@contextmanager
def _folder(program: Program) -> Iterator[Path]:
    ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"snapshots-{program.name}-", dir=ROOT) as name:
        yield Path(name)


def _measure_latency(subject: _Subject, result: Checkpoints) -> None:
    subject.say("poll latency")
    trace = subject.folder / "latency"
    with _Running(subject.command("--wanco-trace-latency", str(trace))) as running:
        subject.check(running.end(0)[1])
    count, *samples = struct.unpack(f"<{trace.stat().st_size // 8}Q", trace.read_bytes())
    result.latency += [nanoseconds / 1e9 for nanoseconds in samples[:count]]


def _measure_moved(subject: _Subject, result: Checkpoints, after: float) -> None:
    """One uninterrupted run, one that is stopped after so many CPU seconds, and its rest."""
    with _Running(subject.command()) as running:
        whole, output = running.end(0)
    subject.check(output)
    used, total, before = _stop(subject, after)
    with _Running(subject.command("--wanco-restore", str(subject.snapshot))) as running:
        restored, output = running.end(0)
    subject.check(before + output)
    result.total.append(total)
    result.rest.append(whole - used)
    result.rest_restored.append(restored)
    result.size = subject.snapshot.stat().st_size


def _stop(subject: _Subject, after: float) -> tuple[float, float, bytes]:
    """Have a run saved after about so many CPU seconds; those that it had used, the seconds that saving took, its output.

    Where the machine has so much else to do that the run is over before the request comes,
    another is asked earlier. The file is a new one, as that of `write`: to replace one, ext4 first writes
    the new contents to the disk.
    """
    subject.snapshot.unlink(missing_ok=True)
    with _Running(subject.command("--wanco-snapshot", str(subject.snapshot))) as running:
        running.await_handler()
        while running.cpu() < after and not running.ended:
            time.sleep(min(max((after - running.cpu()) / 2, 0.0002), 0.05))
        used = running.cpu()
        asked = running.request()
        _, output = running.end(_SAVED_STATUS, 0)
        if running.process.returncode == _SAVED_STATUS:
            return used, time.perf_counter() - asked, output
    if after < _SHORTEST:
        raise RunError(f"{subject.program.name}: ends too soon to be saved")
    return _stop(subject, after / 2)


def _measure_write(subject: _Subject, result: Checkpoints) -> None:
    data = subject.snapshot.read_bytes()
    path = subject.folder / "copy"
    started = time.perf_counter()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    written = os.write(descriptor, data)
    os.close(descriptor)
    result.write.append(time.perf_counter() - started)
    path.unlink()
    if written != len(data):
        raise RunError(f"{path}: the disk is full")


def _measure_starts(subject: _Subject, result: Checkpoints, times: int) -> None:
    """In turns: a start, a start from the snapshot, the start of an empty executable."""
    subject.say("starts")
    empty = [str(empty_executable())]
    first_poll = ["--wanco-checkpoint-at", "1", *subject.nowhere]
    trace = subject.folder / "start"
    start = subject.command(*first_poll)
    restore = subject.command("--wanco-restore", str(subject.snapshot), "--wanco-trace-start", str(trace), *first_poll)
    for _ in range(times):
        with _Running(start) as running:
            running.message()
            result.start.append(time.perf_counter() - running.started)
        with _Running(restore) as running:
            running.message()
            result.restore.append(time.perf_counter() - running.started)
            result.restore_cpu.append(running.cpu())
            result.first.append(int(trace.read_text()) / 1e9 - running.started)
        with _Running(empty) as running:
            running.end(0)
            result.empty.append(time.perf_counter() - running.started)


def _measure_pause(subject: _Subject, result: Checkpoints, seconds: float) -> None:
    # A program that is always saving does nothing else.
    period = int(1e6 * max(seconds / (_SNAPSHOTS_PER_RUN + 1), 2 * median(result.total)))
    with _Running(subject.command()) as running:
        plain, _ = running.end(0)
    trace = subject.folder / "trace"
    places = ("--wanco-snapshot", str(subject.folder / "periodic"), "--wanco-trace-checkpoints", str(trace))
    with _Running(subject.command("--wanco-checkpoint-every", f"{period}us", *places)) as running:
        cpu, output = running.end(0)
    subject.check(output)
    names, *lines = trace.read_text().splitlines()
    pauses = [int(line.split()[names.split().index("pause_ns")]) / 1e9 for line in lines]
    result.pause += pauses
    if pauses:
        result.cost.append((cpu - plain) / len(pauses))
