"""What snapshots cost: taking them, taking them in the background, restoring, starting.

    python -m bench.snapshots [--sizes 71,1024] [--folder DIR] [--runs 5] [--json FILE]

A program of the size in MiB (`programs/resident.c`) fills its memory with bytes that are not zero
and saves itself. Files are written in the folder; a folder in memory (/dev/shm, the default) leaves
out what the disk does. All times are wall-clock milliseconds: the median and, since anything else that
runs on the machine only adds to them, the least.

    write       one write() of as many bytes from memory with huge pages to a new file
    checkpoint  the program stands still until its snapshot is complete
    pause       the program stands still for a snapshot in the background
    start       from spawning a process to its first byte of output: a static C program, a compiled
                program, and compiled programs that continue from snapshots
    first second
                work done in the first second after that first byte, as a part of the most that the
                program does in a later second

In front of each of them that much memory is touched and given back: a virtual machine may return unused
memory to its host, which then takes up to several seconds per GiB to give it again.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.columns import COLUMNS, ON
from bench.measure import RunError
from bench.suite import Program
from bench.toolchain import NATIVE, compile_c

MIB = 1 << 20
HELLO = Program("hello", "", "", "writes one byte")
RESIDENT = Program("resident", "", "", "fills its memory, saves itself, works on it")
PATTERNS = ("read", "walk", "scatter")

_LEAST = 4
"""Periodic snapshots to wait for."""
_PATIENCE = 20
"""Seconds to wait for them beyond those that were asked for."""

Times = list[float]


def _spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, close_fds=False)


def warm(size: int) -> None:
    """Have ``size`` MiB of free memory that this machine really has."""
    with mmap.mmap(-1, (size + 2) * MIB) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size * MIB, mmap.PAGESIZE):
            memory[at] = 1


def first_byte(command: Sequence[str]) -> float:
    """Milliseconds from spawning a process until it has written something."""
    began = time.perf_counter()
    process = _spawn(command)
    assert process.stdout
    os.read(process.stdout.fileno(), 1)
    took = time.perf_counter() - began
    process.kill()
    process.communicate()
    return 1e3 * took


def one_write(size: int, folder: Path) -> float:
    """Milliseconds of one write() of ``size`` bytes to a new file."""
    with mmap.mmap(-1, size + 2 * MIB) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        block = os.urandom(MIB)
        for at in range(0, size, MIB):
            memory[at : at + MIB] = block
        path = folder / "write"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with memoryview(memory) as view:
            part = view[:size]
            began = time.perf_counter()
            written = os.write(descriptor, part)
            took = time.perf_counter() - began
            part.release()
        os.close(descriptor)
        path.unlink()
    assert written == size
    return 1e3 * took


def _rows(trace: Path) -> list[list[int]]:
    return [[int(word) for word in line.split()] for line in trace.read_text().splitlines()[1:]]


def checkpoint(command: Sequence[str], size: int, folder: Path) -> float:
    """Milliseconds that the program stands still for its own snapshot, which stays as ``folder/snapshot``."""
    (folder / "snapshot").unlink(missing_ok=True)
    options = ["--wanco-snapshot", str(folder / "snapshot"), "--wanco-quiet", "--wanco-trace-checkpoints", str(folder / "trace")]
    subprocess.run([*command, str(size), "rest", *options], stdout=subprocess.DEVNULL, check=True)
    return _rows(folder / "trace")[0][3] / 1e6


def pauses(command: Sequence[str], pattern: str, seconds: float, folder: Path, more: Sequence[str] = ()) -> tuple[Times, Times, Times]:
    """Pauses, total times (milliseconds) and sizes (MiB) of periodic snapshots of the program that is restored and works on."""
    options = ["--wanco-restore", str(folder / f"snapshot-{pattern}"), "--wanco-quiet", "--wanco-checkpoint-every", "700ms", *more]
    options += ["--wanco-snapshot", str(folder / "periodic-%n"), "--wanco-trace-checkpoints", str(folder / "trace")]
    process = _spawn([*command, *options])
    assert process.stdout
    end = time.monotonic() + seconds
    while time.monotonic() < end or (len(_rows(folder / "trace")) < _LEAST and time.monotonic() < end + _PATIENCE):
        os.read(process.stdout.fileno(), 4096)
        for path in sorted(folder.glob("periodic-*"))[:-1] if not more else ():
            path.unlink()
    process.kill()
    process.communicate()
    time.sleep(0.5)
    for path in folder.glob("periodic-*"):
        path.unlink()
    rows = _rows(folder / "trace")
    return [row[2] / 1e6 for row in rows], [row[3] / 1e6 for row in rows], [row[4] / MIB for row in rows]


def work(command: Sequence[str], seconds: float) -> Times:
    """When each stretch of work was done, in seconds since the first byte."""
    process = _spawn(command)
    assert process.stdout
    output = process.stdout.fileno()
    os.read(output, 1)
    began = time.perf_counter()
    times: Times = []
    while not times or times[-1] < seconds:
        select.select([output], [], [])
        written = os.read(output, 4096)
        if not written:
            raise RunError(f"{command!r}: ended, status {process.wait()}")
        times += [time.perf_counter() - began] * len(written)
    process.kill()
    process.communicate()
    return times


def first_second(command: Sequence[str]) -> float:
    """Work in the first second as a part of the most in one of the next three."""
    seconds = [int(t) for t in work(command, 4.0)]
    return seconds.count(0) / max(1, *(seconds.count(later) for later in (1, 2, 3)))


def _measure(what: Callable[[], float], runs: int) -> Times:
    return [what() for _ in range(runs)]


def _starts(hello: str, program: str, runs: int, results: dict[str, object]) -> None:
    commands = {"start, static C": [hello], "start, compiled": [program]}
    times: dict[str, Times] = {name: [] for name in commands}
    for _ in range(10 * runs):
        for name, command in commands.items():
            times[name].append(first_byte(command))
    for name, values in times.items():
        _report(results, name, values)


def _report(results: dict[str, object], name: str, values: Times, unit: str = "ms") -> None:
    results[name] = values
    if values:
        print(f"{name:44} {statistics.median(values):10.2f} {min(values):10.2f}  {unit}", flush=True)


def _one_size(size: int, command: list[str], folder: Path, runs: int, results: dict[str, object]) -> None:
    writes, totals = [], []
    for _ in range(runs):
        warm(3 * size)
        writes.append(one_write(size * MIB, folder))
        warm(3 * size)
        totals.append(checkpoint(command, size, folder))
    _report(results, f"write, {size} MiB", writes)
    _report(results, f"checkpoint, {size} MiB", totals)
    _report(results, f"checkpoint / write, {size} MiB", [min(totals) / min(writes)], "of the least times")
    restore = [*command, "--wanco-restore", str(folder / "snapshot")]
    _report(results, f"start, restored, {size} MiB", _measure(lambda: first_byte(restore), 5 * runs))
    (folder / "snapshot").unlink()
    for pattern in PATTERNS:
        snapshot = folder / f"snapshot-{pattern}"
        with _spawn([*command, str(size), pattern, "--wanco-snapshot", str(snapshot), "--wanco-quiet"]) as process:
            assert process.stdout
            os.read(process.stdout.fileno(), 1)
            process.kill()
        restored = [*command, "--wanco-restore", str(snapshot)]
        parts = []
        for _ in range(3):
            warm(2 * size)
            parts.append(first_second(restored))
        _report(results, f"first second, {pattern}, {size} MiB", parts, "of full speed")
        warm(3 * size)
        paused, total, _ = pauses(command, pattern, 6, folder)
        _report(results, f"pause, {pattern}, {size} MiB", paused)
        _report(results, f"until complete, {pattern}, {size} MiB", total)
        warm(3 * size)
        paused, total, sizes = pauses(command, pattern, 8, folder, ["--wanco-incremental"])
        _report(results, f"pause, {pattern}, incremental, {size} MiB", paused[1:])
        _report(results, f"until complete, {pattern}, incremental, {size} MiB", total[1:])
        _report(results, f"size, {pattern}, incremental, {size} MiB", sizes[1:], "MiB")
        snapshot.unlink()


def main() -> int:
    """Measure and print."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m bench.snapshots", description=__doc__, formatter_class=raw)
    parser.add_argument("--sizes", default="71,1024", help="MiB, with commas between them")
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm"), help="where snapshots are written")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write all times there")
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        compile_c([*NATIVE, "-static"], [HELLO.source], folder / "hello")
        compiled, resident = (list(COLUMNS[ON].build(program).command) for program in (HELLO, RESIDENT))
        print(f"{'':44} {'median':>10} {'least':>10}")
        _starts(str(folder / "hello"), compiled[0], arguments.runs, results)
        for size in map(int, arguments.sizes.split(",")):
            _one_size(size, resident, folder, arguments.runs, results)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
