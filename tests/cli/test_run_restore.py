"""``wanco run``, ``checkpoint``, ``restore``, ``inspect`` and ``diff`` on real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.programs import COUNT_OUTPUT, Wanco
from wanco.run.emulator import search
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS

ISAS = [target.name for target in TARGETS.values() if search(target) is not None]
SAVED = 85


@pytest.mark.parametrize("isa", ISAS)
def test_run_is_the_program(wanco: Wanco, count: Path, isa: str) -> None:
    done = wanco("run", count, "--target", isa, "-O1")
    assert (done.returncode, done.stdout, done.stderr) == (5, COUNT_OUTPUT, b"")


def test_run_uses_the_cache(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    def executables() -> list[Path]:
        return [p for p in (tmp_path / "cache" / "executables").rglob("*") if p.is_file()]

    for options, expected in ((["-O0"], 1), (["-O0", "-j1"], 1), (["-O0", "--poll-interval", "7"], 2)):
        assert wanco("run", count, *options, WANCO_CACHE_DIR=str(tmp_path / "cache")).returncode == 5
        assert len(executables()) == expected


def test_what_follows_the_dashes_is_the_programs(wanco: Wanco, tmp_path: Path) -> None:
    source = """(module
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 4)))
        (drop (call $args (i32.const 64) (i32.const 1024)))
        (i32.store (i32.const 8) (i32.const 1024))
        (i32.store (i32.const 12) (i32.load (i32.const 4)))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"""
    (tmp_path / "args.wat").write_text(source)
    done = wanco("run", "args.wat", "-O0", "--", "a", "--target", "--", "-x")
    assert (done.returncode, done.stdout) == (0, b"args.wat\0a\0--target\0--\0-x\0")


def test_a_trap_has_its_status_and_a_backtrace(wanco: Wanco, tmp_path: Path) -> None:
    (tmp_path / "trap.wat").write_text('(module (func $inner unreachable) (func (export "_start") (call $inner)))')
    done = wanco("run", "trap.wat", "-O0")
    assert done.returncode == 134
    assert b"unreachable" in done.stderr and b"inner" in done.stderr


def _save(wanco: Wanco, count: Path, isa: str, poll: int, name: str = "count.wsnap") -> bytes:
    done = wanco("run", count, "--target", isa, "-O1", "--checkpoint-at", poll, "--snapshot", name)
    assert done.returncode == SAVED
    assert name.encode() in done.stderr
    return done.stdout


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("other", ISAS)
def test_restore_on_any_instruction_set(wanco: Wanco, count: Path, isa: str, other: str) -> None:
    head = _save(wanco, count, isa, 1000)
    assert 0 < len(head) < len(COUNT_OUTPUT)
    done = wanco("restore", "count.wsnap", "--target", other, "-O1")
    assert (done.returncode, head + done.stdout, done.stderr) == (5, COUNT_OUTPUT, b"")


def test_restore_passes_options_to_the_runtime(wanco: Wanco, count: Path) -> None:
    head = _save(wanco, count, ISAS[0], 500)
    middle = wanco("restore", "count.wsnap", "-O1", "--checkpoint-at", 700, "--", "--wanco-snapshot", "second.wsnap", "--wanco-quiet")
    assert (middle.returncode, middle.stderr) == (SAVED, b"")
    tail = wanco("restore", "second.wsnap", "-O1")
    assert (tail.returncode, head + middle.stdout + tail.stdout) == (5, COUNT_OUTPUT)


def test_restore_takes_what_was_compiled_here_or_is_named(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    cache, empty = (str(tmp_path / name) for name in ("cache", "empty-cache"))
    options = ("-O1", "--poll-interval", "7")
    assert wanco("compile", count, "-o", "app", *options, WANCO_CACHE_DIR=cache).returncode == 0
    saved = subprocess.run([tmp_path / "app", "--wanco-checkpoint-at", "1000"], cwd=tmp_path, capture_output=True, check=False)
    assert saved.returncode == SAVED
    shutil.rmtree(tmp_path / "cache" / "modules")
    whole = (5, COUNT_OUTPUT)
    done = wanco("restore", "app.wsnap", WANCO_CACHE_DIR=cache)
    assert (done.returncode, saved.stdout + done.stdout) == whole
    # What lies beside it is taken only if it is named.
    done = wanco("restore", "app.wsnap", WANCO_CACHE_DIR=empty)
    assert done.returncode == 3
    assert b"name one of them with --executable or --module" in done.stderr
    done = wanco("restore", "app.wsnap", "--executable", "app", WANCO_CACHE_DIR=empty)
    assert (done.returncode, saved.stdout + done.stdout) == whole
    # What is built has the poll interval of the snapshot.
    done = wanco("restore", "app.wsnap", "--module", count, "-O1", WANCO_CACHE_DIR=empty)
    assert (done.returncode, saved.stdout + done.stdout) == whole


def test_restore_does_not_run_what_lies_beside_a_snapshot(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    """Though it is an executable that carries the snapshot's hashes."""
    _save(wanco, count, ISAS[0], 1000)
    stranger = tmp_path / "stranger"
    identity = Snapshot.load(tmp_path / "count.wsnap").identity
    stranger.write_bytes(Path("/bin/true").read_bytes() + identity)
    stranger.chmod(0o755)
    done = wanco("restore", "count.wsnap", "-O1", "--target", ISAS[0])
    assert done.returncode == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--executable", "other"), b"count.wsnap: taken from another program than this"),
        (("--executable", "absent"), b"absent: No such file"),
        (("--executable", "other", "--module", "count.wasm"), b"give one of them"),
    ],
)
def test_restore_refuses_what_is_not_its_program(wanco: Wanco, count: Path, spin: Path, words: tuple[str, ...], message: bytes) -> None:
    _save(wanco, count, ISAS[0], 10)
    assert wanco("compile", spin, "-o", "other", "-O1", "--target", ISAS[0]).returncode == 0
    done = wanco("restore", "count.wsnap", *words)
    assert done.returncode in (2, 3)
    assert message in done.stderr and done.stderr.count(b"\n") == 1


