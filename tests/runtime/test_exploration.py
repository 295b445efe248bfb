"""What tests of programs are made of: several snapshots in one run, the state at exit, traces."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.runtime.programs import Build
from wanco.layout import Phase
from wanco.run import RunOptions
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
