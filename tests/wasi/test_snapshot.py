"""The state of the system interface through a snapshot: saved in one process, restored in another."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wasi.trees import populate
from wasi.worlds import (
    APPEND,
    BADF,
    CREAT,
    DATA,
    DIRECTORY,
    DSYNC,
    NOTCAPABLE,
    OUT,
    OUT2,
    PATH,
    READ,
    ROOT,
    WRITE,
    Ended,
    Guest,
    Refused,
    Runtime,
    on_clock,
    on_fd,
)

MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND

Start = Callable[..., Runtime]


@pytest.fixture
def revive(runtime: Start, tmp_path: Path) -> Callable[..., Guest]:
    """A new process that continues from a section."""

    def start(section: bytes, *options: str, **keywords: object) -> Guest:
        path = tmp_path / f"section{random.getrandbits(64)}"
        path.write_bytes(section)
        return Guest(runtime(extra=[f"restore={path}", *options], **keywords))

    return start


Revive = Callable[..., Guest]


def dump(guest: Guest) -> bytes:
    assert isinstance(guest.world, Runtime)
    return guest.world.dump()


def test_open_files_go_on_where_they_were(guest: Guest, root: Path, revive: Revive) -> None:
    populate(root)
    reader = guest.opened("f", rights=READ)
    writer = guest.opened("new", CREAT, WRITE)
    appender = guest.opened("log", CREAT, READ | WRITE, APPEND | DSYNC)
    assert guest.read(reader, 2) == (0, b"he")
    assert guest.write(writer, b"one ") == (0, 4)
    assert guest.write(appender, b"first ") == (0, 6)
    stats = [guest.fdstat(fd) for fd in (0, 1, 2, ROOT, reader, writer, appender)]
    restored = revive(dump(guest))
    assert [restored.fdstat(fd) for fd in (0, 1, 2, ROOT, reader, writer, appender)] == stats
    assert restored.read(reader, 100) == (0, b"llo")
    assert restored.write(reader, b"x")[0] == BADF
    assert restored.write(writer, b"two") == (0, 3)
    assert restored.seek(appender, 0, 0) == (0, 0)
    assert restored.write(appender, b"second") == (0, 6)
    assert (root / "new").read_bytes() == b"one two"
    assert (root / "log").read_bytes() == b"first second"
    assert restored.open("f", rights=READ)[0] == 0


def test_saving_changes_nothing_and_repeats(guest: Guest, root: Path, revive: Revive) -> None:
    """The same state gives the same bytes, in this process and after a restore."""
    populate(root)
    guest.opened("f")
    guest.opened("sub", DIRECTORY, READ)
    guest.readdir(ROOT)
    section = dump(guest)
    assert dump(guest) == section
    assert dump(revive(section)) == section


def test_nothing_of_the_host_is_in_it(runtime: Start, tmp_path: Path) -> None:
    """Equal doings in two equal trees give equal bytes."""
    sections = []
    for name in ("one", "two"):
        root = tmp_path / name / "granted"
        root.mkdir(parents=True)
        populate(root)
        guest = Guest(runtime(extra=["dir=granted::/d"], arguments=["program", "x"], environment=["A=1"], cwd=root.parent))
        guest.read(guest.opened("f"), 3)
        guest.readdir(ROOT)
        sections.append(dump(guest))
    assert sections[0] == sections[1]


def test_arguments_and_environment_come_from_the_snapshot(runtime: Start, revive: Revive) -> None:
    guest = Guest(runtime(arguments=["program", "", "two"], environment=["A=1", "B="]))
    restored = revive(dump(guest), "arg=other", "env=C=2")
    for kind, expected in (("args", b"program\0\0two\0"), ("environ", b"A=1\0B=\0")):
        assert restored.call(f"{kind}_sizes_get", OUT, OUT2) == 0
        assert (restored.u32(OUT), restored.u32(OUT2)) == (expected.count(0), len(expected))
        assert restored.call(f"{kind}_get", PATH, DATA) == 0
        assert restored.world.peek(DATA, len(expected)) == expected


def test_renumbered_and_closed_descriptors(guest: Guest, root: Path, revive: Revive) -> None:
    populate(root)
    first, second = guest.opened("f", rights=READ), guest.opened("g", rights=READ)
    assert guest.call("fd_renumber", second, 0) == 0
    assert guest.call("fd_renumber", first, 2) == 0
    assert guest.call("fd_close", ROOT) == 0
    restored = revive(dump(guest))
    assert restored.read(0, 10) == (0, b"world!")
    assert restored.read(2, 10) == (0, b"hello")
    assert restored.call("fd_prestat_get", ROOT, OUT) == BADF
    assert restored.tell(first)[0] == BADF


def test_rights_given_up_stay_so(guest: Guest, root: Path, revive: Revive) -> None:
    populate(root)
    fd = guest.opened("f")
    rights = guest.fdstat(fd)[3]
    assert guest.call("fd_fdstat_set_rights", fd, rights & ~WRITE, 0) == 0
    _, _, _, rights, inheriting = guest.fdstat(ROOT)
    assert guest.call("fd_fdstat_set_rights", ROOT, rights, inheriting & ~WRITE) == 0
    inheriting_file = guest.opened("g")
    restored = revive(dump(guest))
    assert restored.write(fd, b"x")[0] == NOTCAPABLE
    assert restored.write(inheriting_file, b"x")[0] == NOTCAPABLE
    assert restored.read(inheriting_file, 3) == (0, b"wor")
    assert restored.fdstat(ROOT) == guest.fdstat(ROOT)


def test_a_directory_that_is_being_read(guest: Guest, root: Path, revive: Revive) -> None:
    """Cookies stay valid, and what was added or deleted since then does not shift them."""
    for i in range(50):
        (root / f"file{i:02}").write_bytes(b"")
    (root / "sub").mkdir()
    _, first = guest.readdir(ROOT, 300)
    section = dump(guest)
    (root / "a").write_bytes(b"")
    (root / "file00").unlink()
    _, rest = revive(section).readdir(ROOT, 8192, first[-1][0])
    names = [e[3] for e in first + rest]
    assert names == [".", "..", *(f"file{i:02}" for i in range(50)), "sub"]
    assert rest[-1][2] == 3


def test_files_renamed_since_they_were_opened(guest: Guest, root: Path, revive: Revive) -> None:
    populate(root)
    fd, inner = guest.opened("f"), guest.opened("sub/deep/x")
    assert guest.call("path_rename", ROOT, *guest.path("f", PATH), ROOT, *guest.path("elsewhere", DATA)) == 0
    os.rename(root / "sub", root / "moved")
    restored = revive(dump(guest))
    assert restored.read(fd, 10) == (0, b"hello")
    assert restored.read(inner, 10) == (0, b"x")


def test_files_opened_through_links_and_directories(guest: Guest, root: Path, revive: Revive) -> None:
    populate(root)
    directory = guest.opened("sub", DIRECTORY, READ)
    fds = [guest.opened("dirln/deep/x", rights=READ), guest.opened("deep/x", rights=READ, at=directory), guest.opened("inner", rights=READ)]
    restored = revive(dump(guest))
    assert [restored.read(fd, 9)[1] for fd in fds] == [b"x", b"x", b"hello"]
    assert restored.open("deep/x", rights=READ, at=directory)[0] == 0


def test_a_file_moved_into_another_granted_directory(runtime: Start, root: Path, revive: Revive) -> None:
    (root / "a").mkdir()
    (root / "b").mkdir()
    (root / "a" / "f").write_bytes(b"moved")
    guest = Guest(runtime(extra=[f"dir={root}/a::a", f"dir={root}/b::b"]))
    fd = guest.opened("f", rights=READ)
    os.rename(root / "a" / "f", root / "b" / "g")
    assert revive(dump(guest)).read(fd, 9) == (0, b"moved")


def test_granting_the_directory_elsewhere(guest: Guest, root: Path, revive: Revive, tmp_path: Path) -> None:
    populate(root)
    fd = guest.opened("sub/deep/x", rights=READ)
    section = dump(guest)
    shutil.copytree(root, tmp_path / "copy", symlinks=True)
    shutil.rmtree(root)
    assert revive(section, f"dir={tmp_path}/copy::/d").read(fd, 9) == (0, b"x")
    with pytest.raises(Ended) as ended:
        revive(section)
    assert (ended.value.status, ended.value.message) == (3, f"wanco: directory {root} (granted as /d): no such file or directory\n")
    with pytest.raises(Ended) as ended:
        revive(section, f"dir={tmp_path}/copy::/d", f"dir={tmp_path}::/e")
    assert ended.value.message == f"wanco: directory {tmp_path}: the program in the snapshot has none called /e\n"


def _become_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _become_link(path: Path) -> None:
    path.rename(path.with_name("h"))
    path.symlink_to("h")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (lambda p: p.unlink(), "had 5 bytes and cannot be opened now: no such file or directory"),
    "longer": (lambda p: p.write_bytes(b"hello!"), "has 6 bytes now, 5 then"),
    "shorter": (lambda p: p.write_bytes(b""), "has 0 bytes now, 5 then"),
    "directory": (_become_directory, "is no longer of the same type"),
    "link": (_become_link, "had 5 bytes and cannot be opened now: too many symbolic links"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_files(guest: Guest, root: Path, revive: Revive, change: str) -> None:
    """One line that names the file and what is wrong, status 3, nothing written."""
    populate(root)
    fd = guest.opened("f", rights=READ)
    guest.read(fd, 2)
    section = dump(guest)
    alter, message = CHANGES[change]
    alter(root / "f")
    with pytest.raises(Ended) as ended:
        revive(section)
    assert ended.value.status == 3
    place = f"/d/f, open as descriptor {fd} (on the host {root}/f)"
    assert ended.value.message == f"wanco: {place}, {message}; see --wanco-allow-changed-files\n"
    allowed = revive(section, "changed=1")
    assert isinstance(allowed.world, Runtime)
    assert allowed.world.process.stderr
    assert allowed.world.process.stderr.readline().decode() == f"wanco: warning: {place}, {message}\n"
    if change in ("longer", "shorter"):
        assert allowed.tell(fd) == (0, 2)
        assert allowed.read(fd, 9) == (0, b"llo!" if change == "longer" else b"")
        return
    # Only the number is left, over further snapshots too.
    for lost in (allowed, revive(dump(allowed), "changed=1")):
        assert lost.fdstat(fd)[:2] == (0, 4)
        for error in (lost.read(fd, 9)[0], lost.write(fd, b"x")[0], lost.tell(fd)[0], lost.filestat(fd)[0], lost.poll(on_fd(1, fd))[0]):
            assert error == BADF
        assert lost.open("g", rights=READ) == (0, fd + 1)
        assert lost.call("fd_close", fd) == 0
        assert lost.open("g", rights=READ) == (0, fd)


def test_a_changed_file_under_the_root(runtime: Start, root: Path, revive: Revive) -> None:
    """The message has the name that the program uses."""
    populate(root)
    for guest_name in ("/", ".", "/data/"):
        guest = Guest(runtime(extra=[f"dir={root}::{guest_name}"]))
        guest.opened("sub/deep/x", rights=READ)
        section = dump(guest)
        (root / "sub" / "deep" / "x").write_bytes(b"xx")
        with pytest.raises(Ended, match=f"wanco: {guest_name.rstrip('/')}/sub/deep/x, open as descriptor 4 "):
            revive(section)
        (root / "sub" / "deep" / "x").write_bytes(b"x")


def test_restoring_creates_and_empties_nothing(guest: Guest, root: Path, revive: Revive) -> None:
    guest.opened("f", CREAT | 8, WRITE)
    guest.write(4, b"kept")
    revive(dump(guest))
    assert (root / "f").read_bytes() == b"kept"


def test_what_cannot_be_saved(guest: Guest, root: Path) -> None:
    """The checkpoint is refused, the program goes on."""
    populate(root)
    os.mkfifo(root / "fifo")
    cases: list[tuple[str, Callable[[], object], str]] = [
        ("g", lambda: os.rename(root / "g", root.parent / "g"), "has been moved out of the granted directories"),
        ("fifo", lambda: None, "is a FIFO or socket"),
        ("full", lambda: shutil.rmtree(root / "full"), "is a directory that has been deleted"),
    ]
    for name, action, why in cases:
        fd = guest.opened(name, rights=READ if name == "full" else READ | WRITE)
        action()
        with pytest.raises(Refused, match=why):
            dump(guest)
        assert name == "full" or guest.write(fd, b"still here") == (0, 10)
        assert guest.call("fd_close", fd) == 0
    dump(guest)


def test_a_hard_link_keeps_no_deleted_name(guest: Guest, root: Path) -> None:
    """The file lives on under another name, which nobody can find out."""
    populate(root)
    os.link(root / "f", root / "f2")
    guest.opened("f")
    (root / "f").unlink()
    with pytest.raises(Refused, match=r"has been deleted, and lives on under another name \(a hard link\)"):
        dump(guest)


# ---- deleted files ----


def test_deleted_files_are_taken_along(guest: Guest, root: Path, revive: Revive) -> None:
    """Contents, offset, modes; over several restores; descriptors of one file stay one file."""
    populate(root)
    data = bytes(range(256)) * 100
    writer = guest.opened("t", CREAT, READ | WRITE)
    guest.write(writer, data)
    guest.seek(writer, 1000, 0)
    reader, appender = guest.opened("t", rights=READ), guest.opened("t", 0, WRITE, APPEND)
    other = guest.opened("f", rights=READ)
    guest.read(reader, 5)
    for name in ("t", "f"):
        assert guest.call("path_unlink_file", ROOT, *guest.path(name)) == 0
    stats = [guest.fdstat(fd) for fd in (writer, reader, appender, other)]
    for _ in range(2):
        guest = revive(dump(guest))
        assert [guest.fdstat(fd) for fd in (writer, reader, appender, other)] == stats
        assert guest.filestat(writer)[4:6] == (0, len(data))
    assert guest.read(other, 9) == (0, b"hello")
    assert guest.read(reader, 3) == (0, data[5:8])
    assert guest.write(appender, b"end") == (0, 3)
    assert guest.pread(reader, 10, len(data)) == (0, b"end")
    assert guest.write(writer, b"NEW") == (0, 3)
    assert guest.pread(reader, 3, 1000) == (0, b"NEW")
    assert guest.write(reader, b"x")[0] == BADF
    assert guest.read(appender, 1)[0] == BADF
    assert not {"t", "f"} & set(os.listdir(root))


def test_equal_deleted_files_give_equal_bytes(guest: Guest, root: Path, revive: Revive) -> None:
    fds = [guest.opened("t", CREAT, READ | WRITE) for _ in range(2)]
    guest.write(fds[0], b"temporary")
    (root / "t").unlink()
    section = dump(guest)
    assert section.count(b"temporary") == 1
    assert dump(revive(section)) == section


def test_a_deleted_file_where_none_can_be_made(guest: Guest, root: Path, revive: Revive, tmp_path: Path) -> None:
    """Directories of the kernel have no files of ours: it is made in memory."""
    fd = guest.opened("t", CREAT, READ | WRITE)
    guest.write(fd, b"temporary")
    (root / "t").unlink()
    restored = revive(dump(guest), "dir=/proc/self/task::/d")
    assert restored.pread(fd, 99, 0) == (0, b"temporary")
    restored = revive(dump(restored), f"dir={root}::/d")
    assert restored.pread(fd, 99, 0) == (0, b"temporary")


def test_a_deleted_file_that_is_too_large(guest: Guest, root: Path) -> None:
    """64 MiB of them go into a snapshot."""
    first, second = guest.opened("a", CREAT, READ | WRITE), guest.opened("b", CREAT, READ | WRITE)
    for name in ("a", "b"):
        (root / name).unlink()
    assert guest.call("fd_filestat_set_size", first, 1) == 0
    assert guest.call("fd_filestat_set_size", second, 64 << 20) == 0
    with pytest.raises(Refused, match=r"descriptor 5 has open has been deleted, and is too large to be taken along \(64 MiB in all\)"):
        dump(guest)
    assert guest.write(second, b"still here") == (0, 10)
    assert guest.call("fd_filestat_set_size", second, 100) == 0
    dump(guest)


# ---- snapshots from somebody else ----


def test_untrusted_snapshots_open_only_what_is_given(runtime: Start, root: Path, revive: Revive, tmp_path: Path) -> None:
    populate(root)
    (root.parent / "second").mkdir()
    guest = Guest(runtime(extra=[f"dir={root}::/d", f"dir={root.parent}/second::/e"]))
    fd = guest.opened("f", rights=READ)
    section = dump(guest)
    given = [f"dir={root}::/d", f"dir={root.parent}/second::/e"]
    assert revive(section).read(fd, 9) == (0, b"hello")
    for options, missing in (((), "/d"), (given[:1], "/e"), (given[1:], "/d")):
        with pytest.raises(Ended) as ended:
            revive(section, "untrusted=1", *options)
        where = root if missing == "/d" else root.parent / "second"
        message = f"directory {missing} ({where} at the checkpoint) is not given: --wanco-untrusted needs --wanco-dir HOST::{missing}"
        assert (ended.value.status, ended.value.message) == (3, f"wanco: {message}\n")
    assert revive(section, "untrusted=1", *given).read(fd, 9) == (0, b"hello")


def test_redirected_standard_input(runtime: Start, tmp_path: Path, revive: Revive) -> None:
    """What was read is not read again; output goes on where the new process's output is."""
    (tmp_path / "input").write_bytes(b"0123456789")
    with (tmp_path / "input").open("rb") as file, (tmp_path / "out1").open("wb") as output:
        guest = Guest(runtime(stdin=file.fileno(), stdout=output.fileno()))
        assert guest.read(0, 4) == (0, b"0123")
        assert guest.write(1, b"first") == (0, 5)
        section = dump(guest)
    with (tmp_path / "input").open("rb") as file, (tmp_path / "out2").open("wb") as output:
        restored = revive(section, stdin=file.fileno(), stdout=output.fileno())
        assert restored.read(0, 100) == (0, b"456789")
        assert restored.write(1, b"second") == (0, 6)
    assert (tmp_path / "out2").read_bytes() == b"second"
    piped = revive(section)
    process = piped.world.process if isinstance(piped.world, Runtime) else None
    assert process and process.stdin
    process.stdin.write(b"456789")
    process.stdin.close()
    assert piped.read(0, 100) == (0, b"456789")


