"""Sockets: granted listeners, the connections that they accept, and what a snapshot does to both."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wasi.worlds import (
    AGAIN,
    APPEND,
    BADF,
    CREAT,
    DATA,
    FAULT,
    INVAL,
    NONBLOCK,
    NOTCAPABLE,
    NOTCONN,
    NOTSOCK,
    OUT,
    OUT2,
    PIPE,
    READ,
    ROOT,
    SPIPE,
    WRITE,
    Compiled,
    Ended,
    Guest,
    Runtime,
    on_clock,
    on_fd,
)

from wanco.run import RunOptions
from wanco.targets import TARGETS

MEMORY = 4 << 16
LISTENER = 3
ANY_PORT = "tcp:127.0.0.1:0"
PEEK, WAITALL = 1, 2
POLL_RIGHT, SHUTDOWN_RIGHT, ACCEPT_RIGHT = 1 << 27, 1 << 28, 1 << 29

Start = Callable[..., Runtime]


class Peer(socket.socket):
    """The other end, in this process; a call that waits ends after 20 s."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.settimeout(20)
        self.connect((host, port))


@pytest.fixture(params=["native", *TARGETS])
def server(request: pytest.FixtureRequest, runtime: Start, compiled: Callable[[str, RunOptions], Compiled]) -> Iterator[tuple[Guest, int]]:
    """A guest with one listener, everywhere, and its port."""
    world: Runtime | Compiled
    world = runtime(extra=[f"listen={ANY_PORT}"]) if request.param == "native" else compiled(request.param, RunOptions(listen=[ANY_PORT]))
    yield Guest(world), world.port()


@pytest.fixture
def listening(runtime: Start) -> tuple[Guest, int]:
    """The same on the C files alone."""
    world = runtime(extra=[f"listen={ANY_PORT}"])
    return Guest(world), world.port()


def accept(guest: Guest, flags: int = 0, fd: int = LISTENER) -> tuple[int, int]:
    error = guest.call("sock_accept", fd, flags, OUT)
    return error, guest.u32() if error == 0 else -1


def recv(guest: Guest, fd: int, size: int, flags: int = 0) -> tuple[int, bytes, int]:
    """(errno, bytes, roflags)."""
    error = guest.call("sock_recv", fd, *guest.iovecs((DATA, size)), flags, OUT, OUT2)
    if error:
        return error, b"", 0
    return error, guest.world.peek(DATA, guest.u32()), struct.unpack("<H", guest.world.peek(OUT2, 2))[0]


def send(guest: Guest, fd: int, data: bytes, flags: int = 0) -> tuple[int, int]:
    guest.world.poke(DATA, data)
    error = guest.call("sock_send", fd, *guest.iovecs((DATA, len(data))), flags, OUT)
    return error, guest.u32() if error == 0 else -1


def connected(server: tuple[Guest, int], flags: int = 0) -> tuple[Guest, int, Peer]:
    guest, port = server
    peer = Peer(port)
    error, fd = accept(guest, flags)
    assert error == 0
    return guest, fd, peer


def test_a_conversation(server: tuple[Guest, int]) -> None:
    """Accept, both directions by both pairs of functions, peek, waitall, the end."""
    guest, fd, peer = connected(server)
    assert fd == 4
    assert guest.fdstat(LISTENER)[:3] == (0, 6, 0)
    assert guest.fdstat(LISTENER)[3] & ACCEPT_RIGHT
    error, kind, flags, rights, _ = guest.fdstat(fd)
    assert (error, kind, flags) == (0, 6, 0)
    assert rights & (READ | WRITE | POLL_RIGHT | SHUTDOWN_RIGHT) == READ | WRITE | POLL_RIGHT | SHUTDOWN_RIGHT
    peer.sendall(b"hello")
    assert recv(guest, fd, 3, PEEK) == (0, b"hel", 0)
    assert recv(guest, fd, 2) == (0, b"he", 0)
    assert guest.read(fd, 100) == (0, b"llo")
    assert send(guest, fd, b"one ") == (0, 4)
    assert guest.write(fd, b"two") == (0, 3)
    assert peer.recv(7, socket.MSG_WAITALL) == b"one two"
    late = threading.Timer(0.2, peer.sendall, [b"second half"])
    peer.sendall(b"first half, ")
    late.start()
    assert recv(guest, fd, 23, WAITALL) == (0, b"first half, second half", 0)
    late.join()
    peer.shutdown(socket.SHUT_WR)
    assert recv(guest, fd, 10) == (0, b"", 0)
    assert recv(guest, fd, 10, WAITALL) == (0, b"", 0)
    assert send(guest, fd, b"still") == (0, 5)
    assert peer.recv(5, socket.MSG_WAITALL) == b"still"
    assert guest.call("fd_close", fd) == 0
    assert peer.recv(1) == b""
    peer.close()


