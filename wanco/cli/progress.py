"""A progress display for what takes more than a second, on a terminal only."""

from __future__ import annotations

import importlib
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.progress

_PATIENCE = 1.0
"""Seconds before anything is shown."""


class Progress:
    """A context in which `report` may be called; clears what it has shown at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest = ("", 0, 1)
        self._display: rich.progress.Progress | None = None
        self._timer = threading.Timer(_PATIENCE, self._show)
        self._timer.daemon = True

    def report(self, what: str, done: int, total: int) -> None:
        """Say what is being done, and how much of it has been."""
        with self._lock:
            self._latest = (what, done, total)
            self._update()

    def _show(self) -> None:
        # Imported only here: most commands are done before anything is shown.
        progress, console = importlib.import_module("rich.progress"), importlib.import_module("rich.console")
        with self._lock:
            self._display = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
                console=console.Console(stderr=True),
                transient=True,
                refresh_per_second=4,
            )
            self._display.add_task("")
            self._update()
            self._display.start()

    def _update(self) -> None:
        if self._display is not None:
            what, done, total = self._latest
            task = self._display.task_ids[0]
            self._display.update(task, description=what, completed=done, total=total if total > 1 else None)

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()  # it may be showing right now
        if self._display is not None:
            self._display.stop()
