"""What tests of programs are made of: several snapshots in one run, the state at exit, traces."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.runtime.programs import Build
from wanco.abi.layout import Phase
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot, diff

SAVED = 85


def read_trace(path: Path) -> tuple[int, list[tuple[int, int, int]]]:
    """Number of polls, and (first, last, count) of each site."""
    data = path.read_bytes()
    polls, sites = struct.unpack_from("<QQ", data)
    rows = list(struct.iter_unpack("<QQQ", data[16:]))
    assert len(rows) == sites
    return polls, rows


def test_several_polls(build: Build, isa: str, tmp_path: Path) -> None:
    program = build("state", isa, poll_interval=1)
    options = RunOptions(checkpoint_at=(2, 3, 9), snapshot=tmp_path / "s%n", quiet=True)
    result = program.run([], options)
    assert (result.status, result.stderr) == (SAVED, b"")
    for number, poll in enumerate((2, 3, 9), 1):
        one = Snapshot.load(tmp_path / f"s{number}")
        assert (one.meta.polls, one.meta.number) == (poll, number)
        assert program.checkpoint_at(poll, tmp_path / "alone").status == SAVED
        assert not diff(one, Snapshot.load(tmp_path / "alone"))


def test_the_program_ends_before_the_last_poll(build: Build, tmp_path: Path) -> None:
    program = build("deep")
    result = program.run(["x"], RunOptions(checkpoint_at=(1, 10**9), snapshot=tmp_path / "s%n", quiet=True))
    assert (result.status, result.stdout) == (0, b"right\n")
    assert [p.name for p in tmp_path.iterdir()] == ["s1"]


def test_state_at_exit(build: Build, isa: str, tmp_path: Path) -> None:
    ends = []
    for number, where in enumerate((isa, "x86_64")):
        path = tmp_path / str(number)
        program = build("state", where, poll_interval=1)
        options = RunOptions(checkpoint_at_exit=path, quiet=True)
        assert program.run([], options, name="state").stdout == program.run().stdout
        ends.append(Snapshot.load(path))
        assert (ends[-1].control.phase, ends[-1].frames) == (Phase.INVOKE, ())
        refused = program.restore(path)
        assert (refused.status, refused.stderr) == (3, f"wanco: {path}: not a snapshot of a command\n".encode())
    assert not diff(*ends)
    # A restored program ends in the same state.
    assert program.checkpoint_at(5, tmp_path / "s").status == SAVED
    assert program.restore(tmp_path / "s", options).status == 0
    again = Snapshot.load(path)
    assert (again.memories, again.globals, again.tables) == (ends[0].memories, ends[0].globals, ends[0].tables)


def test_trace(build: Build, isa: str, tmp_path: Path) -> None:
    program = build("deep", isa)
    assert program.run(["x"], RunOptions(trace_polls=tmp_path / "t")).stdout == b"right\n"
    polls, sites = read_trace(tmp_path / "t")
    assert polls > 500
    reached = [site for site, (_, _, count) in enumerate(sites) if count]
    seen = set()
    for site in reached:
        first, last, count = sites[site]
        assert 1 <= first <= last <= polls
        assert 1 <= count <= last - first + 1
        for poll in (first, last):
            assert program.checkpoint_at(poll, tmp_path / "s", ["x"]).status == SAVED
            frames = [frame.site for frame in Snapshot.load(tmp_path / "s").frames]
            assert site in frames[:64]
            seen.update(frames)
    assert seen == set(reached)


def test_trace_of_a_run_that_is_cut_off(build: Build, tmp_path: Path) -> None:
    program = build("deep")
    options = RunOptions(trace_polls=tmp_path / "t", checkpoint_at=7, snapshot=tmp_path / "s")
    assert program.run(["x"], options).status == SAVED
    assert read_trace(tmp_path / "t")[0] == 7
    refused = program.run(["x"], RunOptions(trace_polls=tmp_path / "none" / "t"))
    assert (refused.status, refused.stderr) == (3, f"wanco: {tmp_path}/none/t: no such file or directory\n".encode())


def test_host_calls_have_numbers(build: Build, isa: str, tmp_path: Path) -> None:
    """Read, write, poll, three times; then a read that finds the end: ten stops, three polls."""
    program, elsewhere = build("cat", isa), build("cat", "x86_64")
    text = bytes(range(64, 104))
    stdin = tmp_path / "stdin"
    stdin.write_bytes(text)

    def run(options: RunOptions, executable: Executable = program) -> bytes:
        with stdin.open("rb") as file, executable.start((), options, stdin=file.fileno(), name="cat") as process:
            stdout, stderr = process.communicate(timeout=60)
        assert stderr == b""
        return stdout

    trace = RunOptions(trace_polls=tmp_path / "t", count_host_calls=True)
    assert run(trace) == text
    stops, sites = read_trace(tmp_path / "t")
    assert stops == 10
    assert sorted(row for row in sites if row[2]) == [(1, 10, 4), (2, 8, 3), (3, 9, 3)]
    saved = RunOptions(count_host_calls=True, checkpoint_at=range(1, 11), snapshot=tmp_path / "s%n", quiet=True)
    assert run(saved) == text
    states = [Snapshot.load(tmp_path / f"s{number}") for number in range(1, 11)]
    assert [sites[state.frames[0].site][0] for state in states] == [1, 2, 3] * 3 + [1]
    for number in range(1, 11):
        last = RunOptions(count_host_calls=True, checkpoint_at=number, snapshot=tmp_path / "first", quiet=True)
        written = run(last)
        assert not diff(Snapshot.load(tmp_path / "first"), states[number - 1])
        # Nothing lost, nothing twice, wherever it goes on; and numbers go on from there.
        assert written + run(RunOptions(restore=tmp_path / "first"), elsewhere) == text
        for after in range(number + 1, 11):
            step = RunOptions(
                restore=tmp_path / "first", count_host_calls=True, checkpoint_at=after - number, snapshot=tmp_path / "next", quiet=True
            )
            run(step, elsewhere if after % 2 else program)
            assert not diff(Snapshot.load(tmp_path / "next"), states[after - 1])
    # Without the option polls alone are counted.
    run(RunOptions(trace_polls=tmp_path / "t"))
    assert read_trace(tmp_path / "t")[0] == 3


def test_the_programs_own_checkpoint_is_a_stop(build: Build, isa: str, tmp_path: Path) -> None:
    """Stopped in the call, before it has saved; the restored program saves, in a place of its own."""
    program = build("ask", isa)
    options = RunOptions(count_host_calls=True, checkpoint_at=1, snapshot=tmp_path / "s", guest_snapshot=tmp_path / "own", quiet=True)
    assert (program.run([], options).status, [p.name for p in tmp_path.iterdir()]) == (SAVED, ["s"])
    whole = program.run([], RunOptions(snapshot=tmp_path / "other%n", quiet=True)).stdout
    again = program.restore(tmp_path / "s", RunOptions(guest_snapshot=tmp_path / "own", quiet=True))
    assert again.stdout == whole
    own, other = Snapshot.load(tmp_path / "own"), Snapshot.load(tmp_path / "other1")
    assert own.control.requested and own.meta.number == 2
    assert not [line for line in diff(own, other) if not str(line).startswith("WASI")]
    assert program.restore(tmp_path / "own").stdout != whole  # as the call returns 1


def test_state_at_a_trap(build: Build, isa: str, tmp_path: Path) -> None:
    """Traps of all kinds but faults have a state at exit, the same everywhere."""
    faults = {2: "call stack exhausted", 4: "out of bounds memory access"}
    for count in range(1, 7):
        ends = []
        for number, where in enumerate((isa, "x86_64")):
            path = tmp_path / f"{count}-{number}"
            options = RunOptions(checkpoint_at_exit=path, stack_size="1M", quiet=True)
            result = build("traps", where).run(["x"] * count, options, name="traps")
            assert (result.status, path.exists()) == (134, count not in faults), result.stderr
            if path.exists():
                ends.append(Snapshot.load(path))
                assert not ends[0].frames
        assert not ends or not diff(*ends)