def test_shutdown(server: tuple[Guest, int]) -> None:
    guest, fd, peer = connected(server)
    assert guest.call("sock_shutdown", fd, 2) == 0
    assert peer.recv(1) == b""
    assert send(guest, fd, b"x")[0] == PIPE
    peer.sendall(b"x")
    assert recv(guest, fd, 1) == (0, b"x", 0)
    assert guest.call("sock_shutdown", fd, 1) == 0
    assert recv(guest, fd, 1) == (0, b"", 0)
    peer.close()
    again = connected(server)[1]
    assert guest.call("sock_shutdown", again, 3) == 0
    assert (recv(guest, again, 1), send(guest, again, b"x")[0]) == ((0, b"", 0), PIPE)


def test_not_waiting(server: tuple[Guest, int]) -> None:
    """The flag nonblock, given to sock_accept or set later, of both kinds of socket."""
    guest, _ = server
    assert guest.call("fd_fdstat_set_flags", LISTENER, NONBLOCK) == 0
    assert guest.fdstat(LISTENER)[2] == NONBLOCK
    assert accept(guest)[0] == AGAIN
    assert guest.call("fd_fdstat_set_flags", LISTENER, 0) == 0
    _, fd, peer = connected(server, NONBLOCK)
    assert guest.fdstat(fd)[2] == NONBLOCK
    assert recv(guest, fd, 1)[0] == AGAIN
    error = 0
    while error == 0:
        error, _ = send(guest, fd, bytes(0x8000))
    assert error == AGAIN
    assert guest.call("fd_fdstat_set_flags", fd, 0) == 0
    peer.sendall(b"x")
    assert recv(guest, fd, 1) == (0, b"x", 0)
    peer.close()


def test_polling(server: tuple[Guest, int]) -> None:
    guest, port = server
    _, events = guest.poll(on_fd(1, LISTENER), on_clock(2, 1, 1_000_000))
    assert [e.userdata for e in events] == [2]
    with Peer(port) as peer:
        _, events = guest.poll(on_fd(1, LISTENER), on_clock(2, 1, 20_000_000_000))
        assert [(e.userdata, e.error, e.type, e.flags) for e in events] == [(1, 0, 1, 0)]
        _, fd = accept(guest)
        _, events = guest.poll(on_fd(1, fd), on_fd(2, fd, True))
        assert [e.userdata for e in events] == [2]
        peer.sendall(b"hello")
        _, events = guest.poll(on_fd(1, fd))
        assert [(e.userdata, e.bytes, e.flags) for e in events] == [(1, 5, 0)]
        assert recv(guest, fd, 5)[1] == b"hello"
    _, events = guest.poll(on_fd(1, fd), on_clock(2, 1, 20_000_000_000))
    assert [(e.userdata, e.bytes, e.flags) for e in events] == [(1, 0, 1)]  # the peer has closed
    assert guest.poll(on_fd(1, LISTENER, True))[0] == BADF


