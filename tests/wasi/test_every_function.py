"""Each of the 46 functions with good arguments and with every single one of them bad, natively and
on all instruction sets, against Wasmtime.

A function's arguments are described by what they mean.  From that come one good call and one call for
each way in which one argument can be wrong: descriptors of every other kind and of none, pointers
beyond memory, lengths that overflow, arrays of buffers that leave memory, paths that are none, flags that
do not exist.  Sockets with connections, which Wasmtime cannot be given, are in test_sockets.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
from wasi.trees import describe, populate
from wasi.worlds import (
    APPEND,
    BADF,
    CREAT,
    DATA,
    DIRECTORY,
    EVENTS,
    FAULT,
    FBIG,
    INVAL,
    IOVECS,
    NAMETOOLONG,
    NOENT,
    NOMEM,
    NOTCAPABLE,
    NOTSUP,
    OUT,
    OUT2,
    PATH,
    PATH2,
    READ,
    ROOT,
    SUBSCRIPTIONS,
    SUCCESS,
    TRAPPED,
    WRITE,
    Compiled,
    Guest,
    Runtime,
    Wasmtime,
    World,
    on_fd,
)

from wanco.abi.wasi import WASI_FUNCTIONS
from wanco.options import CompileOptions
from wanco.run import Executable, RunOptions
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

wasmtime = pytest.importorskip("wasmtime")

MEMORY = 4 << 16
TOP = (1 << 32) - 1

FILE, READER, WRITER, FOLDER, NOBODY = 4, 5, 6, 7, 99
"""Descriptors in each world: a file for both directions, for reading, for writing, a directory, and none."""

DESCRIPTORS = {
    "standard input": 0, "standard output": 1, "root": ROOT, "file": FILE, "reader": READER, "writer": WRITER, "folder": FOLDER,
    "none": NOBODY, "beyond all": 1 << 31, "the last number": TOP,
}  # fmt: skip


class Choice(NamedTuple):
    """One way to give an argument (which may be several numbers): what is wrong with it, "" for the
    good one; the numbers; what must be in memory."""

    what: str
    values: tuple[int, ...]
    memory: tuple[tuple[int, bytes], ...] = ()


class Argument(Protocol):
    """The meaning of an argument: its choices, the good one first."""

    def choices(self) -> Iterator[Choice]: ...


@dataclass(frozen=True)
class Fd:
    """A descriptor; one that the tests need themselves is left out."""

    good: int
    without: int | None = None

    def choices(self) -> Iterator[Choice]:
        yield Choice("", (self.good,))
        for name, fd in DESCRIPTORS.items():
            if fd not in (self.good, self.without):
                yield Choice(name, (fd,))


@dataclass(frozen=True)
class Out:
    """A pointer to where ``size`` bytes go."""

    size: int
    address: int = OUT

    def choices(self) -> Iterator[Choice]:
        yield Choice("", (self.address,))
        yield Choice("result half outside", (MEMORY - self.size + 1,))
        yield Choice("result outside", (MEMORY,))
        yield Choice("result at the top", (TOP,))


@dataclass(frozen=True)
class Name:
    """A path: pointer and length."""

    good: str
    address: int = PATH

    def choices(self) -> Iterator[Choice]:
        for text in (self.good, "nope", "nope/x", "f/x", "sub", "../outside", "/f", "root/etc", "", "x" * 256, "a\udcff"):
            data = text.encode(errors="surrogateescape")
            yield Choice(f"path {data[:12]!r}" if text != self.good else "", (self.address, len(data)), ((self.address, data),))
        yield Choice("path outside", (MEMORY - 1, 2))
        yield Choice("path wraps around", (TOP, 2))
        yield Choice("path too long", (self.address, TOP))


@dataclass(frozen=True)
class Buffers:
    """An array of buffers: pointer and count."""

    data: bytes

    def choices(self) -> Iterator[Choice]:
        arrays = {
            "": [(DATA, len(self.data))],
            "no buffers": [],
            "buffer outside": [(MEMORY - 1, 2)],
            "buffer wraps around": [(TOP, 2)],
            "huge buffer": [(DATA, TOP)],
            "lengths overflow": [(DATA, 1 << 31), (DATA, 1 << 31)],
        }
        for what, buffers in arrays.items():
            array = b"".join(struct.pack("<II", *buffer) for buffer in buffers)
            yield Choice(what, (IOVECS, len(buffers)), ((IOVECS, array), (DATA, self.data)))
        yield Choice("array outside", (MEMORY - 7, 1))
        yield Choice("array at the top", (TOP, 1))
        yield Choice("count overflows", (IOVECS, 1 << 29))
        yield Choice("most buffers", (IOVECS, TOP))


@dataclass(frozen=True)
class Bytes:
    """A buffer for a result: pointer and size."""

    size: int

    def choices(self) -> Iterator[Choice]:
        yield Choice("", (DATA, self.size))
        yield Choice("buffer of none", (DATA, 0))
        yield Choice("buffer half outside", (MEMORY - 1, 2))
        yield Choice("buffer wraps around", (TOP, 2))
        yield Choice("huge buffer", (DATA, TOP))


@dataclass(frozen=True)
class Number:
    """Anything else: a good value and others that are interesting."""

    good: int
    others: Sequence[int] = ()

    def choices(self) -> Iterator[Choice]:
        yield Choice("", (self.good,))
        for value in self.others:
            yield Choice(f"{value:#x}", (value,))


LOOKUP = Number(1, (0, 2, TOP))
TIMES = (Number(1_000_000_007), Number(2_000_000_011), Number(5, (0, 1, 2, 3, 4, 8, 12, 15, 16, 0xFFFF)))
OFFSETS = (1, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
ADVICE = Number(0, (1, 2, 3, 4, 5, 6, 255))

ARGUMENTS: dict[str, tuple[Argument, ...]] = {
    "args_get": (Out(8), Out(12, DATA)),
    "args_sizes_get": (Out(4), Out(4, OUT2)),
    "environ_get": (Out(4), Out(4, DATA)),
    "environ_sizes_get": (Out(4), Out(4, OUT2)),
    "clock_res_get": (Number(1, (0, 4, TOP)), Out(8)),
    "clock_time_get": (Number(1, (0, 4, TOP)), Number(0, OFFSETS), Out(8)),
    "fd_advise": (Fd(FILE), Number(0, OFFSETS), Number(0, OFFSETS), ADVICE),
    "fd_allocate": (Fd(FILE), Number(0, OFFSETS), Number(10, (0, 1 << 63, (1 << 64) - 1))),
    "fd_datasync": (Fd(FILE),),
    "fd_fdstat_get": (Fd(FILE), Out(24)),
    "fd_fdstat_set_flags": (Fd(FILE), Number(APPEND, (0, 4, 5, 2, 8, 16, 32, 0xFFFF))),
    "fd_fdstat_set_rights": (Fd(FILE), Number(READ, (0, WRITE, 1 << 29, 1 << 30, (1 << 64) - 1)), Number(0, (READ, (1 << 64) - 1))),
    "fd_filestat_get": (Fd(FILE), Out(64)),
    "fd_filestat_set_size": (Fd(FILE), Number(5, (0, 10, 1 << 63, (1 << 64) - 1))),
    "fd_filestat_set_times": (Fd(FILE), *TIMES),
    "fd_pread": (Fd(FILE), Buffers(bytes(4)), Number(0, OFFSETS), Out(4)),
    "fd_prestat_get": (Fd(ROOT), Out(8)),
    "fd_prestat_dir_name": (Fd(ROOT), Bytes(2)),
    "fd_pwrite": (Fd(FILE), Buffers(b"text"), Number(0, (1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)), Out(4)),
    "fd_read": (Fd(FILE, without=0), Buffers(bytes(4)), Out(4)),
    "fd_readdir": (Fd(FOLDER), Bytes(100), Number(0, (1, 2, 3, 99, 1 << 40, (1 << 64) - 1)), Out(4)),
    "fd_seek": (Fd(FILE), Number(0, (1, 1 << 40, 1 << 63, (1 << 64) - 1)), Number(0, (1, 2, 3, 255)), Out(8)),
    "fd_sync": (Fd(FILE),),
    "fd_tell": (Fd(FILE), Out(8)),
    "fd_write": (Fd(FILE, without=1), Buffers(b"text"), Out(4)),
    "path_create_directory": (Fd(ROOT), Name("new")),
    "path_filestat_get": (Fd(ROOT), LOOKUP, Name("f"), Out(64)),
    "path_filestat_set_times": (Fd(ROOT), LOOKUP, Name("f"), *TIMES),
    "path_link": (Fd(ROOT), Number(0, (1, 2, TOP)), Name("f", PATH2), Fd(ROOT), Name("linked")),
    "path_open": (
        Fd(ROOT), LOOKUP, Name("f"), Number(0, (CREAT, DIRECTORY, 4, 8, 5, 16, 0xFFFF)), Number(READ, (0, WRITE, 1 << 30, 1 << 63)),
        Number(0, (READ, 1 << 40)), Number(0, (APPEND, 4, 32, 0xFFFF)), Out(4),
    ),
    "path_readlink": (Fd(ROOT), Name("ln"), Bytes(20), Out(4)),
    "path_remove_directory": (Fd(ROOT), Name("sub/deep")),
    "path_rename": (Fd(ROOT), Name("g", PATH2), Fd(ROOT), Name("renamed")),
    "path_symlink": (Name("f", PATH2), Fd(ROOT), Name("link")),
    "path_unlink_file": (Fd(ROOT), Name("g")),
    "poll_oneoff": (Number(SUBSCRIPTIONS, (MEMORY - 47, MEMORY, TOP)), Out(32, EVENTS), Number(1, (0, 1 << 27, TOP)), Out(4)),
    "proc_raise": (Number(6, (0, 1, 255)),),
    "random_get": (Bytes(8),),
    "sched_yield": (),
    "sock_accept": (Fd(FILE), Number(0), Number(OUT)),
    "sock_recv": (Fd(FILE), Number(DATA), Number(0), Number(0), Number(OUT), Number(OUT2)),
    "sock_send": (Fd(FILE), Number(DATA), Number(0), Number(0), Number(OUT)),
    "sock_shutdown": (Fd(FILE), Number(3)),
    "fd_renumber": (Fd(READER), Fd(WRITER)),
    "fd_close": (Fd(FILE),),
}  # fmt: skip

SAME_BYTES = {
    "args_get": (DATA, 12), "args_sizes_get": (OUT, 4), "environ_get": (DATA, 4), "environ_sizes_get": (OUT, 4), "fd_pread": (DATA, 8),
    "fd_prestat_get": (OUT, 8), "fd_prestat_dir_name": (DATA, 2), "fd_pwrite": (OUT, 4), "fd_read": (DATA, 8), "fd_seek": (OUT, 8),
    "fd_tell": (OUT, 8), "fd_write": (OUT, 4), "path_readlink": (DATA, 20), "poll_oneoff": (EVENTS, 16),
}  # fmt: skip
"""Where a function has put what must be equal in both worlds."""


def test_all_functions_are_here() -> None:
    assert {*ARGUMENTS, "proc_exit"} == set(WASI_FUNCTIONS)


def calls(name: str) -> Iterator[list[Choice]]:
    """All calls of a function with one bad argument, then the good one."""
    every = [list(meaning.choices()) for meaning in ARGUMENTS[name]]
    good = [choices[0] for choices in every]
    for at, (_, *bad) in enumerate(every):
        for choice in bad:
            yield [*good[:at], choice, *good[at + 1 :]]
    yield good


def attempt(guest: Guest, name: str, call: list[Choice]) -> tuple[int, bytes]:
    """errno, and the result where it is comparable."""
    address, size = SAME_BYTES.get(name, (OUT, 0))
    for place, data in dict(memory for choice in call for memory in choice.memory).items():
        guest.world.poke(place, data)
    if name in ("fd_read", "fd_write"):  # they have moved the position where the result has no place
        guest.call("fd_seek", FILE, 0, 0, OUT2)
    error = guest.call(name, *(value for choice in call for value in choice.values))
    return error, guest.world.peek(address, size) if error == 0 and size else b""


@dataclass
class Pair:
    """Wasmtime's world and ours, prepared alike."""

    directories: tuple[Path, Path]
    guests: tuple[Guest, Guest]


