"""Random file work that moves from ISA to ISA between its steps must agree with Wasmtime,
where it stays in one process."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from wasi.trees import describe, populate
from wasi.worlds import APPEND, CREAT, DIRECTORY, EXCL, OUT, PATH2, READ, ROOT, TRUNC, WRITE, Compiled, Guest, Wasmtime

from wanco.run import RunOptions
from wanco.targets import TARGETS

pytest.importorskip("wasmtime")

STEPS = 80
PATHS = (
    "f", "g", "new", "sub", "sub/new", "sub/deep/x", "ln", "dirln/new", "dangling", "full/y", "full", "sub/../f", "../f", "root/x", "made",
)  # fmt: skip
SEEDS = range(6)

Step = Callable[[Guest, list[int]], object]


def _fd(rng: random.Random) -> Callable[[list[int]], int]:
    """One of the descriptors opened so far, which have other numbers in each world."""
    choice = rng.random()
    return lambda fds: fds[int(choice * len(fds))] if fds else 99


def _open(rng: random.Random) -> Step:
    path = rng.choice(PATHS)
    oflags = rng.choice([0, 0, 0, CREAT, CREAT, CREAT | EXCL, CREAT | TRUNC, TRUNC, DIRECTORY])
    creates = oflags & (CREAT | TRUNC)  # Wasmtime opens such files for writing in any case
    rights = rng.choice([WRITE, READ | WRITE] if creates else [READ, WRITE, READ | WRITE])
    fdflags, follow = rng.choice([0, 0, APPEND]), rng.random() < 0.8

    def step(guest: Guest, fds: list[int]) -> object:
        error, fd = guest.open(path, oflags, rights, fdflags, follow)
        if error == 0:
            fds.append(fd)
        return path, oflags, rights, error

    return step


def _close(rng: random.Random) -> Step:
    choice = rng.random()

    def step(guest: Guest, fds: list[int]) -> object:
        return guest.call("fd_close", fds.pop(int(choice * len(fds)))) if len(fds) > 3 else None

    return step


def _renumber(rng: random.Random) -> Step:
    choice = rng.random()

    def step(guest: Guest, fds: list[int]) -> object:
        return guest.call("fd_renumber", fds.pop(), fds[int(choice * len(fds))]) if len(fds) > 3 else None

    return step


def _read(rng: random.Random) -> Step:
    fd, size = _fd(rng), rng.choice([1, 5, 100])
    return lambda guest, fds: guest.read(fd(fds), size)


def _write(rng: random.Random) -> Step:
    fd, data = _fd(rng), rng.randbytes(rng.choice([1, 5, 100]))  # of none, Wasmtime does not look at the open mode
    return lambda guest, fds: guest.write(fd(fds), data)


def _position(rng: random.Random) -> Step:
    fd, offset, whence, size = _fd(rng), rng.randrange(-10, 60), rng.randrange(3), rng.randrange(1, 40)
    return lambda guest, fds: (guest.seek(fd(fds), offset, whence), guest.tell(fd(fds)), guest.pread(fd(fds), size, abs(offset)))


def _state(rng: random.Random) -> Step:
    fd, size = _fd(rng), rng.randrange(50)

    def step(guest: Guest, fds: list[int]) -> object:
        error = guest.call("fd_filestat_set_size", fd(fds), size)
        stat = guest.filestat(fd(fds))
        if stat[0]:
            return error, stat[0]
        return error, stat[3], stat[5] if stat[3] == 4 else None, guest.fdstat(fd(fds))[:3]

    return step


def _one_path(rng: random.Random) -> Step:
    name, path = rng.choice(["path_create_directory", "path_remove_directory", "path_unlink_file"]), rng.choice(PATHS)
    return lambda guest, fds: (name, path, guest.call(name, ROOT, *guest.path(path)))


def _two_paths(rng: random.Random) -> Step:
    old, new, kind = rng.choice(PATHS), rng.choice(PATHS), rng.choice(["rename", "link", "symlink"])

    def step(guest: Guest, fds: list[int]) -> object:
        first, second = guest.path(old, PATH2), guest.path(new)
        match kind:
            case "rename":
                return kind, old, new, guest.call("path_rename", ROOT, *first, ROOT, *second)
            case "link":
                return kind, old, new, guest.call("path_link", ROOT, 0, *first, ROOT, *second)
            case _:
                return kind, old, new, guest.call("path_symlink", *first, ROOT, *second)

    return step


def _list(rng: random.Random) -> Step:
    path = rng.choice(["sub", "full", "."])

    def step(guest: Guest, fds: list[int]) -> object:
        error, fd = guest.open(path, DIRECTORY, READ)
        if error:
            return error
        names = sorted(entry[2:] for entry in guest.readdir(fd, 8192)[1])
        return names, guest.call("fd_close", fd)

    return step


def _look(rng: random.Random) -> Step:
    path, follow = rng.choice(PATHS), rng.random() < 0.5

    def step(guest: Guest, fds: list[int]) -> object:
        stat = guest.path_filestat(path, follow)
        link = guest.call("path_readlink", ROOT, *guest.path(path), PATH2, 50, OUT)
        return path, stat[0], stat[3:4], link, guest.world.peek(PATH2, guest.u32()) if link == 0 else b""

    return step


MAKERS = (_open, _open, _open, _close, _renumber, _read, _read, _write, _write, _position, _state, _one_path, _two_paths, _list, _look)


@dataclass
class Traveller:
    """The world of an executable that is saved and goes on as another ISA's."""

    start: Callable[[str, RunOptions], Compiled]
    folder: Path
    root: Path
    rng: random.Random
    hops: int = 0
    refused: int = 0
    isa: str = "x86_64"
    _current: Compiled = field(init=False)

    def __post_init__(self) -> None:
        self._current = self.start(self.isa, RunOptions(dirs=[(self.root, "/d")], snapshot=self._next, quiet=True))

    @property
    def _next(self) -> Path:
        return self.folder / f"snapshot{self.hops}"

    def hop(self) -> None:
        """Moves on.  Where an open file has no name any more it stays."""
        snapshot = self._next
        if not self._current.save():
            self.refused += 1
            return
        self._current.close()
        self.hops += 1
        self.isa = self.rng.choice([isa for isa in TARGETS if isa != self.isa])
        self._current = self.start(self.isa, RunOptions(restore=snapshot, snapshot=self._next, quiet=True))

    def call(self, name: str, *arguments: int) -> int:
        return self._current.call(name, *arguments)

    def poke(self, address: int, data: bytes) -> None:
        self._current.poke(address, data)

    def peek(self, address: int, size: int) -> bytes:
        return self._current.peek(address, size)


@pytest.mark.parametrize("seed", SEEDS)
def test_travelling(compiled: Callable[[str, RunOptions], Compiled], tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    roots = (tmp_path / "theirs" / "granted", tmp_path / "ours" / "granted")
    for root in roots:
        root.mkdir(parents=True)
        populate(root)
    traveller = Traveller(compiled, tmp_path, roots[1], rng)
    guests = (Guest(Wasmtime(roots[0])), Guest(traveller))
    descriptors: tuple[list[int], list[int]] = ([], [])
    for number in range(STEPS):
        step = rng.choice(MAKERS)(rng)
        theirs, ours = (step(guest, fds) for guest, fds in zip(guests, descriptors, strict=True))
        assert ours == theirs, (seed, number)
        if rng.random() < 0.2:
            traveller.hop()
    assert describe(roots[1]) == describe(roots[0])
    assert traveller.hops > 0
