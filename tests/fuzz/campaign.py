"""Campaigns: a check for each of a range of seeds, in batches, in child processes with limits.

A child that dies (of an abort, or a limit) loses its batch; the batch is done again seed by
seed, so that the seed is found.
"""

from __future__ import annotations

import functools
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from wanco.codegen.jobs import worker_pool
from wanco.codegen.workers import Pool
from wanco.errors import CompileError

CODE_SECONDS = 120
"""Seconds of CPU time for the code of a unit: LLVM can loop for ever."""


@dataclass
class Findings:
    """What a check counted, and ``problems`` by seed."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take over what another one has."""
        self.counts += other.counts
        self.problems += other.problems


class Problem(Exception):
    """What a check found; the text says what."""


Check = Callable[[int, Path], Counter[str]]
"""Checks one seed, with the data of the campaign in a folder; gives what to count, or raises `Problem`."""


def check_batch(check: Check, first: int, stop: int, folder: Path, memory: int) -> Findings:
    """Run a check for a range of seeds with ``memory`` bytes of address space; called in a child."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    found = Findings()
    for seed in range(first, stop):
        try:
            found.counts += check(seed, folder)
            continue
        except Problem as problem:
            found.problems.append((seed, str(problem)))
        except Exception:
            found.problems.append((seed, traceback.format_exc()))
        found.counts["problem"] += 1
    return found


@functools.cache
def code_generator() -> Pool:
    """A process that generates code, for all checks of a child."""
    return worker_pool(1)


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """End what takes more CPU time of this process, by `Problem`."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise Problem(f"still busy after {seconds} seconds of CPU time\n{''.join(traceback.format_stack(_frame)[-3:])}")

    previous = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def run_campaign(
    check: Check,
    seeds: range,
    folder: Path,
    *,
    jobs: int = 1,
    batch: int = 100,
    memory: int = resource.RLIM_INFINITY,
    report: Callable[[int, Findings], None] | None = None,
) -> Findings:
    """Check all seeds; ``report`` is told after each batch how many are done, and what was found so far."""
    found, done = Findings(), 0
    batches = [(first, min(first + batch, seeds.stop)) for first in range(seeds.start, seeds.stop, batch)]
    with Pool(jobs, check.__module__) as pool:
        futures = {pool.submit(check_batch, check, first, stop, folder, memory): (first, stop) for first, stop in batches}
        for future in as_completed(futures):
            first, stop = futures[future]
            try:
                found.add(future.result())
            except CompileError:
                for seed in range(first, stop):
                    found.add(_alone(pool, check, seed, folder, memory))
            done += stop - first
            if report:
                report(done, found)
    return found


def _alone(pool: Pool, check: Check, seed: int, folder: Path, memory: int) -> Findings:
    try:
        return pool.submit(check_batch, check, seed, seed + 1, folder, memory).result()
    except CompileError as error:
        return Findings(Counter(problem=1), [(seed, str(error))])


def progress(total: int) -> Callable[[int, Findings], None]:
    """Prints problems as they come, and a line of counts about every 20 seconds."""
    last = [time.monotonic()]
    told = [0]

    def report(done: int, found: Findings) -> None:
        for seed, problem in found.problems[told[0] :]:
            print(f"seed {seed}: {problem}", flush=True)
        told[0] = len(found.problems)
        if done == total or time.monotonic() - last[0] > 20:
            last[0] = time.monotonic()
            print(f"{done}/{total}: {summary(found)}", flush=True)

    return report


def summary(found: Findings) -> str:
    """Counts on one line."""
    return ", ".join(f"{count} {verdict}" for verdict, count in found.counts.most_common())