@pytest.fixture(params=["native", *TARGETS])
def worlds(
    request: pytest.FixtureRequest, runtime: Callable[..., Runtime], compiled: Callable[..., Compiled], tmp_path: Path
) -> Callable[[], Pair]:
    count = 0

    def make() -> Pair:
        nonlocal count
        count += 1
        base = tmp_path / str(count)
        directories = (base / "theirs" / "granted", base / "ours" / "granted")
        for directory in directories:
            directory.mkdir(parents=True)
            populate(directory)
        ours: World
        if request.param == "native":
            ours = runtime(directories[1], ["program", "one"], ["A=1"])
        else:
            ours = compiled(request.param, RunOptions(dirs=[(directories[1], "/d")], env={"A": "1"}), ["program", "one"])
        pair = Pair(directories, (Guest(Wasmtime(directories[0], ["program", "one"], ["A=1"])), Guest(ours)))
        for guest in pair.guests:
            found = [guest.opened("f"), guest.opened("f", rights=READ), guest.opened("f", rights=WRITE)]
            assert [*found, guest.opened("sub", DIRECTORY, READ)] == [FILE, READER, WRITER, FOLDER]
        return pair

    return make


DIFFERENT = {
    "fd_advise": {(SUCCESS, INVAL)},  # sizes that Linux does not have
    "fd_allocate": {(NOTSUP, SUCCESS), (NOTSUP, INVAL), (NOTSUP, BADF), (NOTSUP, FBIG)},
    "fd_datasync": {(BADF, SUCCESS)},  # of a directory
    "fd_sync": {(BADF, SUCCESS)},
    "fd_fdstat_set_rights": {(NOTSUP, SUCCESS), (NOTSUP, NOTCAPABLE), (BADF, SUCCESS), (BADF, NOTCAPABLE), (TRAPPED, NOTCAPABLE)},
    "fd_readdir": {(SUCCESS, FAULT)},  # we look at the whole buffer, they at what they fill
    "path_readlink": {(SUCCESS, FAULT)},
    "path_rename": {(NOENT, NAMETOOLONG)},  # one path is missing, the other too long
    "proc_raise": {(TRAPPED, NOTSUP)},
}
"""(Wasmtime's errno, ours) where docs/wasi.md says that we differ."""

