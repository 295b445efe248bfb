"""Our WASI functions and Wasmtime's must agree: errno, results, and what became of the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from wasi.trees import PATHS, describe, populate
from wasi.worlds import (
    ALL_RIGHTS,
    APPEND,
    CREAT,
    DATA,
    DIRECTORY,
    EXCL,
    INVAL,
    NONBLOCK,
    NOTDIR,
    NOTEMPTY,
    OUT,
    OUT2,
    PATH,
    PATH2,
    READ,
    ROOT,
    TRAPPED,
    TRUNC,
    WRITE,
    Compiled,
    Guest,
    Runtime,
    Wasmtime,
    World,
    on_clock,
    on_fd,
)

from wanco.run import RunOptions
from wanco.targets import TARGETS

wasmtime = pytest.importorskip("wasmtime")


@dataclass
class Worlds:
    """The same in both worlds: each call gives a pair (Wasmtime's result, ours)."""

    directories: tuple[Path, Path]
    guests: tuple[Guest, Guest]

    def agree(self, script: Callable[..., object], *arguments: object) -> object:
        """Runs ``script(guest, *arguments)`` in both and compares results and trees; the result."""
        theirs, ours = (script(guest, *arguments) for guest in self.guests)
        assert (arguments, ours) == (arguments, theirs)
        assert describe(self.directories[1]) == describe(self.directories[0])
        return ours


ARGUMENTS = ("program", "one", "", "l\u00e4st")
VARIABLES = ("A=1", "EMPTY=", "B=x=y")


@pytest.fixture
def both(
    runtime: Callable[..., Runtime], compiled: Callable[[str, RunOptions], Compiled], tmp_path: Path, request: pytest.FixtureRequest
) -> Worlds:
    """Two equal trees, one in each world.  Parametrised with where our functions run: "native"
    (the default), "walk" (the same without openat2), or the ISA of an executable."""
    directories = (tmp_path / "theirs" / "granted", tmp_path / "ours" / "granted")
    for directory in directories:
        directory.mkdir(parents=True)
        populate(directory)
    where = getattr(request, "param", "native")
    ours: World
    if where in TARGETS:
        ours = compiled(where, RunOptions(dirs=[(directories[1], "/d")]))
    else:
        ours = runtime(directories[1], ARGUMENTS, VARIABLES, extra=["walk=1"] if where == "walk" else [])
    return Worlds(directories, (Guest(Wasmtime(directories[0], ARGUMENTS, VARIABLES)), Guest(ours)))


RESOLVERS = pytest.mark.parametrize("both", ["native", "walk"], indirect=True)
EVERYWHERE = pytest.mark.parametrize("both", ["native", "walk", *TARGETS], indirect=True)
"""Under emulation there is no openat2, and flags and structures have other layouts."""


def _shorten(path: str | bytes) -> str:
    return repr(path)[:24]


EACH_PATH = pytest.mark.parametrize("path", PATHS, ids=_shorten)


def attributes(guest: Guest, path: str | bytes, follow: bool) -> list[int]:
    """errno, type and size."""
    return [value for i, value in enumerate(guest.path_filestat(path, follow)) if i in (0, 3, 5)]


def try_open(guest: Guest, path: str | bytes, oflags: int, rights: int, follow: bool = True) -> int:
    return guest.open(path, oflags, rights, follow=follow)[0]


def readlink(guest: Guest, path: str | bytes) -> tuple[int, bytes]:
    return guest.call("path_readlink", ROOT, *guest.path(path), DATA, 200, OUT), guest.world.peek(DATA, 200)


def symlink(guest: Guest, target: str | bytes, path: str | bytes) -> int:
    return guest.call("path_symlink", *guest.path(target, PATH2), ROOT, *guest.path(path))


def link(guest: Guest, old: str | bytes, new: str | bytes, flags: int = 0) -> int:
    return guest.call("path_link", ROOT, flags, *guest.path(old, PATH2), ROOT, *guest.path(new))


def rename(guest: Guest, old: str | bytes, new: str | bytes) -> int:
    return guest.call("path_rename", ROOT, *guest.path(old, PATH2), ROOT, *guest.path(new))


def set_times(guest: Guest, path: str | bytes, follow: bool) -> tuple[int, ...]:
    error = guest.call("path_filestat_set_times", ROOT, int(follow), *guest.path(path), 1_000_000_007, 2_000_000_011, 5)
    return error, *(guest.path_filestat(path, follow)[6:8] if error == 0 else ())


@EVERYWHERE
def test_reading_paths(both: Worlds) -> None:
    """Everything that looks a path up without changing anything."""
    for path in PATHS:
        for follow in (False, True):
            both.agree(attributes, path, follow)
            both.agree(try_open, path, 0, READ, follow)
            both.agree(try_open, path, DIRECTORY, READ, follow)
        both.agree(try_open, path, 0, READ | WRITE)
        both.agree(try_open, path, 0, WRITE)
        both.agree(readlink, path)


@RESOLVERS
@pytest.mark.parametrize(
    "oflags", [CREAT, CREAT | EXCL, TRUNC, CREAT | TRUNC, CREAT | DIRECTORY, DIRECTORY | EXCL, DIRECTORY | TRUNC], ids=str
)
def test_creating_by_open(both: Worlds, oflags: int) -> None:
    for follow in (False, True):
        for path in PATHS:
            two_errors = len(path) > 4096 and oflags & DIRECTORY  # either may be said
            if not two_errors and (oflags, path) != (CREAT | EXCL, "./"):  # Linux: EISDIR
                both.agree(try_open, path, oflags, READ | WRITE, follow)


# Where Linux and Wasmtime's emulation of it differ and we do what Linux does.
LINUX = {
    ("path_remove_directory", "dirln/"): (INVAL, NOTDIR),
    ("path_remove_directory", "slashed/"): (INVAL, NOTDIR),
    ("path_remove_directory", "sub/"): (INVAL, NOTEMPTY),
}


@EVERYWHERE
@pytest.mark.parametrize("name", ["path_create_directory", "path_remove_directory", "path_unlink_file"])
def test_changing_one_path(both: Worlds, name: str) -> None:
    for path in PATHS:
        theirs, ours = (guest.call(name, ROOT, *guest.path(path)) for guest in both.guests)
        assert (theirs, ours) == LINUX.get((name, str(path)), (theirs, theirs)), path
    both.agree(lambda _: None)


@EVERYWHERE
def test_symlinks(both: Worlds) -> None:
    for i, path in enumerate(PATHS):
        both.agree(symlink, path, f"new{i}")
    for path in PATHS:
        both.agree(symlink, "f", path)


@EVERYWHERE
def test_hard_links(both: Worlds) -> None:
    for i, path in enumerate(PATHS):
        both.agree(link, path, f"new{i}")
    for path in PATHS:
        both.agree(link, "f", path)
    both.agree(link, "f", "followed", 1)


@RESOLVERS
@EACH_PATH
def test_renaming(both: Worlds, path: str | bytes) -> None:
    if len(path) < 256:  # an old path that is missing and a new one that is too long: either may be said
        both.agree(rename, "missing", path)
    both.agree(rename, "g", path)
    both.agree(rename, "full", path)
    both.agree(rename, path, "moved")


@EVERYWHERE
def test_times_of_paths(both: Worlds) -> None:
    for path in PATHS:
        for follow in (False, True):
            both.agree(set_times, path, follow)
    for flags in range(16):
        both.agree(lambda g, f: g.call("path_filestat_set_times", ROOT, 0, *g.path("f"), 1, 2, f), flags)
        both.agree(lambda g, f: g.call("fd_filestat_set_times", g.opened("f"), 1, 2, f), flags)


@EVERYWHERE
def test_descriptor_of_no_directory(both: Worlds) -> None:
    """path_ functions on a file, on standard streams and on nothing."""

    def script(g: Guest) -> list[object]:
        results: list[object] = []
        for fd in (g.opened("f"), 0, 1, 99):
            results.append(g.open("f", at=fd)[0])
            results += [g.call(name, fd, *g.path("n")) for name in ("path_create_directory", "path_remove_directory", "path_unlink_file")]
            results.append(g.call("path_filestat_get", fd, 0, *g.path("f"), OUT))
            results.append(g.call("path_filestat_set_times", fd, 0, *g.path("f"), 0, 0, 0))
            results.append(g.call("path_readlink", fd, *g.path("ln"), DATA, 10, OUT))
            results.append(g.call("path_symlink", *g.path("f", PATH2), fd, *g.path("n")))
            results.append(g.call("path_rename", fd, *g.path("f", PATH2), ROOT, *g.path("n")))
            results.append(g.call("path_rename", ROOT, *g.path("f", PATH2), fd, *g.path("n")))
            results.append(g.call("path_link", fd, 0, *g.path("f", PATH2), ROOT, *g.path("n")))
        return results

    both.agree(script)


@EVERYWHERE
def test_from_an_opened_directory(both: Worlds) -> None:
    """A descriptor of a directory is as confined as the pre-opened one."""

    def script(g: Guest) -> list[object]:
        fd = g.opened("sub", DIRECTORY, READ)
        paths = ("deep/x", "..", "../f", "up2", "back", "deep/../deep/x", "deep/../..", ".", "/f", "")
        return [(path, g.open(path, rights=READ, at=fd)[0]) for path in paths]

    both.agree(script)


@EVERYWHERE
def test_reading_and_writing(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        fd = g.opened("f")
        results: list[object] = [g.read(fd, 2), g.tell(fd), g.pread(fd, 10, 1), g.tell(fd), g.read(fd, 0), g.read(fd, 100), g.read(fd, 1)]
        results += [g.write(fd, b" there"), g.pwrite(fd, b"J", 0), g.tell(fd), g.pread(fd, 100, 0)]
        results += [g.pwrite(fd, b"gap", 20), g.pread(fd, 1, -1)]
        results += [g.seek(fd, offset, whence) for offset, whence in ((0, 0), (-1, 0), (3, 1), (-100, 1), (0, 2), (-3, 2), (5, 2), (0, 1))]
        results += [g.write(fd, b"end"), g.filestat(fd)[3:6]]
        results += [(size, g.call("fd_filestat_set_size", fd, size)) for size in (4, 9, -1)]
        return [*results, g.filestat(fd)[3:6], g.pread(fd, 100, 0), g.call("fd_close", fd), g.call("fd_close", fd), g.read(fd, 1)]

    both.agree(script)


@EVERYWHERE
def test_open_modes(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        results: list[object] = []
        for rights in (0, READ, WRITE, READ | WRITE, ALL_RIGHTS):
            fd = g.opened("f", 0, rights)
            results += [g.fdstat(fd)[:3], g.fdstat(fd)[3] & (READ | WRITE), g.read(fd, 2), g.write(fd, b"z")]
            results += [g.pread(fd, 1, 0), g.pwrite(fd, b"q", 1), g.call("fd_filestat_set_size", fd, 5)]
            results += [g.call("fd_sync", fd), g.call("fd_datasync", fd), g.call("fd_advise", fd, 0, 0, 0)]
        return results

    both.agree(script)


@EVERYWHERE
def test_append(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        fd = g.opened("f", 0, READ | WRITE, APPEND)
        results: list[object] = [g.fdstat(fd)[:3], g.write(fd, b"1"), g.tell(fd), g.seek(fd, 0, 0), g.write(fd, b"2"), g.pread(fd, 100, 0)]
        results += [g.call("fd_fdstat_set_flags", fd, 0), g.fdstat(fd)[2], g.seek(fd, 0, 0), g.write(fd, b"3"), g.pread(fd, 100, 0)]
        results += [(flags, g.call("fd_fdstat_set_flags", fd, flags), g.fdstat(fd)[2]) for flags in (0, 1, 2, 4, 5, 8, 16)]
        return results

    both.agree(script)


def test_buffers(both: Worlds) -> None:
    """Arrays of buffers: empty ones, several, none."""

    def script(g: Guest) -> list[object]:
        fd = g.opened("g")
        results: list[object] = []
        for buffers in ([], [(DATA, 0)], [(DATA, 0), (DATA, 0), (DATA + 8, 6)]):
            results += [g.call("fd_read", fd, *g.iovecs(*buffers), OUT), g.u32(), g.world.peek(DATA, 32), g.seek(fd, 0, 0)]
            results += [g.call("fd_write", fd, *g.iovecs(*buffers), OUT), g.u32(), g.seek(fd, 0, 0)]
        return results

    both.agree(script)


def test_file_operations_elsewhere(both: Worlds) -> None:
    """Operations on descriptors that do not have them."""

    def script(g: Guest) -> list[object]:
        results: list[object] = []
        for fd in (g.opened("sub", DIRECTORY, READ), ROOT, 0, 1, 99):
            results += [g.seek(fd, 0, 0)[0], g.tell(fd)[0], g.call("fd_advise", fd, 0, 0, 0), g.call("fd_filestat_set_size", fd, 1)]
            results += [g.pread(fd, 1, 0)[0], g.pwrite(fd, b"", 0)[0], g.call("fd_fdstat_set_flags", fd, 0)]
            if fd > 1:
                results += [g.read(fd, 1)[0], g.write(fd, b"x")[0]]
        results += [g.write(0, b"x")[0], g.read(1, 1)[0], g.read(2, 1)[0], g.readdir(g.opened("f"))[0], g.readdir(0)[0], g.readdir(99)[0]]
        return results

    both.agree(script)


@pytest.mark.parametrize("name, rest", [("sock_accept", 2), ("sock_recv", 5), ("sock_send", 4), ("sock_shutdown", 1)])
def test_no_sockets(both: Worlds, name: str, rest: int) -> None:
    both.agree(lambda g: [g.call(name, fd, *[0] * rest) for fd in (g.opened("f"), ROOT, 1, 99)])


@EVERYWHERE
def test_directory_contents(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        results: list[object] = []
        for fd in (ROOT, g.opened("sub", DIRECTORY, READ), g.opened("full", rights=READ)):
            error, entries = g.readdir(fd)
            results += [error, [e[0] for e in entries], entries[0][2:], entries[1][2:], sorted(e[2:] for e in entries)]
            results += [g.readdir(fd, 0, 0), len(g.readdir(fd, 40, 0)[1]), len(g.readdir(fd, 4096, 3)[1])]
            results += [g.readdir(fd, 4096, 99), g.readdir(fd, 64, -1)]
        return results

    both.agree(script)


@EVERYWHERE
def test_partial_directory_entry_fills_the_buffer(both: Worlds) -> None:
    both.agree(lambda g: [(size, g.call("fd_readdir", ROOT, DATA, size, 0, OUT), g.u32()) for size in (0, 1, 10, 24, 25, 30, 50, 51, 52)])


@EVERYWHERE
def test_prestat(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        fd = g.opened("sub", DIRECTORY, READ)
        results: list[object] = [(n, g.call("fd_prestat_get", n, OUT)) for n in (0, 1, ROOT, fd, 99)]
        results += [g.world.peek(OUT, 8) if g.call("fd_prestat_get", ROOT, OUT) == 0 else None]
        for size in (0, 1, 2, 9):
            g.world.poke(OUT, b"zzzzzzzzz")
            results += [(size, g.call("fd_prestat_dir_name", ROOT, OUT, size), g.world.peek(OUT, 4))]
        return results + [g.call("fd_prestat_dir_name", n, OUT, 2) for n in (0, fd, 99)]

    both.agree(script)


@EVERYWHERE
def test_renumber_and_close(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        a, b = g.opened("f"), g.opened("g")
        results: list[object] = [a, b, g.call("fd_renumber", a, b), g.tell(a), g.read(b, 5)]
        results += [g.call("fd_renumber", b, 50), g.call("fd_renumber", 77, b)]
        results += [g.call("fd_renumber", b, b), g.call("fd_renumber", ROOT, b), g.open("f", at=ROOT)[0], g.open("f", at=b)[0]]
        results += [g.call("fd_prestat_get", b, OUT), g.call("fd_close", b), g.call("fd_close", b), g.open("f", at=b)[0]]
        return results

    both.agree(script)


def test_arguments_and_environment(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        results: list[object] = []
        for kind in ("args", "environ"):
            results += [g.call(f"{kind}_sizes_get", OUT, OUT2), g.u32(OUT), g.u32(OUT2)]
            count, size = g.u32(OUT), g.u32(OUT2)
            results += [g.call(f"{kind}_get", PATH, DATA), g.world.peek(PATH, 4 * count), g.world.peek(DATA, size)]
        return results

    both.agree(script)


def test_clocks_and_poll(both: Worlds) -> None:
    def script(g: Guest) -> list[object]:
        fd, write_only, read_only = g.opened("f"), g.opened("g", 0, WRITE), g.opened("g", 0, READ)
        polls = [
            (), (on_clock(7, 1, 1),), (on_clock(7, 0, 1_000_000),), (on_clock(1, 0, 60_000_000_000), on_clock(2, 1, 2_000_000)),
            (on_clock(1, 0, 1, 1),), (on_clock(1, 1, 0, 1), on_clock(2, 1, 0)), (on_clock(1, 9, 0),), (on_clock(1, 1, 0, 2),),
            (on_fd(1, fd),), (on_fd(1, fd, True),), (on_fd(1, write_only),), (on_fd(1, read_only, True),),
            (on_fd(1, ROOT),), (on_fd(1, 99),),
            (on_fd(1, fd), on_clock(2, 1, 60_000_000_000)), (on_fd(1, 0, True),), (on_fd(1, 1),),
            (bytes(8) + b"\3" + bytes(39),),
        ]  # fmt: skip
        results: list[object] = []
        for subscriptions in polls:
            error, events = g.poll(*subscriptions)
            results.append((error, [(e.userdata, e.error, e.type, e.flags) for e in events]))
        return [*results, g.call("clock_res_get", 0, OUT), g.call("clock_res_get", 1, OUT)]

    both.agree(script)


def test_the_rest(both: Worlds) -> None:
    both.agree(lambda g: [g.call("sched_yield"), g.call("proc_raise", 6), g.call("random_get", OUT, 0), g.call("random_get", OUT, 8)])


MEANINGLESS: list[tuple[str, tuple[int, ...]]] = [
    ("path_open", (ROOT, 0, PATH, 1, 16, 2, 0, 0, OUT)), ("path_open", (ROOT, 0, PATH, 1, 0, 2, 0, 32, OUT)),
    ("path_open", (ROOT, 2, PATH, 1, 0, 2, 0, 0, OUT)), ("path_open", (ROOT, 0, PATH, 1, 0, 1 << 40, 0, 0, OUT)),
    ("path_filestat_get", (ROOT, 2, PATH, 1, OUT)), ("path_filestat_set_times", (ROOT, 0, PATH, 1, 0, 0, 16)),
    ("fd_filestat_set_times", (4, 0, 0, 16)), ("fd_seek", (4, 0, 3, OUT)), ("fd_advise", (4, 0, 0, 6)), ("clock_time_get", (4, 0, OUT)),
    ("clock_res_get", (4, OUT)), ("fd_fdstat_set_flags", (4, 32)),
]  # fmt: skip


@pytest.mark.parametrize("name, arguments", MEANINGLESS)
def test_meaningless_numbers(both: Worlds, name: str, arguments: tuple[int, ...]) -> None:
    """Wasmtime traps on flags that do not exist; we say EINVAL."""
    for guest in both.guests:
        assert guest.opened("f") == 4
        guest.path("f")
    assert [guest.call(name, *arguments) for guest in both.guests] == [TRAPPED, INVAL]


def test_nonblocking_flag(both: Worlds) -> None:
    both.agree(lambda g: [g.fdstat(g.opened("f", 0, READ, NONBLOCK))[:3], g.read(g.opened("f", 0, READ, NONBLOCK), 9)])