def test_wrong_use(server: tuple[Guest, int]) -> None:
    """Errors, each before anything has happened."""
    guest, fd, peer = connected(server)
    peer.sendall(b"kept")
    calls: dict[str, tuple[int, ...]] = {
        "sock_accept": (0, OUT), "sock_recv": (DATA, 0, 0, OUT, OUT2), "sock_send": (DATA, 0, 0, OUT), "sock_shutdown": (3,),
    }  # fmt: skip
    for name, rest in calls.items():
        assert guest.call(name, 99, *rest) == BADF
        assert guest.call(name, -1, *rest) == BADF
    assert accept(guest, fd=fd)[0] == INVAL
    for flags in (APPEND, 2, 8, 16, NONBLOCK | APPEND, 32, 1 << 16):
        assert accept(guest, flags)[0] == INVAL
    assert recv(guest, LISTENER, 1)[0] == NOTCONN
    assert send(guest, LISTENER, b"x")[0] == NOTCONN
    assert guest.call("sock_shutdown", LISTENER, 3) == NOTCONN
    assert recv(guest, fd, 1, 4)[0] == INVAL
    assert send(guest, fd, b"x", 1)[0] == INVAL
    assert [guest.call("sock_shutdown", fd, how) for how in (0, 4, 255)] == [INVAL] * 3
    assert guest.call("sock_accept", LISTENER, 0, MEMORY - 3) == FAULT
    too_far = [(MEMORY, 1, 0, OUT, OUT2), (DATA, 1 << 29, 0, OUT, OUT2), (DATA, 0, 0, MEMORY - 3, OUT2), (DATA, 0, 0, OUT, MEMORY - 1)]
    for arguments in too_far:
        assert guest.call("sock_recv", fd, *arguments) == FAULT
    for arguments in ((MEMORY, 1, 0, OUT), (DATA, 1 << 29, 0, OUT), (DATA, 0, 0, MEMORY - 3)):
        assert guest.call("sock_send", fd, *arguments) == FAULT
    guest.iovecs((DATA, 2), (MEMORY - 1, 2))
    assert guest.call("sock_recv", fd, 0x800, 2, 0, OUT, OUT2) == FAULT
    assert guest.call("sock_recv", fd, DATA, 0, 0, OUT, OUT2) == 0  # nothing is asked for
    assert (guest.u32(OUT), guest.u32(OUT2) & 0xFFFF) == (0, 0)
    assert guest.seek(fd, 0, 0)[0] == SPIPE
    assert guest.pread(fd, 1, 0)[0] == SPIPE
    assert guest.read(LISTENER, 1)[0] == BADF
    assert guest.call("fd_fdstat_set_flags", fd, APPEND) == INVAL
    assert guest.call("fd_prestat_get", LISTENER, OUT) == BADF
    assert guest.open("x", at=LISTENER)[0] == BADF
    assert guest.filestat(fd)[3] == 6
    assert recv(guest, fd, 100) == (0, b"kept", 0)
    peer.close()


def test_files_are_no_sockets(runtime: Start, root: Path) -> None:
    guest = Guest(runtime(root))
    fd = guest.opened("f", CREAT)
    for number in (fd, ROOT, 0, 1):
        assert accept(guest, fd=number)[0] == NOTSOCK
        assert recv(guest, number, 1)[0] == NOTSOCK
        assert send(guest, number, b"x")[0] == NOTSOCK
        assert guest.call("sock_shutdown", number, 3) == NOTSOCK


def test_rights_given_up(listening: tuple[Guest, int]) -> None:
    guest, fd, peer = connected(listening)
    cases: list[tuple[int, int, Callable[[], int]]] = [
        (LISTENER, ACCEPT_RIGHT, lambda: accept(guest)[0]),
        (fd, READ, lambda: recv(guest, fd, 1)[0]),
        (fd, WRITE, lambda: send(guest, fd, b"x")[0]),
        (fd, SHUTDOWN_RIGHT, lambda: guest.call("sock_shutdown", fd, 3)),
        (fd, POLL_RIGHT, lambda: guest.poll(on_fd(1, fd))[0]),
    ]
    for number, right, operation in cases:
        rights = guest.fdstat(number)[3]
        assert guest.call("fd_fdstat_set_rights", number, rights & ~right, 0) == 0
        assert operation() == NOTCAPABLE
    peer.close()


def test_renumbering_and_closing(listening: tuple[Guest, int]) -> None:
    """A closed listener takes no more connections; a renumbered one goes on."""
    guest, port = listening
    assert guest.call("fd_renumber", LISTENER, 1) == 0
    with Peer(port):
        assert accept(guest, fd=1) == (0, 3)
    assert guest.call("fd_close", 1) == 0
    with pytest.raises(ConnectionRefusedError):
        Peer(port)


