"""When snapshots are taken, and that programs go on from them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runtime.programs import Build
from wanco.abi.layout import Phase
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot

SAVED = 85


def wait_for(process: subprocess.Popen[bytes], text: bytes) -> None:
    """Read standard output until it has the text."""
    assert process.stdout is not None
    seen = b""
    while text not in seen:
        assert select.select([process.stdout], [], [], 30)[0], seen
        part = os.read(process.stdout.fileno(), 100)
        assert part, (seen, process.stderr and process.stderr.read())
        seen += part


def start(program: Executable, args: list[str], options: RunOptions) -> subprocess.Popen[bytes]:
    """Start a program that says "go", and wait until it has."""
    process = program.start(args, options, stdin=subprocess.PIPE)
    wait_for(process, b"go\n")
    return process


def test_signal_in_a_loop(build: Build, isa: str, tmp_path: Path) -> None:
    snapshot = tmp_path / "s"
    with start(build("spin", isa), ["x"] * 4000, RunOptions(snapshot=snapshot)) as process:
        process.send_signal(signal.SIGUSR1)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == SAVED
    assert stderr.decode() == f"wanco: saved {snapshot} ({snapshot.stat().st_size} bytes)\n"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize("elsewhere", ["x86_64", "aarch64", "riscv64"])
def test_blocked_in_a_read(build: Build, isa: str, elsewhere: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s")
    with build("cat", isa).start((), options, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
        wait_for(process, b"go\n")
        time.sleep(0.05)  # blocked, most likely
        process.send_signal(signal.SIGUSR1)
        assert process.wait(10) == SAVED
    result = build("cat", elsewhere).restore(tmp_path / "s", stdin=b"the rest of the input\n")
    assert (result.status, result.stdout, result.stderr) == (0, b"the rest of the input\n", b"")


def test_asleep(build: Build, isa: str, tmp_path: Path) -> None:
    with start(build("sleep", isa), [], RunOptions(snapshot=tmp_path / "s", quiet=True)) as process:
        began = time.monotonic()
        process.send_signal(signal.SIGUSR1)
        assert process.wait(10) == SAVED
    assert time.monotonic() - began < 0.9  # the program sleeps for a second
    assert build("sleep", isa).restore(tmp_path / "s").stdout == b"woke\n"


def test_term_ends_the_program_unless_asked_for(build: Build, tmp_path: Path) -> None:
    with start(build("spin"), ["x"] * 4000, RunOptions(snapshot=tmp_path / "s")) as process:
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_on_term=True, checkpoint_exit_status=42)
    with start(build("spin"), ["x"] * 4000, options) as process:
        process.terminate()
        assert process.wait(10) == 42
    assert Snapshot.load(tmp_path / "s").frames


def test_after_a_time(build: Build, isa: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_after="50ms")
    assert build("spin", isa).run(["x"] * 4000, options, timeout=30).status == SAVED
    first = build("sleep", isa).run([], options, timeout=30)
    assert first.status == SAVED
    assert first.stdout + build("sleep", isa).restore(tmp_path / "s", timeout=30).stdout == b"go\nwoke\n"


def test_every_so_often(build: Build, isa: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="200ms")
    result = build("sleep", isa).run([], options, timeout=30)
    assert (result.status, result.stdout) == (0, b"go\nwoke\n")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names[:3] == ["s1", "s2", "s3"]
    assert result.stderr.decode().splitlines()[0] == f"wanco: saved {tmp_path}/s1 ({(tmp_path / 's1').stat().st_size} bytes)"
    again = build("sleep", isa).run([], RunOptions(restore=tmp_path / "s3", snapshot=tmp_path / "t%n", checkpoint_every="200ms"))
    assert again.stdout == b"woke\n"
    assert Snapshot.load(tmp_path / "s3").meta.number == 3
    assert all(Snapshot.load(p).meta.number > 3 for p in tmp_path.glob("t*"))


def test_number_of_polls(build: Build, isa: str, tmp_path: Path) -> None:
    program = build("deep", isa)
    for poll in (1, 2, 500):
        assert program.checkpoint_at(poll, tmp_path / "s", ["x"]).status == SAVED
        snapshot = Snapshot.load(tmp_path / "s")
        assert snapshot.meta.polls == poll
        assert len(snapshot.frames) == poll + 1
        result = program.restore(tmp_path / "s")
        assert (result.status, result.stdout) == (0, b"right\n")
    assert program.checkpoint_at(10**9, tmp_path / "never", ["x"]).status == 0
    assert not (tmp_path / "never").exists()


def test_equal_states_give_equal_files(build: Build, tmp_path: Path) -> None:
    contents = []
    for isa, optimize in (("x86_64", 0), ("x86_64", 2), ("aarch64", 1), ("riscv64", 2)):
        program = build("state", isa, optimize=optimize, poll_interval=1)
        assert program.checkpoint_at(10, tmp_path / "s").status == SAVED
        snapshot = Snapshot.load(tmp_path / "s")
        contents.append((snapshot.frames, snapshot.globals, snapshot.tables, snapshot.segments, snapshot.memories))
    assert all(content == contents[0] for content in contents)


@pytest.mark.parametrize("poll", range(1, 13))
def test_all_kinds_of_state(build: Build, poll: int, tmp_path: Path) -> None:
    isas = ("x86_64", "aarch64", "riscv64")
    here, there = isas[poll % 3], isas[(poll + 1) % 3]
    expected = build("state", poll_interval=1).run().stdout
    assert build("state", here, poll_interval=1).checkpoint_at(poll, tmp_path / "s").status == SAVED
    result = build("state", there, optimize=2, poll_interval=1).run([], RunOptions(restore=tmp_path / "s", verify=True))
    assert (result.status, result.stdout) == (0, expected)


@pytest.mark.parametrize(("poll", "phase"), [(200, Phase.START), (400, Phase.COMMAND)])
def test_start_function_and_mapped_pages(build: Build, isa: str, poll: int, phase: Phase, tmp_path: Path) -> None:
    assert build("fill").checkpoint_at(poll, tmp_path / "s").status == SAVED
    snapshot = Snapshot.load(tmp_path / "s")
    assert snapshot.control.phase == phase
    counts = [run.count for run in snapshot.memories[0].runs]
    assert 1 in counts
    assert max(counts) >= 64  # long enough to be mapped
    program = build("fill", isa)
    assert program.run().stdout == b"right\n"
    assert program.restore(tmp_path / "s").stdout == b"right\n"
    # Once more, from a program whose memory is mapped.
    options = RunOptions(restore=tmp_path / "s", checkpoint_at=50, snapshot=tmp_path / "t")
    assert program.run([], options).status == SAVED
    assert build("fill").restore(tmp_path / "t").stdout == b"right\n"


def test_the_program_asks(build: Build, isa: str, tmp_path: Path) -> None:
    program = build("ask", isa)
    options = RunOptions(snapshot=tmp_path / "s", quiet=True)
    assert program.run([], options).stdout == b"7\n"
    assert program.restore(tmp_path / "s").stdout == b"8\n"


def test_default_name(build: Build, tmp_path: Path) -> None:
    program = build("deep")
    result = program.run(["x"], RunOptions(checkpoint_at=1), cwd=tmp_path)
    assert result.stderr.decode().startswith(f"wanco: saved {program.path.name}.wsnap (")
    assert [p.name for p in tmp_path.iterdir()] == [f"{program.path.name}.wsnap"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/nonexistent/s", "no such file or directory"),
        ("/proc/s", "no such file or directory"),
        ("{folder}", "file exists|is a directory"),
        ("x" * 300, "file name too long"),
        ("y/" * 2100, "path too long"),
    ],
)
def test_what_cannot_be_saved_does_not_stop_the_program(build: Build, path: str, why: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = path.format(folder=folder)
    result = build("deep").run(["x"], RunOptions(checkpoint_at=3, snapshot=path), cwd=tmp_path)
    lines = result.stderr.decode().splitlines()
    assert (result.status, result.stdout, len(lines)) == (0, b"right\n", 1)
    assert any(lines[0].endswith(f": {reason}; the program goes on") for reason in why.split("|"))
    assert lines[0].startswith("wanco: no snapshot: ")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_disk_full(build: Build, tmp_path: Path) -> None:
    script = "ulimit -f 1; exec \"$@\""  # a file size limit fails as a full disk does: in write()
    program = build("state", poll_interval=1)
    command = ["sh", "-c", script, "sh", *program.command((), RunOptions(checkpoint_at=9, snapshot=tmp_path / "s"))]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, program.run().stdout.decode())
    assert result.stderr == f"wanco: no snapshot: {tmp_path}/s: file too large; the program goes on\n"
    assert not list(tmp_path.iterdir())


def test_storm_of_signals(build: Build, tmp_path: Path) -> None:
    """Checkpoint again and again while periodic ones are being taken; nothing is lost or hangs."""
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_every="1ms", quiet=True)
    with start(build("spin"), ["x"] * 4000, options) as process:
        for _ in range(20):
            time.sleep(0.002)
            process.send_signal(signal.SIGALRM)
        process.send_signal(signal.SIGUSR1)
        assert process.wait(10) == SAVED
    assert Snapshot.load(tmp_path / "s").meta.number > 5


def test_requests_before_the_first_instruction_count(build: Build, tmp_path: Path) -> None:
    """A signal that came while it was blocked is served at the first poll of a restored program."""
    program = build("spin")
    assert program.checkpoint_at(5, tmp_path / "s", ["x"] * 4000).status == SAVED
    command = program.command((), RunOptions(restore=tmp_path / "s", snapshot=tmp_path / "t"))
    # The signal is pending when the program starts: sent to itself while blocked, then exec.
    code = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]);"
        "os.kill(os.getpid(), signal.SIGUSR1); os.execv(sys.argv[1], sys.argv[1:])"
    )
    result = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=False, timeout=30)
    assert result.returncode == SAVED
    assert (tmp_path / "t").exists()
