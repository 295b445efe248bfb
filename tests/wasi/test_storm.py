"""A storm of signals: a program is saved and restored at random moments, among them the middle of
a restore and of a save, on another instruction set and optimisation level each time."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from wanco.abi.layout import Exit
from wanco.options import CompileOptions
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS

pytest.importorskip("ziglang")

TIMEOUT = 60.0
LEVELS = (0, 2)
BUILDS = [(isa, level) for isa in TARGETS for level in LEVELS]

Build = Callable[[str, int], Executable]


@pytest.fixture(scope="session")
def storm(build: Callable[[bytes, str, CompileOptions], Executable], shared: Path) -> Build:
    """The program's executable for an ISA at an optimisation level."""
    path = shared / "storm.wasm"
    with FileLock(shared / "storm.lock"):
        if not path.exists():
            source = Path(__file__).parent / "programs" / "storm.c"
            flags = ["-target", "wasm32-freestanding", "-O1", "-msimd128", "-ffreestanding", "-nostdlib", "-Wl,--no-entry"]
            subprocess.run([sys.executable, "-m", "ziglang", "cc", *flags, source, "-o", path], check=True)
    module = path.read_bytes()
    return lambda isa, level: build(module, isa, CompileOptions(optimize=level, jobs=1))


@contextmanager
def held_back() -> Iterator[None]:
    """Processes started meanwhile do not get SIGUSR1 and SIGALRM before they ask for them: until
    a program has its handlers, a signal would end it."""
    signals = {signal.SIGUSR1, signal.SIGALRM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def blow(process: subprocess.Popen[bytes], rng: random.Random, how: str) -> None:
    """Sends signals in one way until the process has ended."""
    if how == "timer":
        process.wait(TIMEOUT)
        return
    if how == "later":
        time.sleep(rng.uniform(0, 0.1))
    if how == "every":  # SIGALRM is what the timer for --wanco-checkpoint-every sends
        for _ in range(rng.randrange(20)):
            process.send_signal(signal.SIGALRM)
            time.sleep(rng.uniform(0, 0.004))
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None:
        process.send_signal(signal.SIGUSR1)
        time.sleep(rng.uniform(0, 0.002) if how != "later" else 0.05)
        assert time.monotonic() < deadline, how


def hop(program: Executable, options: dict[str, object], how: str, rng: random.Random, output: Path) -> None:
    """One process of the chain: it must save and leave."""
    more: dict[str, object] = {}
    if how == "timer":
        more["checkpoint_after"] = f"{rng.randrange(1, 60000)}us"
    if how == "every":
        more["checkpoint_every"] = f"{rng.randrange(500, 5000)}us"
    with output.open("ab") as file:
        with held_back():
            process = program.start([], RunOptions(quiet=True, **options, **more), stdout=file.fileno())  # type: ignore[arg-type]
        with process:
            try:
                blow(process, rng, how)
            finally:
                process.kill()
            stderr = process.stderr.read() if process.stderr else b""
    assert (process.returncode, stderr) == (Exit.CHECKPOINTED, b""), how


def check_end(storm: Build, rng: random.Random, given: Path, output: Path) -> None:
    """Lets the program end, and compares all that it did with a run that was never interrupted."""
    files, calm_files = given.parent / "files", given.parent / "calm"
    (files / "stop").touch()
    last = storm(*rng.choice(BUILDS)).run([], RunOptions(restore=given), timeout=TIMEOUT)
    assert (last.status, last.stderr) == (0, b"")
    found = output.read_bytes() + last.stdout
    rounds = re.search(rb"rounds (\d+)\n$", found)
    assert rounds
    calm_files.mkdir()
    calm = storm(*rng.choice(BUILDS)).run([rounds[1].decode()], RunOptions(dirs=[(calm_files, ".")]), timeout=TIMEOUT)
    assert found == calm.stdout
    assert (files / "log").read_bytes() == (calm_files / "log").read_bytes()


def test_storm(storm: Build, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hops = request.config.getoption("--storm-hops")
    rng = random.Random(hops)
    (tmp_path / "files").mkdir()
    output = tmp_path / "output"
    given: Path | None = None
    for number in range(hops):
        snapshot = tmp_path / f"snapshot{number}"
        start: dict[str, object] = {"restore": given} if given else {"dirs": [(tmp_path / "files", ".")]}
        hop(storm(*rng.choice(BUILDS)), {**start, "snapshot": snapshot}, rng.choice(["at once", "later", "timer", "every"]), rng, output)
        if given:
            given.unlink()
        given = snapshot
    assert given
    assert Snapshot.load(given).meta.number >= hops
    check_end(storm, rng, given, output)


@pytest.mark.parametrize("isa", TARGETS)
def test_requests_during_a_save_are_served_after_it(storm: Build, tmp_path: Path, isa: str) -> None:
    """Signals that come while a snapshot is being written: one more follows, though no further signal comes."""
    (tmp_path / "files").mkdir()
    options = RunOptions(
        dirs=[(tmp_path / "files", ".")], snapshot=tmp_path / "snapshots%n", checkpoint_every="1h", quiet=True
    )
    with held_back():
        process = storm(isa, 2).start(["1000000000", "1000"], options, stdout=subprocess.PIPE)  # 64 MiB: a save takes a while
    with process:
        try:
            assert process.stdout and process.stdout.readline()
            process.send_signal(signal.SIGALRM)
            wait_until(lambda: any(".tmp-" in path.name for path in tmp_path.iterdir()))
            for _ in range(5):
                process.send_signal(signal.SIGALRM)
            wait_until((tmp_path / "snapshots2").exists)
            process.send_signal(signal.SIGALRM)
            wait_until(lambda: any(".tmp-" in path.name for path in tmp_path.iterdir()))
            process.send_signal(signal.SIGUSR1)  # a request to leave during a save that goes on
            assert process.wait(TIMEOUT) == Exit.CHECKPOINTED
        finally:
            process.kill()
    paths = sorted(tmp_path.glob("snapshots*"))
    assert 2 < len(paths) <= 10
    assert not any(".tmp-" in path.name for path in paths)
    assert [Snapshot.load(path).meta.number for path in paths] == list(range(1, len(paths) + 1))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.0005)


@pytest.mark.parametrize("isa", TARGETS)
def test_requests_during_a_restore_are_served_after_it(storm: Build, tmp_path: Path, isa: str) -> None:
    """A hundred signals from the first moment on: the program saves once, and goes on from there."""
    (tmp_path / "files").mkdir()
    output = tmp_path / "output"
    options = RunOptions(dirs=[(tmp_path / "files", ".")], quiet=True)
    first = storm(isa, 0).checkpoint_at(1000, tmp_path / "0", [], options)
    assert first.checkpointed
    output.write_bytes(first.stdout)
    for number in range(3):
        given, snapshot = tmp_path / f"{number}", tmp_path / f"{number + 1}"
        with held_back(), output.open("ab") as file:
            process = storm(isa, 0).start([], RunOptions(restore=given, snapshot=snapshot, quiet=True), stdout=file.fileno())
        with process:
            for _ in range(100):
                process.send_signal(signal.SIGUSR1)
            assert process.wait(TIMEOUT) == Exit.CHECKPOINTED
        assert Snapshot.load(snapshot).meta.number == number + 2
    check_end(storm, random.Random(0), snapshot, output)
