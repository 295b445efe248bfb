"""The driver: exports called from a script, traps survived, state saved between and in calls."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.runtime.programs import Build
from wanco.run import RunOptions


def drive(build: Build, isa: str | None, script: list[str], options: RunOptions | None = None) -> list[str]:
    """The answers to a script's lines."""
    program = build("exports", isa, driver=True)
    result = program.run([], options or RunOptions(quiet=True), stdin="\n".join([*script, ""]).encode())
    assert result.stderr == b"", result
    return result.stdout.decode().splitlines()


def test_calls(build: Build, isa: str) -> None:
    answers = drive(
        build,
        isa,
        [
            "invoke 0 5 ffffffff", "invoke 1 8000000000000000", "get 2", "invoke 3 1", "get 2", "size 4", "invoke 5 0", "invoke 5 1",
            "size 4", "invoke 6 null", "invoke 6 2", "invoke 6 99", "invoke 0 1", "invoke 99", "nonsense", "quit", "get 2",
        ],
    )  # fmt: skip
    assert answers == [
        "ready",
        f"ok {4:032x} {6:032x}",
        f"ok {0xBFF0 << 48:032x}",
        f"ok {41:032x}",
        "ok",
        f"ok {42:032x}",
        "ok 1",
        f"ok {5:032x}",
        "trap integer divide by zero",
        "ok 1",
        f"ok {1:032x} null",
        f"ok {0:032x} {2:032x}",
        *["error: not understood or not possible"] * 4,
    ]


def test_listing(build: Build) -> None:
    assert drive(build, None, ["exports"])[1:] == [
        "0 0 00>00 swap_sub",
        "1 0 1>3 to_double",
        "2 3 - counter",
        "3 0 0> bump",
        "4 2 - memory",
        "5 0 0>0 divide",
        "6 0 5>05 is_null",
        "7 0 1>1 count",
        "8 0 > _start",
        "ok",
    ]


def test_saved_between_calls(build: Build, isa: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s", quiet=True)
    assert drive(build, "x86_64", ["invoke 3 10", "save", "invoke 3 10", "get 2"], options)[1:] == ["ok", "ok", "ok", f"ok {73:032x}"]
    assert drive(build, isa, ["get 2", "invoke 3 1", "get 2"], RunOptions(restore=tmp_path / "s")) == [
        "ready", f"ok {57:032x}", "ok", f"ok {58:032x}",
    ]  # fmt: skip


def test_saved_in_a_call(build: Build, isa: str, tmp_path: Path) -> None:
    program = build("exports", None, driver=True)
    options = RunOptions(snapshot=tmp_path / "s", checkpoint_at=3)
    assert program.run([], options, stdin=b"invoke 3 1\ninvoke 7 10000\nget 2\n").checkpointed
    expected = drive(build, None, ["invoke 7 10000"])[1]
    assert drive(build, isa, ["get 2"], RunOptions(restore=tmp_path / "s")) == ["ready", expected, f"ok {42:032x}"]


def test_a_command_refuses_the_drivers_snapshots(build: Build, tmp_path: Path) -> None:
    drive(build, None, ["save"], RunOptions(snapshot=tmp_path / "s", quiet=True))
    command = [str(build("exports", None).path), f"--wanco-restore={tmp_path}/s"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (3, f"wanco: {tmp_path}/s: not a snapshot of a command\n")
