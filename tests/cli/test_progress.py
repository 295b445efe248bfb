"""The progress display appears on a terminal, after a while, and goes away."""

from __future__ import annotations

import os
import pty
import sys

import pytest

_CODE = """
import time
from wanco.cli import progress
progress._PATIENCE = {patience}
with progress.Progress() as p:
    p.report("front end", 0, 1)
    time.sleep(0.3)
    p.report("code", 1, 3)
    time.sleep(0.5)
"""


def _on_a_terminal(patience: float) -> bytes:
    """What a program that reports progress for 0.8 seconds writes to its terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", _CODE.format(patience=patience)], {**os.environ, "TERM": "xterm"})
    written = b""
    try:
        while data := os.read(terminal, 4096):
            written += data
    except OSError:  # how the end of a terminal is told
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return written


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_what_takes_long_is_shown_and_cleared() -> None:
    written = _on_a_terminal(0.01)
    assert b"code" in written and b"1/3" in written
    assert written.endswith(b"\x1b[2K")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_what_is_quick_is_not_shown() -> None:
    assert _on_a_terminal(60) == b""
