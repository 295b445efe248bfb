"""Options of the runtime: which arguments are whose, and what is told about wrong ones."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.runtime.programs import Build


def call(build: Build, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run "traps" (which ends well without arguments, and traps with one) natively."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANCO_")}
    command = [str(build("traps").path), *words]
    return subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True, check=False)


def test_arguments_of_the_runtime_are_taken_out_wherever_they_stand(build: Build) -> None:
    assert call(build, "--wanco-max-memory", "64K", "--wanco-quiet").returncode == 0
    assert call(build, "--wanco-max-memory=64K").returncode == 0
    after = call(build, "--", "x", "--wanco-quiet")  # two arguments left: infinite recursion
    assert after.returncode == 134
    assert "call stack exhausted" in after.stderr


def test_all_others_are_the_programs_own(build: Build) -> None:
    assert "unreachable" in call(build, "--").stderr
    assert "unreachable" in call(build, "--wanc").stderr


def test_help_and_version(build: Build) -> None:
    text = call(build, "--wanco-help")
    assert (text.returncode, text.stderr) == (0, "")
    for name in ("dir HOST[::GUEST]", "checkpoint-every TIME", "restore FILE", "deterministic"):
        assert f"--wanco-{name}\n" in text.stdout
    version = call(build, "--wanco-version")
    assert version.returncode == 0
    assert version.stdout.startswith("wanco ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--wanco-nothing"], "unknown option --wanco-nothing; see --wanco-help"),
        (["--wanco-dirs", "x"], "unknown option --wanco-dirs; see --wanco-help"),
        (["--wanco-dir"], "--wanco-dir needs a value: HOST[::GUEST]"),
        (["--wanco-dir="], "--wanco-dir: '' is not a valid HOST[::GUEST]; see --wanco-help"),
        (["--wanco-quiet=yes"], "--wanco-quiet takes no value"),
        (["--wanco-max-memory", "12Q"], "--wanco-max-memory: '12Q' is not a valid SIZE; see --wanco-help"),
        (["--wanco-max-memory", "9999999999999999999"], "--wanco-max-memory: '9999999999999999999' is not a valid SIZE; see --wanco-help"),
        (["--wanco-checkpoint-after", "5"], "--wanco-checkpoint-after: '5' is not a valid TIME; see --wanco-help"),
        (["--wanco-checkpoint-at", "0"], "--wanco-checkpoint-at: '0' is not a valid N[,N...]; see --wanco-help"),
        (["--wanco-checkpoint-at=4,4"], "--wanco-checkpoint-at: '4,4' is not a valid N[,N...]; see --wanco-help"),
        (["--wanco-checkpoint-exit-status", "256"], "--wanco-checkpoint-exit-status: '256' is not a valid N; see --wanco-help"),
        (["--wanco-restore", "/nonexistent"], "/nonexistent: no such file or directory"),
        (["--wanco-restore", "/dev/null"], "/dev/null: not a regular file"),
        (["--wanco-restore", "/etc"], "/etc: not a regular file"),
        (["--wanco-max-memory", "1"], "the program needs 65536 bytes for memory 0, more than there are or --wanco-max-memory allows"),
    ],
)
def test_wrong_use_is_told_in_one_line(build: Build, words: list[str], message: str) -> None:
    result = call(build, *words)
    assert (result.returncode, result.stdout, result.stderr) == (3, "", f"wanco: {message}\n")


def test_variables(build: Build) -> None:
    assert call(build, WANCO_MAX_MEMORY="64K", WANCO_QUIET="1", WANCO_SOMETHING_ELSE="x", WANCO_DIR="").returncode == 0
    bad = call(build, WANCO_MAX_MEMORY="12Q")
    assert (bad.returncode, bad.stderr) == (3, "wanco: variable WANCO_max-memory: '12Q' is not a valid SIZE; see --wanco-help\n")


def test_arguments_win_over_variables(build: Build) -> None:
    assert call(build, "--wanco-max-memory=64K", WANCO_MAX_MEMORY="1").returncode == 0


def test_a_program_without_checkpoints_says_so(build: Build) -> None:
    result = build("traps", checkpoint=False)
    for word in ("--wanco-checkpoint-at=1", "--wanco-restore=x"):
        run = subprocess.run([result.path, word], capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (3, "wanco: this program was compiled without checkpoints (--no-checkpoint)\n")
