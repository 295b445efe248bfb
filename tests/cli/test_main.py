"""What all commands share: usage, versions, errors, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import wanco
from tests.cli.programs import Wanco
from wanco.cli import COMMANDS
from wanco.targets import TARGETS


def test_version(wanco: Wanco) -> None:
    done = wanco("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"wanco {sys.modules['wanco'].__version__}\n")


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["compile"], ["compile", "a", "--frob"], ["targets", "--", "x"]])
def test_wrong_usage_has_status_2(wanco: Wanco, arguments: list[str]) -> None:
    done = wanco(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(b"usage: wanco")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(wanco: Wanco, command: str) -> None:
    done = wanco(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: wanco {command}".encode())


def test_targets(wanco: Wanco) -> None:
    done = wanco("targets", PATH="/nowhere", WANCO_EMULATOR_RISCV64="/opt/my-emulator -cpu max")
    lines = dict(line.split(None, 1) for line in done.stdout.decode().splitlines())
    assert list(lines) == list(TARGETS)
    assert lines["riscv64"] == "emulated: /opt/my-emulator -cpu max"
    assert "native" in lines.values()


def test_a_missing_file_is_one_line(wanco: Wanco) -> None:
    for command in (["compile", "no.wasm"], ["run", "no.wasm"], ["inspect", "no.wsnap"], ["restore", "no.wsnap"], ["diff", "a", "b"]):
        done = wanco(*command)
        assert done.returncode in (2, 3)
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith("wanco: error: ") and "No such file" in line


def test_importing_wanco_is_fast_and_leaves_llvm_alone() -> None:
    code = "import sys, wanco; assert not any(m.startswith(('llvmlite', 'rich', 'crc32c')) for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    assert all(getattr(wanco, name) is not None for name in wanco.__all__)
    with pytest.raises(AttributeError):
        wanco.no_such_name  # noqa: B018


def _heed_interruption() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interruption_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    fifo = tmp_path / "module.wasm"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "wanco", "compile", fifo]
    # A shell's background jobs ignore the signal, and so would what they start.
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, preexec_fn=_heed_interruption)  # noqa: PLW1509 - this process has one thread
    with fifo.open("wb"):  # opens when the command reads
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
    # Closed now: a signal that came just before the command began to read ends it, too.
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, b"wanco: interrupted\n")


def test_output_into_a_closed_pipe_is_quiet(environment: dict[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "wanco", "targets"], env=environment, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b""