REFUSED = (TRAPPED, FAULT, NOMEM)
"""What Wasmtime says of pointers, lengths and flags that cannot be; we say EFAULT or EINVAL."""


def agree(name: str, theirs: int, ours: int) -> bool:
    return ours == theirs or (theirs in REFUSED and ours in (FAULT, INVAL)) or (theirs, ours) in DIFFERENT.get(name, ())


@pytest.mark.parametrize("name", ARGUMENTS)
def test_function(worlds: Callable[[], Pair], name: str) -> None:
    pair = worlds()
    for guest in pair.guests:
        guest.world.poke(SUBSCRIPTIONS, on_fd(7, FILE))
    wrong = []
    for call in calls(name):
        theirs, ours = (attempt(guest, name, call) for guest in pair.guests)
        if not agree(name, theirs[0], ours[0]) or (ours[0] == theirs[0] and ours[1] != theirs[1]):
            wrong.append(("".join(choice.what for choice in call), theirs, ours))
    assert wrong == []
    if name != "fd_allocate":
        assert describe(pair.directories[1]) == describe(pair.directories[0])


# ---- proc_exit, which does not return ----

EXIT = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const STATUS)) unreachable))"""


@pytest.mark.parametrize("isa", TARGETS)
@pytest.mark.parametrize("status", [0, 1, 125])
def test_proc_exit(build: Callable[[bytes, str, CompileOptions], Executable], tmp_path: Path, isa: str, status: int) -> None:
    text = EXIT.replace("STATUS", str(status))
    store = wasmtime.Store(wasmtime.Engine())
    linker = wasmtime.Linker(store.engine)
    linker.define_wasi()
    store.set_wasi(wasmtime.WasiConfig())
    with pytest.raises(wasmtime.ExitTrap) as ended:
        linker.instantiate(store, wasmtime.Module(store.engine, text)).exports(store)["_start"](store)
    (tmp_path / "exit.wat").write_text(text)
    result = build(read_module(tmp_path / "exit.wat"), isa, CompileOptions(optimize=0, jobs=1)).run()
    assert (result.status, result.stdout, result.stderr) == (ended.value.code, b"", b"")
