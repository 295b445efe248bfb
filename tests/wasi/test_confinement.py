"""No path leads out of the granted directory, by openat2 and by the component walk."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wasi.trees import PATHS, describe, populate
from wasi.worlds import (
    AGAIN,
    CREAT,
    DATA,
    DIRECTORY,
    ISDIR,
    LOOP,
    NOENT,
    NOTDIR,
    OUT,
    PATH2,
    PERM,
    READ,
    ROOT,
    WRITE,
    Compiled,
    Guest,
    Runtime,
)

from wanco.run import RunOptions
from wanco.targets import TARGETS

SECRET = b"secret"


@pytest.fixture(params=[(), ("walk=1",)], ids=["openat2", "walk"])
def guest(request: pytest.FixtureRequest, runtime: Callable[..., Runtime], root: Path) -> Guest:
    populate(root)
    return Guest(runtime(root, extra=request.param))


ESCAPES = [
    "/", "/etc/passwd", "..", "../", "../outside", "../granted/f", "./..", "sub/../..", "sub/../../outside", "sub/deep/../../../outside",
    "root", "root/", "root/etc/passwd", "abs", "up", "up/", "up/outside", "out", "sub/up2", "sub/up2/outside", "dirln/../up/outside",
    "sub/deep/" + "../" * 50 + "etc/passwd", "//etc/passwd", "up/granted/up/outside",
]  # fmt: skip


@pytest.mark.parametrize("path", ESCAPES)
def test_escapes(guest: Guest, root: Path, path: str) -> None:
    check_escape(guest, root, path)


@pytest.mark.parametrize("isa", TARGETS)
def test_escapes_from_executables(compiled: Callable[..., Compiled], root: Path, isa: str) -> None:
    """Natively with openat2, under emulation without."""
    populate(root)
    guest = Guest(compiled(isa, RunOptions(dirs=[(root, "/d")])))
    for path in ESCAPES:
        check_escape(guest, root, path)


def check_escape(guest: Guest, root: Path, path: str) -> None:
    """Every function that takes a path, with a path that leads outside: EPERM, nothing changed."""
    outside = root.parent / "outside"
    before, times = describe(root.parent), outside.stat().st_mtime_ns
    assert guest.open(path, rights=READ)[0] == PERM
    assert guest.open(path, CREAT, READ | WRITE)[0] in ((PERM, ISDIR) if path.endswith("/") else (PERM,))
    assert guest.open(path, DIRECTORY, READ)[0] == PERM
    assert guest.path_filestat(path, follow=True)[0] == PERM
    assert guest.call("path_filestat_set_times", ROOT, 1, *guest.path(path), 1, 1, 5) == PERM
    beyond = path.rstrip("/") + "/new"
    for name in ("path_create_directory", "path_unlink_file", "path_remove_directory"):
        assert guest.call(name, ROOT, *guest.path(beyond)) == PERM
    assert guest.call("path_symlink", *guest.path("f", PATH2), ROOT, *guest.path(beyond)) == PERM
    assert guest.call("path_link", ROOT, 0, *guest.path("f", PATH2), ROOT, *guest.path(beyond)) == PERM
    assert guest.call("path_link", ROOT, 0, *guest.path(beyond, PATH2), ROOT, *guest.path("new")) == PERM
    assert guest.call("path_rename", ROOT, *guest.path("f", PATH2), ROOT, *guest.path(beyond)) == PERM
    assert guest.call("path_rename", ROOT, *guest.path(beyond, PATH2), ROOT, *guest.path("new")) == PERM
    assert guest.call("path_readlink", ROOT, *guest.path(beyond), DATA, 100, OUT) == PERM
    assert describe(root.parent) == before
    assert outside.stat().st_mtime_ns == times


def test_no_absolute_links(guest: Guest) -> None:
    """A program can neither make a link to an absolute path nor read one."""
    assert guest.call("path_symlink", *guest.path("/etc", PATH2), ROOT, *guest.path("mine")) == PERM
    assert guest.call("path_readlink", ROOT, *guest.path("abs"), DATA, 100, OUT) == PERM


def test_links_that_it_makes_do_not_lead_out(guest: Guest) -> None:
    assert guest.call("path_symlink", *guest.path("../outside", PATH2), ROOT, *guest.path("mine")) == 0
    assert guest.open("mine", rights=READ)[0] == PERM
    assert guest.open("mine", CREAT, WRITE)[0] == PERM


def test_many_links(guest: Guest, root: Path) -> None:
    """40 links are followed, as by Linux, and no more."""
    (root / "l0").symlink_to("f")
    for i in range(1, 60):
        (root / f"l{i}").symlink_to(f"l{i - 1}")
    assert guest.open("l39", rights=READ)[0] == 0
    assert guest.open("l40", rights=READ)[0] == LOOP


def test_links_that_grow(guest: Guest, root: Path) -> None:
    """Targets that make the rest of the path longer and longer end in an error."""
    (root / "grow").symlink_to("grow/" + "x/" * 1500)
    assert guest.open("grow", rights=READ)[0] in (37, LOOP, NOENT)


def test_deep_directories(guest: Guest, root: Path) -> None:
    deep = "/".join(["d" * 20] * 100)
    (root / deep).mkdir(parents=True)
    (root / deep / "file").write_bytes(b"deep")
    assert guest.read(guest.opened(deep + "/file", rights=READ), 10) == (0, b"deep")
    up = deep + "/" + "../" * 100 + "f"
    assert guest.read(guest.opened(up, rights=READ), 10) == (0, b"hello")
    assert guest.open(deep + "/" + "../" * 101 + "f", rights=READ)[0] == PERM


def test_no_descriptor_is_left_open(guest: Guest) -> None:
    """The walk and everything on it closes what it opened."""
    assert isinstance(guest.world, Runtime)
    descriptors = Path(f"/proc/{guest.world.process.pid}/fd")
    before = len(os.listdir(descriptors))
    for path in PATHS:
        guest.path_filestat(path, follow=True)
        guest.call("path_unlink_file", ROOT, *guest.path(path))
        guest.call("path_rename", ROOT, *guest.path("sub/deep/x", PATH2), ROOT, *guest.path(path))
        guest.call("path_filestat_set_times", ROOT, 0, *guest.path(path), 0, 0, 5)
        error, fd = guest.open(path, rights=READ)
        if error == 0:
            guest.call("fd_close", fd)
    assert len(os.listdir(descriptors)) == before


@pytest.fixture
def churn(root: Path) -> Iterator[None]:
    """Another process's doings: a directory on the path becomes a link out, moves out and comes
    back, and the file in it becomes a link to the secret, all the time."""
    stop = threading.Event()
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "target").write_bytes(b"inside")
    outside = root.parent / "elsewhere"
    outside.mkdir()
    (outside / "target").write_bytes(SECRET)

    def run() -> None:
        rng = random.Random(1)
        while not stop.is_set():
            match rng.randrange(3):
                case 0:
                    os.rename(root / "a" / "b", root / "a" / "kept")
                    os.symlink("../../elsewhere", root / "a" / "b")
                    os.unlink(root / "a" / "b")
                    os.rename(root / "a" / "kept", root / "a" / "b")
                case 1:
                    os.rename(root / "a" / "b", outside / "b")
                    os.rename(outside / "b", root / "a" / "b")
                case 2:
                    os.rename(root / "a" / "b" / "target", root / "a" / "b" / "kept")
                    os.symlink("../../../elsewhere/target", root / "a" / "b" / "target")
                    os.unlink(root / "a" / "b" / "target")
                    os.rename(root / "a" / "b" / "kept", root / "a" / "b" / "target")

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.usefixtures("churn")
def test_renames_during_the_walk(guest: Guest, root: Path) -> None:
    """Whatever is renamed meanwhile, what is opened is inside."""
    paths = ("a/b/target", "a/b/../b/target", "a/b/../../a/b/target", "a/b/../../../elsewhere/target", "a/b/../../elsewhere/target")
    opened = 0
    for i in range(2500):
        path = paths[i % len(paths)]
        error, fd = guest.open(path, rights=READ)
        if error == 0:
            opened += 1
            assert guest.read(fd, 100) == (0, b"inside"), path
            guest.call("fd_close", fd)
        guest.call("path_create_directory", ROOT, *guest.path("a/b/../../made"))
        guest.call("path_remove_directory", ROOT, *guest.path("a/b/../../made"))
    assert opened > 0
    assert not (root.parent / "made").exists()


# ---- another process swaps a directory and a link that leads out, in one step ----

SWAPPER = """
import ctypes, os, sys
libc, at = ctypes.CDLL(None, use_errno=True), -100
one, other = (os.fsencode(path) for path in sys.argv[1:])
print(flush=True)
while True:
    if libc.renameat2(at, one, at, other, 2):  # RENAME_EXCHANGE
        sys.exit(os.strerror(ctypes.get_errno()))