def test_a_socket_as_standard_stream(runtime: Start) -> None:
    """As inetd starts programs."""
    ours, theirs = socket.socketpair()
    guest = Guest(runtime(stdin=theirs.fileno(), stdout=theirs.fileno()))
    ours.sendall(b"request")
    assert recv(guest, 0, 100) == (0, b"request", 0)
    assert send(guest, 1, b"answer") == (0, 6)
    assert ours.recv(100) == b"answer"
    assert (recv(guest, 1, 1)[0], send(guest, 0, b"x")[0], accept(guest, fd=0)[0]) == (BADF, BADF, INVAL)
    theirs.close()
    assert guest.call("sock_shutdown", 1, 2) == 0
    assert ours.recv(1) == b""
    ours.close()


# ---- what is granted ----


def test_inherited_listeners(runtime: Start, root: Path) -> None:
    """Directories come first, then listeners in the order given."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        two.setblocking(False)
        fds = [one.fileno(), two.fileno()]
        guest = Guest(runtime(root, extra=[f"listen=fd:{fd}" for fd in fds], inherit=fds))
        ports = [s.getsockname()[1] for s in (one, two)]
    assert [guest.fdstat(fd)[1:3] for fd in (3, 4, 5)] == [(3, 0), (6, 0), (6, NONBLOCK)]
    for fd, port in zip((4, 5), ports, strict=True):
        with Peer(port):
            assert accept(guest, fd=fd)[0] == 0


@pytest.mark.parametrize("text, host", [("tcp:[::1]:0", "::1"), ("tcp:0.0.0.0:0", "127.0.0.1"), ("tcp:[0:0::0:1]:0", "::1")])
def test_addresses(runtime: Start, text: str, host: str) -> None:
    if ":" in host and not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    world = runtime(extra=[f"listen={text}"])
    with Peer(world.port(), host):
        assert accept(Guest(world))[0] == 0


MALFORMED = [
    "127.0.0.1:80", "tcp:", "tcp:80", "tcp:127.0.0.1", "tcp:127.0.0.1:", "tcp:127.0.0.1:65536", "tcp:127.0.0.256:80", "tcp:1.2.3:80",
    "tcp:127.0.0.1:80x", "tcp:localhost:80", "tcp:::1:80", "tcp:[::1]", "tcp:[::1]80", "tcp:[1:2]:80", "tcp:[::1::]:80", "tcp:[12345::]:80",
    "tcp:[:1]:80", "tcp:[1:]:80", "tcp:[1:2:3:4:5:6:7:8::]:80", "tcp:[1:2:3:4:5:6:7:8:9]:80", "tcp:[::", "tcp:[", "fd:", "fd:x", "fd:-1",
    "fd:3x", "unix:/x", "", ":", "tcp:127.0.0.1:99999999999999999999",
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_listeners(runtime: Start, text: str) -> None:
    with pytest.raises(Ended) as ended:
        runtime(extra=[f"listen={text}"])
    why = "not tcp:ADDRESS:PORT (as tcp:127.0.0.1:8080 or tcp:[::1]:8080) or fd:NUMBER"
    assert (ended.value.status, ended.value.message) == (3, f"wanco: listener {text}: {why}\n")


def test_listeners_that_cannot_be(runtime: Start, tmp_path: Path) -> None:
    def refusal(text: str, *inherit: int) -> str:
        with pytest.raises(Ended) as ended:
            runtime(extra=[f"listen={text}"], inherit=inherit)
        assert ended.value.status == 3
        return ended.value.message.removeprefix(f"wanco: listener {text}: ").strip()

    with socket.create_server(("127.0.0.1", 0)) as other:
        assert refusal(f"tcp:127.0.0.1:{other.getsockname()[1]}") == "address in use"
    assert refusal("tcp:192.0.2.1:0") == "address not available"
    assert refusal("fd:999") == "bad file descriptor"
    with (tmp_path / "file").open("wb") as file, socket.socket() as idle, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        for fd in (file.fileno(), idle.fileno(), datagrams.fileno()):
            assert refusal(f"fd:{fd}", fd) == "not a listening stream socket"


# ---- checkpoints ----


@pytest.fixture
def revive(runtime: Start, tmp_path: Path) -> Callable[..., Guest]:
    """A new process that continues from a guest's state."""

    def start(guest: Guest, *options: str) -> Guest:
        assert isinstance(guest.world, Runtime)
        path = tmp_path / f"section{time.monotonic_ns()}"
        path.write_bytes(guest.world.dump())
        return Guest(runtime(extra=[f"restore={path}", *options]))

    return start


