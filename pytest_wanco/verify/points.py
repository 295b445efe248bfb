"""What a run reaches, and which of its stops become checkpoints."""

from __future__ import annotations

import random
import struct
import time
from dataclasses import dataclass

from pytest_wanco.config import PointSpec
from pytest_wanco.errors import PluginError
from pytest_wanco.runner import Outcome, Runner
from pytest_wanco.states import State

RANDOM_POINTS = 16
"""Random points that ``auto`` adds to those that cover the safepoints."""

ALL_POINTS = 64
"""Up to so many stops ``auto`` takes all of them."""

_HEAD = struct.Struct("<QQ")
_ROW = struct.Struct("<QQQ")


@dataclass(frozen=True)
class SiteUse:
    """When a static safepoint is on the stack: first and last stop, and at how many of them."""

    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Exploration:
    """An uninterrupted run: its outcome, its state at exit (None after a fault), its stops."""

    outcome: Outcome
    final: State | None
    stops: int
    sites: dict[int, SiteUse]


def explore(runner: Runner, isa: str) -> Exploration:
    """Run the program to its end and see what it reaches.

    Raises:
        PluginError: the runtime refused to run it, or it took too long.
    """
    trace, end = runner.folder / "trace", runner.folder / "end.wsnap"
    began = time.monotonic()
    outcome = runner.run(isa, trace=trace, end=end)
    runner.be_impatient(time.monotonic() - began)
    if outcome.stopped_after is not None:
        raise PluginError(f"{runner.builds.program.name} is {outcome.describe_end()} on {isa}: see --wanco-timeout")
    if not trace.exists():
        message = outcome.stderr.decode(errors="replace").strip()
        raise PluginError(f"{runner.builds.program.name} cannot be run on {isa}: {message or outcome.describe_end()}")
    stops, sites = read_trace(trace.read_bytes())
    return Exploration(outcome, State.read(end) if end.exists() else None, stops, sites)


def read_trace(data: bytes) -> tuple[int, dict[int, SiteUse]]:
    """Number of stops, and the sites that were reached (format: docs/cli.md, --wanco-trace-polls)."""
    stops, count = _HEAD.unpack_from(data)
    rows = enumerate(_ROW.iter_unpack(data[_HEAD.size : _HEAD.size + count * _ROW.size]))
    return stops, {site: SiteUse(first, last, uses) for site, (first, last, uses) in rows if uses}


def choose_points(spec: PointSpec, stops: int, sites: dict[int, SiteUse], seed: int) -> list[int]:
    """Stops to save at, ascending; safepoints that the run reaches come first, the rest is random."""
    if spec.kind == "all":
        return list(range(1, stops + 1))
    if spec.kind == "every":
        return list(range(spec.number, stops + 1, spec.number))
    if spec.kind == "at":
        return [stop for stop in spec.stops if stop <= stops]
    if spec.kind == "auto" and stops <= ALL_POINTS:
        return list(range(1, stops + 1))
    rng = random.Random(seed)
    firsts = dict.fromkeys(use.first for use in sites.values())
    lasts = dict.fromkeys(use.last for use in sites.values())
    if spec.kind == "auto":
        chosen = {*firsts, *lasts, *(rng.randint(1, stops) for _ in range(RANDOM_POINTS))}
        return sorted(chosen)
    wanted = min(spec.number, stops)
    covering = list(firsts)
    rng.shuffle(covering)
    chosen = set(covering[:wanted])
    while len(chosen) < wanted:
        chosen.add(rng.randint(1, stops))
    return sorted(chosen)