"""


@pytest.fixture
def swap(root: Path) -> Iterator[None]:
    """``a/b`` is a directory and ``a/c`` a link to one outside, then the other way round, thousands
    of times a second."""
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "target").write_bytes(b"inside")
    outside = root.parent / "elsewhere"
    outside.mkdir()
    (outside / "target").write_bytes(SECRET)
    (root / "a" / "c").symlink_to("../../elsewhere")
    process = subprocess.Popen([sys.executable, "-c", SWAPPER, root / "a" / "b", root / "a" / "c"], stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"\n"
    yield
    assert process.poll() is None
    process.kill()
    process.communicate()


@pytest.fixture(params=["openat2", "walk", *TARGETS])
def anywhere(
    request: pytest.FixtureRequest, runtime: Callable[..., Runtime], compiled: Callable[..., Compiled], root: Path
) -> Guest:
    """The C files with either way to resolve paths, and executables; under emulation there is no openat2."""
    if request.param in TARGETS:
        return Guest(compiled(request.param, RunOptions(dirs=[(root, "/d")])))
    return Guest(runtime(root, extra=["walk=1"] if request.param == "walk" else []))


@pytest.mark.usefixtures("swap")
def test_a_race_for_the_directory(anywhere: Guest, root: Path) -> None:
    """Each operation works inside or is refused; nothing outside is read, made, changed or deleted."""
    outside = root.parent / "elsewhere"
    before, times = describe(outside), (outside / "target").stat().st_mtime_ns
    inside = refused = 0
    for i in range(300):
        path = ("a/b/target", "a/c/target", "a/b/../b/target", "a/c/../c/target")[i % 4]
        error, fd = anywhere.open(path, rights=READ)
        if error == 0:
            inside += 1
            assert anywhere.read(fd, 100) == (0, b"inside"), path
            anywhere.call("fd_close", fd)
        else:
            refused += 1
            assert error in (PERM, NOENT, AGAIN, NOTDIR, LOOP), (path, error)
        folder = path.removesuffix("target")
        anywhere.call("path_filestat_set_times", ROOT, 1, *anywhere.path(path), 1, 1, 5)
        anywhere.call("path_create_directory", ROOT, *anywhere.path(folder + "made"))
        anywhere.call("path_remove_directory", ROOT, *anywhere.path(folder + "made"))
        anywhere.call("path_symlink", *anywhere.path("f", PATH2), ROOT, *anywhere.path(folder + "link"))
        anywhere.call("path_unlink_file", ROOT, *anywhere.path(folder + "link"))
        anywhere.call("path_rename", ROOT, *anywhere.path(folder + "target", PATH2), ROOT, *anywhere.path(folder + "target2"))
        anywhere.call("path_rename", ROOT, *anywhere.path(folder + "target2", PATH2), ROOT, *anywhere.path(folder + "target"))
        error, fd = anywhere.open(folder + "new", CREAT, WRITE)
        if error == 0:
            anywhere.call("fd_close", fd)
        assert describe(outside) == before
    assert inside > 0
    assert refused > 0
    assert (outside / "target").stat().st_mtime_ns == times