def test_clocks_go_on(guest: Guest, revive: Revive) -> None:
    """Never backwards, though the new process's own clocks start anew."""
    for _ in range(3):
        monotonic, cpu = guest.clock(1), guest.clock(2)
        guest = revive(dump(guest))
        assert 0 <= guest.clock(1) - monotonic < 5 * SECOND
        assert 0 <= guest.clock(2) - cpu < 5 * SECOND


def test_sleeping_leaves_no_trace_of_time(guest: Guest) -> None:
    """A program that never looked at a clock has no readings in its state."""
    before = dump(guest)
    assert guest.poll(on_clock(1, 1, MILLISECOND))[0] == 0
    assert dump(guest) == before


def test_deterministic_mode_goes_on(runtime: Start, revive: Revive) -> None:
    def rest(guest: Guest) -> list[object]:
        guest.call("random_get", DATA, 16)
        return [guest.clock(1), guest.clock(0), guest.world.peek(DATA, 16)]

    guest = Guest(runtime(extra=["deterministic=1"]))
    rest(guest)
    restored = revive(dump(guest))
    assert rest(restored) == rest(guest)


def test_a_sleep_that_was_interrupted_sleeps_the_rest(runtime: Start, root: Path) -> None:
    """The process is stopped in the middle of poll_oneoff; the call that is issued again
    after the restore waits only for what was left."""
    guest = Guest(runtime(root))
    assert isinstance(guest.world, Runtime)
    guest.world.ask(f"save-when-interrupted {root}/section")
    guest.world.ask("interrupt-after 300")
    start = time.monotonic()
    error, events = guest.poll(on_clock(1, 1, 800 * MILLISECOND))
    assert (error, len(events)) == (0, 1)
    assert time.monotonic() - start >= 0.8
    restored = Guest(runtime(extra=[f"restore={root}/section"]))
    start = time.monotonic()
    assert restored.poll(on_clock(1, 1, 800 * MILLISECOND))[0] == 0
    assert 0.3 < time.monotonic() - start < 0.75
    start = time.monotonic()
    assert restored.poll(on_clock(1, 1, 100 * MILLISECOND))[0] == 0  # the next one is a new one
    assert time.monotonic() - start >= 0.1


