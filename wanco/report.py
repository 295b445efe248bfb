"""What a compilation tells of itself: its progress while it runs, times and sizes when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Report = Callable[[str, int, int], None]
"""Told of progress: what is being done, steps done, steps in all."""


def silent(what: str, done: int, total: int) -> None:
    """The `Report` that tells nobody."""


@dataclass
class FrontEndStats:
    """Times in seconds, sizes in bytes; ``emitter`` is what the emitter counts."""

    module_size: int = 0
    ir_size: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    emitter: dict[str, int | float] = field(default_factory=dict)


@dataclass
class TargetStats:
    """Times in seconds (those of worker processes summed up), sizes in bytes."""

    seconds: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add the time that something takes to that of its stage."""
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
