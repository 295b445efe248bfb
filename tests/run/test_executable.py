"""Compiled programs from Python: run, checkpoint, restore."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

import wanco
from wanco import CompileOptions, Executable, RunOptions, Snapshot
from wanco.errors import RunError
from wanco.run.emulator import search
from wanco.targets import TARGETS

TARGETS_HERE = [target for target in TARGETS.values() if search(target) is not None]
ISAS = [target.name for target in TARGETS_HERE]

ECHO = b"""
(module $echo
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $rounds (mut i32) (i32.const 0))
  (func (export "_start") (local $i i32)
    (loop $again
      (i32.store (i32.const 0) (i32.const 64))
      (i32.store (i32.const 4) (i32.const 1))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.eqz (i32.load (i32.const 8))) (then (return)))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
      (br $again))))
"""
"""Copies its input to its output, a byte at a time."""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Executable]:
    """`ECHO` for each instruction set."""
    folder = tmp_path_factory.mktemp("echo")
    data = wanco.read_module(ECHO)
    programs = {}
    for artifact in wanco.compile_module(data, TARGETS_HERE, CompileOptions(optimize=1)):
        assert artifact.target is not None
        path = folder / artifact.target.name
        artifact.write(path)
        programs[artifact.target.name] = Executable.open(path)
    return programs


@pytest.mark.parametrize("isa", ISAS)
def test_run(echo: Mapping[str, Executable], isa: str) -> None:
    result = echo[isa].run(stdin=b"hello")
    assert (result.stdout, result.stderr, result.status) == (b"hello", b"", 0)
    assert echo[isa].target.name == isa
    assert not result.checkpointed and not result.trapped


@pytest.mark.parametrize("isa", ISAS)
def test_a_chain_over_all_instruction_sets(echo: Mapping[str, Executable], tmp_path: Path, isa: str) -> None:
    text = b"The quick brown fox"
    first, second = tmp_path / "1.wsnap", tmp_path / "2.wsnap"
    start = echo[isa].checkpoint_at(5, first, stdin=text)
    assert start.checkpointed
    snapshot = Snapshot.load(first)
    assert snapshot.globals[0].bits == 5
    assert snapshot.memories[0].read(64, 1) == text[4:5]
    assert snapshot.encode() == first.read_bytes()
    assert snapshot.system.arguments == (str(echo[isa].path),)
    assert [d.number for d in snapshot.system.descriptors] == [0, 1, 2]
    (hop, last) = (ISAS * 2)[ISAS.index(isa) + 1 :][:2]
    middle = echo[hop].restore(first, RunOptions(checkpoint_at=6, snapshot=second), stdin=text[5:])
    assert middle.checkpointed
    assert next(str(d) for d in wanco.diff(snapshot, Snapshot.load(second))) == "global 0: i32 5 | i32 11 (0xb)"
    end = echo[last].restore(second, stdin=text[11:])
    assert (start.stdout + middle.stdout + end.stdout, end.status) == (text, 0)


def test_a_program_that_ends_first_is_not_checkpointed(echo: Mapping[str, Executable], tmp_path: Path) -> None:
    result = echo[ISAS[0]].checkpoint_at(100, tmp_path / "never.wsnap", stdin=b"abc")
    assert (result.checkpointed, result.status, result.stdout) == (False, 0, b"abc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("isa", ISAS)
def test_a_blocked_program_is_checkpointed_at_once(echo: Mapping[str, Executable], tmp_path: Path, isa: str) -> None:
    with echo[isa].start(stdin=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"ab")
        process.stdin.flush()
        assert process.stdout.read(2) == b"ab"
        path = wanco.checkpoint_process(process.pid)
        assert path.parent == tmp_path and path.suffix == ".wsnap"
        assert process.wait(10) == 85
    result = echo[ISAS[-1]].restore(path, stdin=b"cd")
    assert (result.stdout, result.status) == (b"cd", 0)


def test_a_program_that_runs_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANCO_CACHE_DIR", str(tmp_path))
    spin = b'(module (func (export "_start") (loop (br 0))))'
    path = wanco.cached_executable(wanco.read_module(spin), TARGETS_HERE[0], CompileOptions(optimize=0))
    start = time.monotonic()
    with pytest.raises(RunError, match=r"still running after 0\.5 s"):
        Executable.open(path).run(timeout=0.5)
    assert time.monotonic() - start < 20


def test_the_environment_of_this_process_is_not_seen(
    echo: Mapping[str, Executable], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANCO_CHECKPOINT_AT", "1")
    assert echo[ISAS[0]].run(stdin=b"x", cwd=tmp_path).status == 0


def test_a_process_that_ends_without_saving_is_an_error(tmp_path: Path) -> None:
    code = "import signal, sys; signal.signal(signal.SIGUSR1, lambda *a: sys.exit(1)); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout and process.stdout.read(1)
        reaper = threading.Thread(target=process.wait)  # so that it does not stay a zombie
        reaper.start()
        with pytest.raises(RunError, match=f"process {process.pid} ended without saving a snapshot"):
            wanco.checkpoint_process(process.pid, tmp_path / "x.wsnap")
        reaper.join()


def test_a_process_that_ignores_the_request_is_an_error(tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGUSR1, lambda *a: None); print(flush=True)\nwhile True: signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout and process.stdout.read(1)
        with pytest.raises(RunError, match=r"saved no snapshot to .*x\.wsnap within 0.2 s"):
            wanco.checkpoint_process(process.pid, tmp_path / "x.wsnap", timeout=0.2)
        process.send_signal(signal.SIGKILL)


def test_options_become_arguments() -> None:
    options = RunOptions(
        dirs=["/a", ("/b", "/c"), Path("/d")],
        env={"K": "V=W"},
        inherit_env=True,
        max_memory="1G",
        snapshot=Path("s.wsnap"),
        checkpoint_at=7,
        quiet=True,
        extra=["--wanco-new"],
    )
    assert options.arguments() == [
        *("--wanco-dir", "/a", "--wanco-dir", "/b::/c", "--wanco-dir", "/d"),
        *("--wanco-env", "K=V=W"),
        *("--wanco-max-memory", "1G", "--wanco-snapshot", "s.wsnap", "--wanco-checkpoint-at", "7"),
        *("--wanco-inherit-env", "--wanco-quiet", "--wanco-new"),
    ]
    assert RunOptions().arguments() == []
