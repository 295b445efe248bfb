"""How far verifications are, told while they run.

On a terminal that is in the last line, where what pytest had written there comes back at the
end.  Elsewhere, in the log of a CI job, it is a line of its own now and then.  So it is under
xdist: each worker keeps what it is doing in a file, which a thread of the controller reads.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from pytest_wanco.names import PROGRESS

AFTER = 2.0
"""Seconds after which a verification first tells how far it is."""
EVERY = 0.5
"""Seconds between two changes of what it tells."""
TERMINAL_LINES, LOG_LINES = 10.0, 60.0
"""Seconds between lines of their own, on a terminal (under xdist) and in a log."""


class Display(Protocol):
    """Where it is told."""

    def show(self, text: str) -> None:
        """Tell it."""

    def clear(self) -> None:
        """There is nothing to tell any more."""


class Meter:
    """Tells about the verification of one program; the `Progress` that `verify_program` takes."""

    def __init__(self, display: Display, program: str) -> None:
        self._display = display
        self._program = program
        self._began = time.monotonic()
        self._next = self._began + AFTER

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        minutes, seconds = divmod(int(now - self._began), 60)
        self._display.show(f"{self._program}: {what} {done}/{total}, {minutes}:{seconds:02}")

    def clear(self) -> None:
        """The verification has ended."""
        self._display.clear()


def display_of(config: pytest.Config) -> Display:
    """The one that fits how pytest runs: in a worker, on a terminal, into a log, or quietly."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        folder = worker.get(PROGRESS)
        return _SharedFile(Path(folder, worker["workerid"])) if folder else _Silence()
    reporter = _reporter(config)
    if reporter is None:
        return _Silence()
    return _LastLine(config, reporter) if reporter.isatty else _Lines(config, reporter)


def _reporter(config: pytest.Config) -> Any:
    """The terminal's reporter; None where nothing is to be told."""
    return config.pluginmanager.get_plugin("terminalreporter") if config.get_verbosity() >= 0 else None


def _uncaptured(config: pytest.Config) -> AbstractContextManager[object]:
    """While a test runs, what is written is taken for its output."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    return contextlib.nullcontext() if capture is None else capture.global_and_fixture_disabled()


class _Silence:
    def show(self, text: str) -> None:
        pass

    def clear(self) -> None:
        pass


class _LastLine:
    """The last line of a terminal."""

    def __init__(self, config: pytest.Config, reporter: Any) -> None:
        self._config = config
        self._reporter = reporter
        self._before = ""
        self._shown = 0

    def show(self, text: str) -> None:
        width = self._reporter._tw.fullwidth - 1
        if not self._shown:
            self._before = getattr(self._reporter._tw, "_current_line", "")
        text = text[:width]
        self._write("\r" + text.ljust(max(self._shown, min(len(self._before), width))))
        self._shown = len(text)

    def clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * max(self._shown, len(self._before)) + "\r" + self._before)
            self._reporter._tw._current_line = self._before  # by its length pytest places what comes at the right
        self._shown = 0

    def _write(self, text: str) -> None:
        with _uncaptured(self._config):
            self._reporter.write(text, flush=True)


class _Lines:
    """Lines of their own, in a log."""

    def __init__(self, config: pytest.Config, reporter: Any) -> None:
        self._config = config
        self._reporter = reporter
        self._last = time.monotonic()

    def show(self, text: str) -> None:
        if time.monotonic() < self._last + LOG_LINES:
            return
        self._last = time.monotonic()
        with _uncaptured(self._config):
            self._reporter.ensure_newline()
            self._reporter.write_line(f"wanco: {text}", flush=True)

    def clear(self) -> None:
        pass


class _SharedFile:
    """A worker's file, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the controller is gone
            temporary = self._path.with_name(f".{self._path.name}")
            temporary.write_text(text)
            os.replace(temporary, self._path)

    def clear(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


class Watcher:
    """The controller's side of what workers share."""

    def __init__(self, config: pytest.Config) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wanco-progress-"))
        self._config = config
        self._reporter = _reporter(config)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="wanco-progress", daemon=True)
        if self._reporter is not None:
            self._thread.start()

    def stop(self) -> None:
        """At the end of the session."""
        self._ended.set()
        if self._reporter is not None:
            self._thread.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _watch(self) -> None:
        while not self._ended.wait(TERMINAL_LINES if self._reporter.isatty else LOG_LINES):
            told = [f"{path.name} {text}" for path in sorted(self.folder.glob("[!.]*")) if (text := _text(path))]
            if told:
                self._reporter.ensure_newline()
                self._reporter.write_line(f"wanco: {'; '.join(told)}", flush=True)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # its verification has ended meanwhile
        return ""