def test_connections_are_closed_after_a_restore(listening: tuple[Guest, int], revive: Callable[..., Guest]) -> None:
    """Reading gives the end, writing EPIPE; number, flags and rights stay."""
    guest, fd, peer = connected(listening, NONBLOCK)
    peer.sendall(b"too late")
    assert guest.call("fd_fdstat_set_rights", fd, guest.fdstat(fd)[3] & ~SHUTDOWN_RIGHT, 0) == 0
    restored = revive(guest, f"listen={ANY_PORT}")
    for _ in range(2):
        assert restored.fdstat(fd) == guest.fdstat(fd)
        assert recv(restored, fd, 9) == (0, b"", 0)
        assert recv(restored, fd, 9, WAITALL | PEEK) == (0, b"", 0)
        assert restored.read(fd, 9) == (0, b"")
        assert send(restored, fd, b"x")[0] == PIPE
        assert restored.write(fd, b"x")[0] == PIPE
        _, events = restored.poll(on_fd(1, fd), on_fd(2, fd, True))
        assert [(e.userdata, e.bytes, e.flags) for e in events][:1] == [(1, 0, 1)]
        assert restored.call("sock_shutdown", fd, 3) == NOTCAPABLE
        restored = revive(restored, f"listen={ANY_PORT}")
    assert restored.call("fd_close", fd) == 0
    peer.close()


def test_listeners_are_taken_anew(listening: tuple[Guest, int], revive: Callable[..., Guest]) -> None:
    guest, _ = listening
    assert guest.call("fd_fdstat_set_flags", LISTENER, NONBLOCK) == 0
    assert guest.call("fd_renumber", LISTENER, 0) == 0
    restored = revive(guest, f"listen={ANY_PORT}")
    assert restored.fdstat(0) == guest.fdstat(0)
    assert accept(restored, fd=0)[0] == AGAIN
    assert isinstance(restored.world, Runtime)
    with Peer(restored.world.port()):
        restored.poll(on_fd(1, 0))
        assert accept(restored, fd=0) == (0, 3)


def test_a_listener_that_was_closed_is_not_opened(listening: tuple[Guest, int], revive: Callable[..., Guest]) -> None:
    guest, _ = listening
    assert guest.call("fd_close", LISTENER) == 0
    with socket.create_server(("127.0.0.1", 0)) as other:  # in use
        restored = revive(guest, f"listen=tcp:127.0.0.1:{other.getsockname()[1]}")
    assert accept(restored)[0] == BADF


def test_as_many_listeners_as_there_were(listening: tuple[Guest, int], revive: Callable[..., Guest]) -> None:
    guest, _ = listening
    with pytest.raises(Ended) as ended:
        revive(guest)
    message = f"the program in the snapshot has 1 listeners, 0 are given: missing --wanco-listen for the one that was {ANY_PORT}"
    assert (ended.value.status, ended.value.message) == (3, f"wanco: {message}\n")
    with pytest.raises(Ended) as ended:
        revive(guest, f"listen={ANY_PORT}", "listen=tcp:127.0.0.1:1")
    assert ended.value.message == "wanco: listener tcp:127.0.0.1:1: the program in the snapshot has only 1\n"


@pytest.mark.parametrize("what", ["accept", "recv", "send"])
def test_interrupted_calls_offer_a_checkpoint_and_go_on(listening: tuple[Guest, int], what: str) -> None:
    guest, fd, peer = connected(listening)
    assert isinstance(guest.world, Runtime)
    peer.sendall(b"x")
    guest.world.ask("interrupt 3")
    with Peer(listening[1]):
        steps: dict[str, Any] = {
            "accept": lambda: accept(guest)[0],
            "recv": lambda: recv(guest, fd, 1)[0],
            "send": lambda: send(guest, fd, b"y")[0],
        }
        assert steps[what]() == 0
    assert guest.world.ask("interruptions") == "3"
    peer.close()


def test_no_descriptor_is_left_open(listening: tuple[Guest, int], tmp_path: Path) -> None:
    guest, fd, peer = connected(listening)
    assert isinstance(guest.world, Runtime)
    folder = f"/proc/{guest.world.process.pid}/fd"
    before = len(os.listdir(folder))
    for number in (fd, LISTENER):
        assert guest.call("fd_close", number) == 0
    assert len(os.listdir(folder)) == before - 2
    peer.close()
