"""A progress display for what takes more than a second, on a terminal only."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

import rich.console
import rich.progress

_PATIENCE = 1.0
"""Seconds before anything is shown."""


class Progress:
    """A context in which `report` may be called; clears what it has shown at the end."""

    def __init__(self) -> None:
        self._display: rich.progress.Progress | None = None
        if sys.stderr.isatty():
            self._display = rich.progress.Progress(
                rich.progress.TextColumn("{task.description}"),
                rich.progress.BarColumn(),
                rich.progress.MofNCompleteColumn(),
                rich.progress.TimeElapsedColumn(),
                console=rich.console.Console(stderr=True),
                transient=True,
                refresh_per_second=4,
            )
            self._task = self._display.add_task("", total=None)
            self._timer = threading.Timer(_PATIENCE, self._display.start)

    def report(self, what: str, done: int, total: int) -> None:
        """Say what is being done, and how much of it has been."""
        if self._display is not None:
            self._display.update(self._task, description=what, completed=done, total=total if total > 1 else None)

    def __enter__(self) -> Progress:
        if self._display is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._display is not None:
            self._timer.cancel()
            self._timer.join()
            self._display.stop()