def test_restore_refuses_another_module(wanco: Wanco, count: Path, spin: Path) -> None:
    _save(wanco, count, ISAS[0], 10)
    done = wanco("restore", "count.wsnap", "--module", spin)
    assert done.returncode == 3
    assert b"taken from another module" in done.stderr


def test_inspect_names_frames(wanco: Wanco, count: Path) -> None:
    _save(wanco, count, ISAS[0], 1000)
    text = wanco("inspect", "count.wsnap").stdout.decode()
    assert "fib +0x" in text and "module      count" in text
    value = json.loads(wanco("inspect", "count.wsnap", "--json").stdout)
    assert value["phase"] == "command"
    assert value["frames"][0]["name"] == "fib"
    assert value["meta"]["isa"] == ISAS[0]
    assert value["memories"][0]["pages"] == 1


def test_diff_has_the_status_of_diff(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    for isa in ISAS:
        _save(wanco, count, isa, 1000, f"{isa}.wsnap")
        done = wanco("diff", f"{ISAS[0]}.wsnap", f"{isa}.wsnap")
        assert (done.returncode, done.stdout) == (0, b"")
    _save(wanco, count, ISAS[0], 1001, "next.wsnap")
    done = wanco("diff", f"{ISAS[0]}.wsnap", "next.wsnap")
    assert done.returncode == 1
    assert b"frame #" in done.stdout
    (tmp_path / "broken.wsnap").write_bytes((tmp_path / "next.wsnap").read_bytes()[:-1])
    done = wanco("diff", "next.wsnap", "broken.wsnap")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"truncated" in done.stderr


def _start(environment: dict[str, str], cwd: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """Start ``wanco run`` on a program that writes a byte first, and wait for that."""
    command = [sys.executable, "-m", "wanco", "run", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.read(1) == b"\0"
    return process


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("named", [False, True])
def test_checkpoint_of_a_running_program(
    wanco: Wanco, spin: Path, tmp_path: Path, environment: dict[str, str], isa: str, named: bool
) -> None:
    options = ["--snapshot", "here-%n.wsnap"] if named else []
    process = _start(environment, tmp_path, spin, "--target", isa, "-O1", *options)
    try:
        done = wanco("checkpoint", process.pid)
        name = "here-1.wsnap" if named else "spin.wasm.wsnap"
        assert (done.returncode, done.stdout.decode()) == (0, f"{tmp_path / name}\n")
        assert process.wait(10) == SAVED
    finally:
        process.kill()
        process.communicate()
    value = json.loads(wanco("inspect", name, "--json").stdout)
    assert value["meta"]["isa"] == isa
    assert value["frames"][0]["locals"][0]["bits"] > 0


def test_checkpoint_leaves_other_processes_alone(wanco: Wanco, tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    try:
        done = wanco("checkpoint", process.pid)
        assert done.returncode == 3
        assert b"does not catch SIGUSR1" in done.stderr
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    done = wanco("checkpoint", process.pid)
    assert done.returncode == 3
    assert f"no process {process.pid}".encode() in done.stderr


def test_a_program_without_checkpoints_cannot_be_saved(wanco: Wanco, count: Path) -> None:
    done = wanco("run", count, "--no-checkpoint", "--checkpoint-at", 3)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_options_of_the_runtime_are_granted(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    done = wanco("run", count, "--max-memory", "1")
    assert done.returncode == 3
    assert not os.listdir(tmp_path)
