"""What is told while verifications run."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_wanco.progress import Meter
from tests.plugin.conftest import PROGRAMS


class Told:
    """A display that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, text: str) -> None:
        self.lines.append(text)

    def clear(self) -> None:
        self.lines.append("")


def test_a_short_verification_tells_nothing() -> None:
    told = Told()
    meter = Meter(told, "app.wasm")
    meter("lockstep", 1, 9)
    assert told.lines == []


def test_a_long_one_tells_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    told = Told()
    meter = Meter(told, "app.wasm")
    for number in range(40):
        now = 100 + number / 4
        meter("lockstep", number, 99)
    assert told.lines[0] == "app.wasm: lockstep 8/99, 0:02"
    assert told.lines[-1] == "app.wasm: lockstep 38/99, 0:09"
    assert len(told.lines) == 16


@pytest.fixture
def hasty(pytester: pytest.Pytester) -> Path:
    """A project in which everything is told at once."""
    (pytester.path / "counter.wat").write_text((PROGRAMS / "counter.wat").read_text())
    pytester.makeconftest("import pytest_wanco.progress as p\np.AFTER = p.EVERY = p.LOG_LINES = 0\n")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("words", range(2))
        def test_it(wanco_cross_isa, words):
            wanco_cross_isa("counter.wat", ["x"] * (1 + words), points=4).assert_identical()
        """
    )
    return pytester.path


OPTIONS = ("--wanco-cross-isa", "--wanco-isas=x86_64", "-p", "no:cacheprovider")


def test_lines_in_a_log(pytester: pytest.Pytester, hasty: Path) -> None:
    result = pytester.runpytest_subprocess(*OPTIONS)
    result.assert_outcomes(passed=2)
    result.stdout.re_match_lines([r"wanco: counter.wat: [\w, ]+ \d+/\d+, \d:\d\d"])
    quiet = pytester.runpytest_subprocess(*OPTIONS, "-q")
    quiet.stdout.no_re_match_line("wanco: counter.*")


def test_workers(pytester: pytest.Pytester, hasty: Path) -> None:
    result = pytester.runpytest_subprocess(*OPTIONS, "-n2")
    result.assert_outcomes(passed=2)
    lines = re.findall(r"^wanco: (gw.*)", result.stdout.str(), re.MULTILINE)
    assert lines, result.stdout.str()
    assert all(re.fullmatch(r"gw\d counter.wat: [\w, ]+ \d+/\d+, 0:\d\d", told) for line in lines for told in line.split("; "))


def on_a_terminal(folder: Path, *words: str) -> str:
    """What pytest writes to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", *words]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # the terminal's end
        while part := os.read(ours, 4096):
            output += part
    os.close(ours)
    assert process.wait() == 0, output.decode()
    return output.decode()


def test_the_last_line_of_a_terminal(hasty: Path) -> None:
    """What pytest has written there comes back."""
    output = on_a_terminal(hasty, *OPTIONS, "--color=no")
    lines = [line.split("\r") for line in output.replace("\r\n", "\n").split("\n")]
    (line,) = [line for line in lines if line[0].startswith("test_the_last_line")]
    name = line[0].rstrip()
    assert any(re.fullmatch(r"counter.wat: \w+ \d+/\d+, 0:\d\d *", part) for part in line), line
    seen = [part for part in line if part.strip() and not part.startswith("counter.wat")]
    assert seen[0].strip() == name
    assert re.fullmatch(rf"{re.escape(name)} \.\. +\[100%\]", seen[-1]), seen