def test_damaged_sections(guest: Guest, root: Path, harness: Path, tmp_path: Path) -> None:
    """Truncated or altered bytes end in one line and status 3, or restore to something; they
    never crash (the harness has sanitizers) and never reach outside the directory."""
    populate(root)
    guest.opened("f")
    guest.opened("sub", DIRECTORY, READ)
    for _ in range(2):
        guest.opened("g")
    (root / "g").unlink()
    guest.readdir(ROOT)
    section = dump(guest)
    rng = random.Random(7)
    path = tmp_path / "section"
    for i in range(150):
        damaged = bytearray(section)
        if i % 3 == 0:
            damaged = damaged[: rng.randrange(len(damaged))]
        else:
            for _ in range(rng.randrange(1, 4)):
                damaged[rng.randrange(len(damaged))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        path.write_bytes(damaged)
        with open(os.devnull, "r+b") as null:
            command: list[str | Path] = [harness, str(null.fileno()), str(null.fileno()), f"restore={path}"]
            result = subprocess.run(command, stdin=null, capture_output=True, pass_fds=(null.fileno(),), check=False)
        assert result.returncode in (0, 3), (i, result.stderr)
        assert result.returncode == 0 or result.stderr.startswith(b"wanco: "), result.stderr
        assert b"Sanitizer" not in result.stderr, result.stderr
