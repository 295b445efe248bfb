"""What our functions do where Wasmtime is no judge: rights, limits, virtual clocks, interruption."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wasi.trees import describe, populate
from wasi.worlds import (
    APPEND,
    BADF,
    CREAT,
    DATA,
    DIRECTORY,
    DSYNC,
    EVENTS,
    EXIST,
    FAULT,
    INVAL,
    ISDIR,
    NOTCAPABLE,
    OUT,
    OUT2,
    PATH,
    READ,
    ROOT,
    SPIPE,
    SUBSCRIPTIONS,
    SYNC,
    TRUNC,
    WRITE,
    Ended,
    Guest,
    Runtime,
    on_clock,
    on_fd,
)

MEMORY = 4 << 16
MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND


BAD_POINTERS: list[tuple[str, tuple[int, ...]]] = [
    ("args_get", (MEMORY + 1, DATA)), ("args_get", (DATA, MEMORY + 1)),
    ("args_sizes_get", (MEMORY - 3, OUT)), ("args_sizes_get", (OUT, -1)),
    ("environ_get", (MEMORY + 1, DATA)), ("environ_sizes_get", (OUT, MEMORY)), ("clock_res_get", (1, MEMORY - 7)),
    ("clock_time_get", (1, 0, MEMORY)), ("fd_fdstat_get", (ROOT, MEMORY - 23)), ("fd_filestat_get", (ROOT, MEMORY - 63)),
    ("fd_prestat_get", (ROOT, MEMORY - 7)), ("fd_prestat_dir_name", (ROOT, MEMORY - 1, 2)), ("fd_readdir", (ROOT, MEMORY - 9, 10, 0, OUT)),
    ("fd_readdir", (ROOT, DATA, 10, 0, MEMORY)), ("fd_seek", (4, 0, 0, MEMORY)), ("fd_tell", (4, MEMORY - 7)),
    ("fd_read", (4, MEMORY - 7, 1, OUT)), ("fd_read", (4, DATA, 1 << 29, OUT)), ("fd_write", (4, MEMORY, 1, OUT)),
    ("fd_write", (4, DATA, 0, MEMORY)), ("fd_pread", (4, MEMORY, 1, 0, OUT)), ("fd_pwrite", (4, MEMORY, 1, 0, OUT)),
    ("path_create_directory", (ROOT, MEMORY - 1, 2)), ("path_open", (ROOT, 0, MEMORY, 1, 0, 2, 0, 0, OUT)),
    ("path_open", (ROOT, 0, PATH, 1, CREAT, READ, 0, 0, MEMORY)), ("path_filestat_get", (ROOT, 0, PATH, 1, MEMORY - 63)),
    ("path_readlink", (ROOT, PATH, 2, MEMORY - 9, 10, OUT)), ("path_symlink", (MEMORY, 1, ROOT, PATH, 1)),
    ("path_rename", (ROOT, MEMORY, 1, ROOT, PATH, 1)), ("path_link", (ROOT, 0, PATH, 1, ROOT, MEMORY, 1)),
    ("path_unlink_file", (ROOT, -1, 1)),
    ("path_remove_directory", (ROOT, MEMORY - 1, -1)), ("random_get", (MEMORY - 7, 8)), ("random_get", (OUT, -1)),
    ("poll_oneoff", (MEMORY - 47, EVENTS, 1, OUT)), ("poll_oneoff", (SUBSCRIPTIONS, MEMORY - 31, 1, OUT)),
    ("poll_oneoff", (0, 0, 1 << 27, OUT)),
    ("poll_oneoff", (SUBSCRIPTIONS, EVENTS, 1, MEMORY - 3)),
]  # fmt: skip


@pytest.mark.parametrize("name, arguments", BAD_POINTERS)
def test_bad_pointers(runtime: Callable[..., Runtime], root: Path, name: str, arguments: tuple[int, ...]) -> None:
    """An address outside memory is EFAULT, and nothing has happened."""
    populate(root)
    guest = Guest(runtime(root, arguments=["program"], environment=["A=B"]))
    assert guest.opened("f") == 4
    guest.path("new")
    guest.world.poke(SUBSCRIPTIONS, on_clock(1, 1, 0))
    before = describe(root)
    assert guest.call(name, *arguments) == FAULT
    assert describe(root) == before
    assert guest.tell(4) == (0, 0)


def test_a_bad_buffer_after_good_ones_transfers_nothing(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"hello")
    fd = guest.opened("f")
    assert guest.call("fd_read", fd, *guest.iovecs((DATA, 2), (MEMORY - 1, 2)), OUT) == FAULT
    assert guest.call("fd_write", fd, *guest.iovecs((DATA, 2), (MEMORY - 1, 2)), OUT) == FAULT
    assert guest.tell(fd) == (0, 0)
    assert (root / "f").read_bytes() == b"hello"


def test_more_buffers_than_one_call_takes(guest: Guest, root: Path) -> None:
    """200 buffers of one byte: a partial transfer, after which the program goes on."""
    (root / "f").write_bytes(bytes(range(200)))
    fd = guest.opened("f", rights=READ)
    buffers = [(DATA + i, 1) for i in range(200)]
    done = 0
    while done < 200:
        assert guest.call("fd_read", fd, *guest.iovecs(*buffers[done:]), OUT) == 0
        assert guest.u32() > 0
        done += guest.u32()
    assert guest.world.peek(DATA, 200) == bytes(range(200))


# ---- rights ----


def test_rights_given_up(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"hello")
    fd = guest.opened("f")
    rights = guest.fdstat(fd)[3]
    assert guest.call("fd_fdstat_set_rights", fd, rights & ~WRITE, 0) == 0
    assert guest.fdstat(fd)[3] == rights & ~WRITE
    assert guest.write(fd, b"x")[0] == NOTCAPABLE
    assert guest.read(fd, 5) == (0, b"hello")
    assert guest.call("fd_fdstat_set_rights", fd, rights, 0) == NOTCAPABLE


FD, FOLDER = 4, 5
NEEDS: list[tuple[str, int, tuple[int, ...]]] = [
    ("fd_datasync", 0, (FD,)), ("fd_read", 1, (FD, DATA, 0, OUT)), ("fd_pread", 1, (FD, DATA, 0, 0, OUT)),
    ("fd_pread", 2, (FD, DATA, 0, 0, OUT)), ("fd_pwrite", 2, (FD, DATA, 0, 0, OUT)), ("fd_seek", 2, (FD, 0, 0, OUT)),
    ("fd_seek", 5, (FD, 0, 1, OUT)), ("fd_fdstat_set_flags", 3, (FD, 0)), ("fd_sync", 4, (FD,)), ("fd_tell", 5, (FD, OUT)),
    ("fd_write", 6, (FD, DATA, 0, OUT)), ("fd_pwrite", 6, (FD, DATA, 0, 0, OUT)), ("fd_advise", 7, (FD, 0, 0, 0)),
    ("fd_allocate", 8, (FD, 0, 9)), ("path_create_directory", 9, (FOLDER, PATH, 1)),
    ("path_open", 10, (FOLDER, 0, PATH, 1, CREAT, READ, 0, 0, OUT)), ("path_link", 11, (FOLDER, 0, PATH, 1, ROOT, PATH, 1)),
    ("path_link", 12, (ROOT, 0, PATH, 1, FOLDER, PATH, 1)), ("path_open", 13, (FOLDER, 0, PATH, 1, 0, READ, 0, 0, OUT)),
    ("fd_readdir", 14, (FOLDER, DATA, 99, 0, OUT)), ("path_readlink", 15, (FOLDER, PATH, 1, DATA, 9, OUT)),
    ("path_rename", 16, (FOLDER, PATH, 1, ROOT, PATH, 1)), ("path_rename", 17, (ROOT, PATH, 1, FOLDER, PATH, 1)),
    ("path_filestat_get", 18, (FOLDER, 0, PATH, 1, OUT)), ("path_open", 19, (FOLDER, 0, PATH, 1, TRUNC, WRITE, 0, 0, OUT)),
    ("path_filestat_set_times", 20, (FOLDER, 0, PATH, 1, 0, 0, 5)), ("fd_filestat_get", 21, (FD, OUT)),
    ("fd_filestat_set_size", 22, (FD, 5)), ("fd_filestat_set_times", 23, (FD, 0, 0, 5)), ("path_symlink", 24, (PATH, 1, FOLDER, PATH, 1)),
    ("path_remove_directory", 25, (FOLDER, PATH, 1)), ("path_unlink_file", 26, (FOLDER, PATH, 1)),
    ("poll_oneoff", 27, (SUBSCRIPTIONS, EVENTS, 1, OUT)),
]  # fmt: skip
"""Function, the bit of the right that the specification (witx, typename rights) names for it, a call."""


@pytest.mark.parametrize("name, bit, arguments", NEEDS)
def test_each_function_needs_its_right(
    runtime: Callable[..., Runtime], root: Path, name: str, bit: int, arguments: tuple[int, ...]
) -> None:
    """ENOTCAPABLE without it and before anything happens; any other right may be missing."""
    populate(root)
    needed = {b for n, b, _ in NEEDS if n == name} | {1, 6, 10, 13, 19}
    for given_up in (1 << bit, ~sum(1 << b for b in needed) & (1 << 30) - 1):
        guest = Guest(runtime(root))
        assert (guest.opened("f"), guest.opened("sub", DIRECTORY, READ)) == (FD, FOLDER)
        guest.path("f")
        guest.world.poke(SUBSCRIPTIONS, on_fd(1, FD))
        for fd in (FD, FOLDER):
            _, _, _, rights, inheriting = guest.fdstat(fd)
            assert guest.call("fd_fdstat_set_rights", fd, rights & ~given_up, inheriting) == 0
        before = describe(root)
        error = guest.call(name, *arguments)
        if given_up == 1 << bit:
            assert error == NOTCAPABLE
            assert describe(root) == before
        else:
            assert error != NOTCAPABLE


def test_every_right_is_tested() -> None:
    """All but those of sockets, which test_sockets.py has."""
    assert {bit for _, bit, _ in NEEDS} == set(range(28))


def test_a_directory_hands_on_no_more_than_it_may(guest: Guest, root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "f").write_bytes(b"hello")
    fd = guest.opened("sub", DIRECTORY, READ)
    _, _, _, rights, inheriting = guest.fdstat(fd)
    create = 1 << 10
    assert guest.call("fd_fdstat_set_rights", fd, rights & ~create, inheriting & ~WRITE) == 0
    assert guest.open("new", CREAT, at=fd)[0] == NOTCAPABLE
    inner = guest.opened("f", at=fd)
    assert guest.write(inner, b"x")[0] == NOTCAPABLE
    assert guest.read(inner, 5) == (0, b"hello")
    assert guest.open("new", CREAT)[0] == 0


def test_truncating_needs_the_right(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"hello")
    _, _, _, rights, inheriting = guest.fdstat(ROOT)
    assert guest.call("fd_fdstat_set_rights", ROOT, rights & ~(1 << 19), inheriting) == 0
    assert guest.open("f", TRUNC)[0] == NOTCAPABLE
    assert (root / "f").read_bytes() == b"hello"


# ---- files ----


def test_allocate(guest: Guest, root: Path) -> None:
    fd = guest.opened("f", CREAT)
    assert guest.call("fd_allocate", fd, 10, 90) == 0
    assert (root / "f").stat().st_size == 100
    assert guest.call("fd_allocate", fd, 0, 0) == INVAL
    assert guest.call("fd_allocate", guest.opened("f", rights=READ), 0, 1) == BADF


def test_synchronous_modes(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, fdflags=DSYNC | SYNC | APPEND)
    assert guest.fdstat(fd)[2] == DSYNC | SYNC | APPEND
    assert guest.write(fd, b"x") == (0, 1)
    assert guest.call("fd_fdstat_set_flags", fd, DSYNC | SYNC) == 0
    assert guest.call("fd_fdstat_set_flags", fd, SYNC) == INVAL


def test_syncing_a_directory(guest: Guest, root: Path) -> None:
    (root / "sub").mkdir()
    assert guest.call("fd_sync", guest.opened("sub", DIRECTORY, READ)) == 0


def test_descriptors_are_the_lowest_free_ones(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"")
    assert [guest.opened("f") for _ in range(4)] == [4, 5, 6, 7]
    for fd in (6, 4):
        assert guest.call("fd_close", fd) == 0
    assert [guest.opened("f") for _ in range(3)] == [4, 6, 8]


def test_too_many_descriptors(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"")
    error = 0
    while error == 0:
        error, fd = guest.open("f")
        assert fd < 1024
    assert error in (33, 41)  # ours or the host's limit
    assert guest.call("fd_close", 4) == 0
    assert guest.opened("f") == 4


def test_closing_a_standard_stream_keeps_the_host_one(guest: Guest, root: Path) -> None:
    """A file that gets number 1 is not where the host writes."""
    assert guest.call("fd_close", 1) == 0
    assert guest.open("f", CREAT)[1] == 1
    assert guest.write(1, b"file") == (0, 4)
    assert (root / "f").read_bytes() == b"file"


def test_standard_streams(guest: Guest) -> None:
    assert isinstance(guest.world, Runtime)
    process = guest.world.process
    assert process.stdin and process.stdout
    assert guest.write(1, b"to the host\n") == (0, 12)
    assert process.stdout.readline() == b"to the host\n"
    process.stdin.write(b"from the host")
    process.stdin.flush()
    assert guest.poll(on_fd(5, 0))[1][0].bytes == 13
    assert guest.read(0, 4) == (0, b"from")
    process.stdin.close()
    assert guest.read(0, 100) == (0, b" the host")
    error, events = guest.poll(on_fd(5, 0))
    assert (error, events[0].bytes, events[0].flags) == (0, 0, 1)  # the other end hung up
    assert guest.read(0, 100) == (0, b"")
    assert guest.seek(0, 0, 0)[0] == SPIPE


def test_redirected_standard_input_can_seek(runtime: Callable[..., Runtime], tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"0123456789")
    with (tmp_path / "input").open("rb") as file:
        guest = Guest(runtime(stdin=file.fileno()))
        assert guest.seek(0, 4, 0) == (0, 4)
        assert guest.read(0, 3) == (0, b"456")


def test_terminals(runtime: Callable[..., Runtime]) -> None:
    """isatty() of wasi-libc: a character device without the rights to seek and tell."""
    seek_and_tell = 1 << 2 | 1 << 5
    primary, secondary = os.openpty()
    guest = Guest(runtime(stdin=secondary))
    _, kind, _, rights, _ = guest.fdstat(0)
    assert (kind, rights & seek_and_tell) == (2, 0)
    os.close(primary)
    os.close(secondary)
    null = os.open("/dev/null", os.O_RDONLY)
    _, kind, _, rights, _ = Guest(runtime(stdin=null)).fdstat(0)
    assert (kind, rights & seek_and_tell) == (2, seek_and_tell)
    os.close(null)


def test_file_attributes(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"hello")
    os.link(root / "f", root / "f2")
    os.utime(root / "f", ns=(1_000_000_001, 2_000_000_002))
    status = (root / "f").stat()
    expected = (0, status.st_dev, status.st_ino, 4, 2, 5, 1_000_000_001, 2_000_000_002, status.st_ctime_ns)
    assert guest.path_filestat("f") == expected
    assert guest.filestat(guest.opened("f", rights=READ)) == expected


# ---- directories ----


def test_cookies_stay_valid_while_files_are_deleted(guest: Guest, root: Path) -> None:
    """rm -r reads and deletes in turns: each name comes exactly once."""
    names = {f"file{i:03}" for i in range(300)}
    for name in names:
        (root / name).write_bytes(b"")
    seen: list[str] = []
    cookie = 0
    while True:
        error, entries = guest.readdir(ROOT, 200, cookie)
        assert error == 0
        if not entries:
            break
        cookie = entries[-1][0]
        for *_, name in entries:
            seen.append(name)
            if name in names:
                assert guest.call("path_unlink_file", ROOT, *guest.path(name)) == 0
    assert sorted(seen) == sorted([".", "..", *names])
    assert [e[3] for e in guest.readdir(ROOT)[1]] == [".", ".."]


def test_names_come_sorted_with_their_inodes(guest: Guest, root: Path) -> None:
    for name in ("b", "a", "\u00e4", "Z", "aa"):
        (root / name).write_bytes(b"")
    _, entries = guest.readdir(ROOT)
    assert [e[3] for e in entries] == [".", "..", "Z", "a", "aa", "b", "\u00e4"]
    assert [e[1] for e in entries[2:]] == [(root / e[3]).stat().st_ino for e in entries[2:]]


# ---- clocks and polling ----


def test_monotonic_clock_advances(guest: Guest) -> None:
    first = guest.clock(1)
    time.sleep(0.01)
    assert 10 * MILLISECOND <= guest.clock(1) - first < 5 * SECOND
    assert abs(guest.clock(0) - time.time_ns()) < 5 * SECOND
    assert 0 < guest.clock(2) < 60 * SECOND


@pytest.mark.parametrize("clock, absolute", [(0, False), (1, False), (0, True), (1, True)])
def test_sleeping(guest: Guest, clock: int, absolute: bool) -> None:
    start = time.monotonic_ns()
    timeout = 20 * MILLISECOND + (guest.clock(clock) if absolute else 0)
    error, events = guest.poll(on_clock(9, clock, timeout, int(absolute)))
    assert (error, [(e.userdata, e.error, e.type) for e in events]) == (0, [(9, 0, 0)])
    assert 20 * MILLISECOND <= time.monotonic_ns() - start < 5 * SECOND


def test_waiting_for_input_or_a_clock(guest: Guest) -> None:
    assert isinstance(guest.world, Runtime)
    _, events = guest.poll(on_fd(1, 0), on_clock(2, 1, 5 * MILLISECOND))
    assert [e.userdata for e in events] == [2]
    process = guest.world.process
    assert process.stdin
    process.stdin.write(b"x")
    process.stdin.flush()
    _, events = guest.poll(on_fd(1, 0), on_clock(2, 1, 60 * SECOND), on_fd(3, 1, True))
    assert [e.userdata for e in events] == [1, 3]


def test_interrupted_calls_offer_a_checkpoint_and_go_on(guest: Guest, root: Path) -> None:
    (root / "f").write_bytes(b"hello")
    assert isinstance(guest.world, Runtime)
    fd = guest.opened("f")
    steps: list[tuple[Callable[[], object], object]] = [
        (lambda: guest.read(fd, 2), (0, b"he")), (lambda: guest.write(fd, b"LL"), (0, 2)), (lambda: guest.pread(fd, 9, 0), (0, b"heLLo")),
        (lambda: guest.pwrite(fd, b"H", 0), (0, 1)), (lambda: guest.poll(on_fd(1, fd))[0], 0),
    ]  # fmt: skip
    for step, expected in steps:
        guest.world.ask("interrupt 3")
        assert step() == expected
        assert guest.world.ask("interruptions") == "3"
    assert (root / "f").read_bytes() == b"HeLLo"


# ---- deterministic mode ----


def test_virtual_clocks(runtime: Callable[..., Runtime], root: Path) -> None:
    def script(guest: Guest) -> list[object]:
        results: list[object] = [guest.clock(c) for c in (1, 1, 0, 2, 3, 1)]
        start = time.monotonic()
        results.append(guest.poll(on_clock(1, 1, 3600 * SECOND), on_clock(2, 0, 7200 * SECOND)))
        results.append(guest.clock(1))
        assert time.monotonic() - start < 5
        for size in (1, 8, 13):
            assert guest.call("random_get", DATA, size) == 0
            results.append(guest.world.peek(DATA, size))
        return results

    first, second = (script(Guest(runtime(root, extra=["deterministic=1"]))) for _ in range(2))
    assert first == second
    monotonic = [v for v in first if isinstance(v, int)]
    assert monotonic[1] - monotonic[0] == MILLISECOND
    assert monotonic[-1] - monotonic[-2] == 3600 * SECOND + MILLISECOND


def test_no_trace_of_the_host_in_attributes(runtime: Callable[..., Runtime], tmp_path: Path) -> None:
    """Deterministic mode: equal trees give equal attributes, inode numbers still tell files apart."""
    found = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        populate(root)
        guest = Guest(runtime(root, extra=["deterministic=1"]))
        listing = guest.readdir(ROOT)
        attributes = {p: guest.path_filestat(p) for p in ("f", "g", "sub", "ln", ".")}
        attributes["open"] = guest.filestat(guest.opened("f", rights=READ))
        found.append((listing, attributes, [guest.filestat(fd) for fd in (0, 1, 2)]))
        assert len({a[2] for a in attributes.values()}) == 5
        assert attributes["open"] == attributes["f"]
        assert {e[3]: e[1] for e in listing[1]}["f"] == attributes["f"][2]
        os.unlink(tmp_path / "outside")
    assert found[0] == found[1]


# ---- process ----


def test_exit_status(runtime: Callable[..., Runtime]) -> None:
    assert runtime().ask("call proc_exit 42") == "exit 42"


def test_no_directories_by_default(runtime: Callable[..., Runtime]) -> None:
    assert Guest(runtime()).call("fd_prestat_get", 3, OUT) == BADF


def test_directories_are_shown_under_their_names(runtime: Callable[..., Runtime], root: Path) -> None:
    (root / "one").mkdir()
    guest = Guest(runtime(extra=["dir=one", f"dir={root}::here"], cwd=root))
    for fd, name in ((3, "one"), (4, "here")):
        assert guest.call("fd_prestat_get", fd, OUT) == 0
        assert guest.world.peek(OUT, 8) == bytes(4) + len(name).to_bytes(4, "little")
        assert guest.call("fd_prestat_dir_name", fd, OUT, len(name)) == 0
        assert guest.world.peek(OUT, len(name)) == name.encode()


@pytest.mark.parametrize(
    "directories, message",
    [(["nowhere"], "directory nowhere (granted as nowhere): no such file"), (["f::d"], "directory f (granted as d): not a directory"),
     ([".::d", "sub::d"], "two directories are granted as d")],
)  # fmt: skip
def test_directories_that_cannot_be_granted(runtime: Callable[..., Runtime], root: Path, directories: list[str], message: str) -> None:
    populate(root)
    with pytest.raises(Ended) as ended:
        runtime(extra=[f"dir={d}" for d in directories], cwd=root)
    assert ended.value.status == 3
    assert message in ended.value.message
    assert ended.value.message.count("\n") == 1


def test_later_variables_replace_earlier_ones(runtime: Callable[..., Runtime]) -> None:
    guest = Guest(runtime(environment=["A=1", "AB=2", "A=3"]))
    assert guest.call("environ_sizes_get", OUT, OUT2) == 0
    assert (guest.u32(OUT), guest.u32(OUT2)) == (2, 9)
    assert guest.call("environ_get", PATH, DATA) == 0
    assert guest.world.peek(DATA, 9) == b"A=3\0AB=2\0"


def test_creating_what_exists(guest: Guest, root: Path) -> None:
    (root / "d").mkdir()
    assert guest.call("path_create_directory", ROOT, *guest.path("d")) == EXIST
    assert guest.call("path_unlink_file", ROOT, *guest.path("d")) == ISDIR
