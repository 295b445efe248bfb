"""Whether two checkouts emit the same for modules: ``python -m tests.emit.compare --against CHECKOUT MODULE...``

Each module (a file in binary or text form, or all that are in a folder) goes through the front end of
this checkout and of the other one in several ways.  What they emit is compared in the canonical form of
`tests.emit.canonical`, item by item; of each module that differs the first function is shown.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emit.canonical import Module, NotCanonical
from tests.emit.front_end import LIBRARY
from wanco.wasm.text import read_module

HERE = Path(__file__).parent.parent.parent

WAYS: dict[str, dict[str, Any]] = {
    "command": {},
    "library": {"wrappers": "all", LIBRARY: True},
    "off": {"wrappers": "all", "checkpoint": False},
    "precise": {"wrappers": "all", "precise_traps": True, "poll_interval": 1},
    "small": {"wrappers": "all", "small_resume": True, "unit_size": 5000},
    "whole": {"wrappers": "all", "unit_size": 1 << 62, "separate_compact": False, "poll_interval": 1},
}
"""Options of the emitter, so that each has more than one value somewhere."""

Emitted = Mapping[str, Any]
"""What a front end answers (`tests.emit.front_end`)."""

_SHOWN_LINES = 40
_SHOWN_NAMES = 10
_WINDOW = 200
"""Lines behind the first difference that are compared in order to show it: functions can be very long."""
_WIDTH = 160
"""Characters of one line that are shown; tables are one line each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not equal: where, what it is called, and both texts; None: it is not there."""

    where: str
    name: str
    ours: str | None
    theirs: str | None

    def __str__(self) -> str:
        if self.ours is None or self.theirs is None:
            return f"{self.where}: {self.name} is only {'there' if self.ours is None else 'here'}"
        theirs, ours = self.theirs.split("\n"), self.ours.split("\n")
        equal = _equal(theirs, ours)
        start, stop = max(equal - 3, 0), equal + _WINDOW
        lines = difflib.unified_diff(theirs[start:stop], ours[start:stop], "there", f"here, from line {start + 1}", lineterm="")
        first = _equal(*(text[equal] if equal < len(text) else "" for text in (theirs, ours)))
        return "\n".join([f"{self.where}: {self.name} differs", *(_clipped(line, first) for line in itertools.islice(lines, _SHOWN_LINES))])


def _equal(first: Sequence[str], second: Sequence[str]) -> int:
    """How many items are equal before the first that differs."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _clipped(line: str, place: int) -> str:
    """What of a line can be shown, so that a place is seen."""
    if len(line) <= _WIDTH:
        return line
    start = max(place - _WIDTH // 2, 1)
    return f"{line[0]}{'...' if start > 1 else ''}{line[start : start + _WIDTH]}..."


def differences(ours: Emitted, theirs: Emitted, used_only: bool = False) -> Iterator[Difference]:
    """All that differs in what two front ends emit for a module; first what is in the units, in their order.

    ``used_only`` leaves out declarations that nothing refers to.
    """
    first, second = _texts(ours), _texts(theirs)
    for name in _in_order(first, second):
        if name in first and name in second:
            yield from _module_differences(name, first[name], second[name], used_only)
        else:
            yield Difference("", name, first.get(name), second.get(name))
    for name in _in_order(ours, theirs):
        if name not in ("units", "descriptor") and ours.get(name) != theirs.get(name):
            yield Difference("", name, *(_shown(emitted, name) for emitted in (ours, theirs)))


def _texts(emitted: Emitted) -> dict[str, str]:
    """The modules of LLVM IR by a name."""
    units: list[str] = emitted.get("units", [])
    texts = {f"unit {number}": text for number, text in enumerate(units)}
    return texts | ({"descriptor": emitted["descriptor"]} if "descriptor" in emitted else {})


def _in_order(first: Mapping[str, object], second: Mapping[str, object]) -> list[str]:
    return [*first, *(name for name in second if name not in first)]


def _shown(emitted: Emitted, name: str) -> str | None:
    if name not in emitted:
        return None
    value = emitted[name]
    if isinstance(value, bytes):
        return value.hex("\n", 16)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {item}" for key, item in value.items())
    return str(value)


def _module_differences(where: str, ours: str, theirs: str, used_only: bool) -> Iterator[Difference]:
    if ours == theirs:
        return
    try:
        first, second = Module(ours), Module(theirs)
    except NotCanonical as error:
        yield Difference(where, f"(not understood: {error})", ours, theirs)
        return
    same_definitions = first.definitions == second.definitions
    for name in _in_order(first.raw, second.raw):
        if same_definitions and first.raw.get(name) == second.raw.get(name):
            continue
        if used_only and all(module.is_unused(name) for module in (first, second)):
            continue
        texts = [_canonical(module, name) for module in (first, second)]
        if texts[0] != texts[1]:
            yield Difference(where, name, *texts)
    nodes, others = first.metadata(), second.metadata()
    for name in _in_order(nodes, others):
        if nodes.get(name) != others.get(name):
            yield Difference(where, name, nodes.get(name), others.get(name))


def _canonical(module: Module, name: str) -> str | None:
    """An item, as it is if it is not understood; None if it is not there."""
    try:
        return module.canonical(name) if name in module.raw else None
    except NotCanonical:
        return module.raw[name]


class FrontEnd:
    """The front end of a checkout, in a process of its own.

    Raises:
        RuntimeError: another checkout answers, or none.
    """

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout.resolve()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("front_end.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(self.checkout)},
        )
        answering = self.receive()
        if not Path(answering).is_relative_to(self.checkout):
            raise RuntimeError(f"{self.checkout} is no checkout: what is found is {answering}")

    def send(self, data: bytes, options: Mapping[str, Any]) -> None:
        """Ask for a module; the answer is to be received before the next one is asked for."""
        assert self._process.stdin
        pickle.dump((data, dict(options)), self._process.stdin)
        self._process.stdin.flush()

    def receive(self) -> Any:
        """The answer."""
        assert self._process.stdout
        try:
            return pickle.load(self._process.stdout)
        except EOFError as error:
            raise RuntimeError(f"{self.checkout}: its front end has ended") from error

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Job:
    """A module, and a way to emit it."""

    path: Path
    data: bytes
    way: str


def jobs(paths: Sequence[Path], ways: Sequence[str]) -> Iterator[Job]:
    """All that is to be compared; those of a module follow each other."""
    for path in paths:
        data = read_module(path)
        for way in ways:
            yield Job(path, data, way)


def modules(places: Sequence[Path]) -> list[Path]:
    """The files that are meant by files and folders."""
    found: list[Path] = []
    for place in places:
        found += sorted(path for path in place.rglob("*") if path.suffix in (".wasm", ".wat")) if place.is_dir() else [place]
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a job; ``refused``: this checkout emits nothing, but an error."""

    job: Job
    refused: bool
    found: list[Difference]


def compared(todo: Iterator[Job], ends: Sequence[FrontEnd], used_only: bool) -> Iterator[Compared]:
    """The differences of each job; the front ends are at work on the next one while the last is compared."""
    job = next(todo, None)
    _send(job, ends)
    while job:
        ours, theirs = (end.receive() for end in ends)
        done, job = job, next(todo, None)
        _send(job, ends)
        yield Compared(done, "error" in ours, list(differences(ours, theirs, used_only)))


def _send(job: Job | None, ends: Sequence[FrontEnd]) -> None:
    if job:
        for end in ends:
            end.send(job.data, WAYS[job.way])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emit.compare", description=__doc__)
    add = parser.add_argument
    add("--against", type=Path, required=True, metavar="CHECKOUT", help="the other checkout: a folder with the package wanco in it")
    add("--ways", type=lambda text: text.split(","), default=list(WAYS), metavar="WAY,...", help=f"of {', '.join(WAYS)} (default: all)")
    add("--used", action="store_true", help="leave out declarations that nothing refers to")
    add("--most", type=int, default=5, metavar="N", help="modules of which a difference is shown (default: 5)")
    add("modules", nargs="+", type=Path, metavar="MODULE", help="a module, or a folder of modules")
    return parser


def main() -> int:
    """The command line; the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(arguments.ways) - set(WAYS):
        parser.error(f"no such way: {', '.join(sorted(unknown))}")
    paths, started = modules(arguments.modules), time.perf_counter()
    try:
        ends = [FrontEnd(HERE), FrontEnd(arguments.against)]
    except RuntimeError as error:
        parser.error(str(error))
    different: set[Path] = set()
    emitted = refused = 0
    for result in compared(jobs(paths, arguments.ways), ends, arguments.used):
        job, found = result.job, result.found
        refused += result.refused
        emitted += not result.refused
        if found and job.path not in different:
            different.add(job.path)
            if len(different) <= arguments.most:
                names = ", ".join(difference.name for difference in found[:_SHOWN_NAMES])
                more = f" and {len(found) - _SHOWN_NAMES} more" if len(found) > _SHOWN_NAMES else ""
                print(f"---- {job.path}, {job.way}: {names}{more}\n{found[0]}\n", flush=True)
    for end in ends:
        end.close()
    seconds = time.perf_counter() - started
    verdict = f"{len(different)} differ" if different else "all the same"
    print(f"{len(paths)} modules, emitted {emitted} times, refused {refused} times, {seconds:.0f} s: {verdict}")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
