"""What a snapshot must be, and what is said about one that is not."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.programs import Build
from wanco.abi.layout import Phase, ValueCode
from wanco.run import RunOptions
from wanco.snapshot import Snapshot, Value


@pytest.fixture(scope="module")
def original(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of "state" with frames, globals, tables, segments and pages."""
    path = tmp_path_factory.mktemp("original") / "s"
    assert build("state", poll_interval=1).checkpoint_at(9, path).checkpointed
    return path


def refusal(build: Build, path: Path, *, verify: bool = False) -> str:
    """The one line with which the program refuses a snapshot, without the file's name."""
    result = build("state", poll_interval=1).run([], RunOptions(restore=path, verify=verify))
    line = result.stderr.decode()
    assert (result.status, result.stdout, line.count("\n")) == (3, b"", 1), result
    return line.removeprefix(f"wanco: {path}: ").rstrip("\n")


def test_truncated_anywhere(build: Build, original: Path, tmp_path: Path) -> None:
    data = original.read_bytes()
    for size in {0, 1, 95, 96, 335, 336, 400, len(data) // 2, len(data) - 1}:
        (tmp_path / "s").write_bytes(data[:size])
        message = refusal(build, tmp_path / "s")
        assert "too short" in message or f"damaged: {size} bytes long instead of {len(data)}" in message


def test_any_damaged_byte_is_noticed(build: Build, original: Path, tmp_path: Path) -> None:
    data = original.read_bytes()
    header, pages = 336, len(data) - len(data) % 4096
    rng = random.Random(1)
    places = [rng.randrange(header) for _ in range(40)] + [rng.randrange(header, 4096) for _ in range(60)] + [pages - 1]
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 1 << rng.randrange(8)
        (tmp_path / "s").write_bytes(damaged)
        result = build("state", poll_interval=1).run([], RunOptions(restore=tmp_path / "s", verify=True))
        is_padding = result.status == 0
        assert not is_padding or data[place] == 0
        if not is_padding:
            assert (result.status, result.stderr.count(b"\n")) == (3, 1)


def test_pages_are_checked_when_they_are_read(build: Build, original: Path, tmp_path: Path) -> None:
    damaged = bytearray(original.read_bytes())
    damaged[4096 * (len(damaged) // 4096) - 1] ^= 1
    (tmp_path / "s").write_bytes(damaged)
    assert refusal(build, tmp_path / "s") == "damaged: wrong checksum of pages of memory 0, bytes 0x0 to 0xa0000"


def test_large_memories_are_read_where_they_are_accessed(build: Build, isa: str, tmp_path: Path) -> None:
    """The program sums up all of its memory at its end; damage in it is noticed there, or before it runs if asked for."""
    program = build("churn", isa)
    stopped = program.run(["x"] * 3, RunOptions(snapshot=tmp_path / "s", checkpoint_at=900, quiet=True))
    assert stopped.status == 85
    assert program.restore(tmp_path / "s").stdout == b"right\n"
    data = bytearray((tmp_path / "s").read_bytes())
    data[-5000] ^= 1  # near the end of PAGES
    (tmp_path / "t").write_bytes(data)
    for verify in (False, True):
        result = program.run([], RunOptions(restore=tmp_path / "t", verify=verify))
        assert (result.status, result.stdout) == (3, b"")
        assert result.stderr.startswith(f"wanco: {tmp_path}/t: damaged: wrong checksum of pages of memory 0, bytes 0x".encode())
    with program.start([], RunOptions(restore=tmp_path / "s")) as process:
        os.truncate(tmp_path / "s", 1 << 20)  # most likely before all has been read
        _, stderr = process.communicate()
    assert process.returncode == 0 or stderr.startswith(f"wanco: {tmp_path}/s: ".encode())
    assert stderr.count(b"\n") <= 1


def test_closed_standard_streams_are_not_the_snapshot(build: Build, tmp_path: Path) -> None:
    program = build("cat")
    assert program.run([], RunOptions(snapshot=tmp_path / "s", checkpoint_at=1), stdin=b"x").status == 85
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *program.command([], RunOptions(restore=tmp_path / "s"))]
    result = subprocess.run(command, capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_not_a_snapshot(build: Build, tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(bytes(500))
    assert refusal(build, tmp_path / "s") == "not a snapshot"
    assert refusal(build, tmp_path) == "not a regular file"


def test_other_version(build: Build, original: Path, tmp_path: Path) -> None:
    data = bytearray(original.read_bytes())
    data[8] = 77
    (tmp_path / "s").write_bytes(data)
    assert refusal(build, tmp_path / "s") == "snapshot format 77, but this program reads only format 3"


def test_other_program(build: Build, original: Path, tmp_path: Path) -> None:
    assert build("deep").checkpoint_at(1, tmp_path / "s", ["x"]).checkpointed
    assert refusal(build, tmp_path / "s") == "snapshot of another program (the WebAssembly modules differ)"
    assert build("state", poll_interval=2).checkpoint_at(1, tmp_path / "t").checkpointed
    expected = "this program was compiled with other safepoints (poll interval, values of imported globals, or compiler version)"
    assert refusal(build, tmp_path / "t") == expected


def test_limits_hold(build: Build, original: Path) -> None:
    result = build("state", poll_interval=1).run([], RunOptions(restore=original, max_memory="128K"))
    assert (result.status, result.stderr.count(b"\n")) == (3, 1)
    assert b"memory 0 cannot have" in result.stderr


def test_stack_too_small(build: Build, isa: str, tmp_path: Path) -> None:
    assert build("deep").checkpoint_at(20000, tmp_path / "s", ["x"] * 20).checkpointed
    small = build("deep", isa).run([], RunOptions(restore=tmp_path / "s", stack_size="64K"))
    assert (small.status, small.stderr.decode()) == (
        3,
        f"wanco: the call stack is too small to restore {tmp_path / 's'}; use a larger --wanco-stack-size\n",
    )
    assert build("deep", isa).run([], RunOptions(restore=tmp_path / "s", stack_size="16M")).stdout == b"right\n"


# ---- snapshots that are whole, but say what cannot be ---------------------------------------

Change = Callable[[Snapshot], Snapshot]


def frame(number: int, **fields: Any) -> Change:
    """Another frame ``number`` (from the innermost)."""

    def change(snapshot: Snapshot) -> Snapshot:
        frames = list(snapshot.frames)
        frames[number] = dataclasses.replace(frames[number], **fields)
        return dataclasses.replace(snapshot, frames=tuple(frames))

    return change


def part(name: str, change: Callable[[Any], Any]) -> Change:
    """Another part of the snapshot."""
    def changed(snapshot: Snapshot) -> Snapshot:
        fields: dict[str, Any] = {name: change(getattr(snapshot, name))}
        return dataclasses.replace(snapshot, **fields)

    return changed


def field(name: str, **fields: Any) -> Change:
    """A part with other fields."""
    return part(name, lambda old: dataclasses.replace(old, **fields))


def first(name: str, **fields: Any) -> Change:
    """A part whose first element has other fields."""
    return part(name, lambda old: (dataclasses.replace(old[0], **fields), *old[1:]))


IMPOSSIBLE: dict[str, tuple[Change, str]] = {
    "no frames": (part("frames", lambda _: ()), "section FRAMES: 0 frames of entry"),
    "phase": (field("control", phase=Phase.START), "section CONTROL: phase 0 of entry"),
    "entry": (field("control", entry=0), "section CONTROL: phase 1 of entry 0 is impossible"),
    "entry beyond": (field("control", entry=1000), "section CONTROL: phase 1 of entry 1000 is impossible"),
    "site": (frame(0, site=999), "section FRAMES: site 999 does not exist"),
    "offset": (frame(0, offset=999), "section FRAMES: site "),
    "function": (frame(0, function=0), "section FRAMES: site "),
    "value missing": (frame(0, locals=()), "section FRAMES: 0 values in a frame where the program has 1"),
    "value type": (frame(0, locals=(Value(ValueCode.I64, 0, 1),)), "section FRAMES: a value of type 1, role 0, index 0"),
    "twice": (part("frames", lambda old: (old[0], *old)), "section FRAMES: a frame that is not the innermost is at no call"),
    "global missing": (part("globals", lambda old: old[1:]), "section GLOBALS: 4 globals where the program has 5"),
    "global index": (first("globals", index=3), "section GLOBALS: a value of type 0, role 2, index 3"),
    "reference": (
        part("globals", lambda old: (*old[:-1], Value(ValueCode.FUNCREF, 4, 3))),
        "section GLOBALS: an impossible value of type 5",
    ),
    "table too long": (first("tables", entries=(1,) * 41), "section TABLES: table 0 cannot have 41 entries"),
    "table too short": (first("tables", entries=(1,)), "section TABLES: table 0 cannot have 1 entries"),
    "table entry": (first("tables", entries=(1, 0)), "section TABLES: table 0 refers to function 0, which has no reference"),
    "table entry beyond": (first("tables", entries=(1, 99)), "section TABLES: table 0 refers to function 99, which has no reference"),
    "segments": (field("segments", data=(True, True)), "section SEGMENTS: 2 data segments where the program has 1"),
    "memory too large": (first("memories", size=21), "section MEMORY: memory 0 cannot have 21 pages (of 64 KiB)"),
    "memory too small": (first("memories", size=0), "section MEMORY: memory 0 cannot have 0 pages (of 64 KiB)"),
    "pages outside": (first("memories", size=2), "section MEMORY: a run of pages lies at a wrong place"),
    "no memory": (part("memories", lambda _: ()), "section MEMORY: 0 memories where the program has 1"),
    "wasi": (part("wasi", lambda _: b""), "section WASI: ends too early"),
    "wasi longer": (part("wasi", lambda old: old + bytes(8)), "section WASI: "),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_states_are_refused(build: Build, original: Path, name: str, tmp_path: Path) -> None:
    change, message = IMPOSSIBLE[name]
    change(Snapshot.load(original)).save(tmp_path / "s")
    assert refusal(build, tmp_path / "s", verify=True).startswith(message)


def test_unchanged_copy_is_accepted(build: Build, original: Path, tmp_path: Path) -> None:
    Snapshot.load(original).save(tmp_path / "s")
    result = build("state", poll_interval=1).run([], RunOptions(restore=tmp_path / "s", verify=True))
    assert (result.status, result.stderr) == (0, b"")


def test_frames_must_fit_each_other(build: Build, tmp_path: Path) -> None:
    """A caller whose call cannot have led to the inner frame."""
    program = build("deep")
    assert program.checkpoint_at(5, tmp_path / "s", ["x"]).checkpointed
    snapshot = Snapshot.load(tmp_path / "s")
    # The outermost frame alone calls "sum" from _start; without the others it is at a call.
    dataclasses.replace(snapshot, frames=snapshot.frames[-1:]).save(tmp_path / "t")
    result = program.run([], RunOptions(restore=tmp_path / "t"))
    assert result.stderr.endswith(b"section FRAMES: the innermost frame is at a call\n")
    dataclasses.replace(snapshot, frames=snapshot.frames[:-1]).save(tmp_path / "t")
    result = program.run([], RunOptions(restore=tmp_path / "t"))
    assert b"section FRAMES: the outermost frame does not belong to entry" in result.stderr
    # Fewer levels of recursion are possible, and the sum is another one then.
    dataclasses.replace(snapshot, frames=(*snapshot.frames[:2], *snapshot.frames[-1:])).save(tmp_path / "t")
    assert program.run([], RunOptions(restore=tmp_path / "t")).stdout == b"wrong\n"
