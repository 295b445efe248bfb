"""A C program on wasi-libc: compiled, run, stopped between any two file operations, on every ISA."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from wasi.trees import describe
from wasi.worlds import chosen_port

from wanco.abi.layout import Exit
from wanco.options import CompileOptions
from wanco.run import Executable, RunOptions
from wanco.targets import TARGETS

wasmtime = pytest.importorskip("wasmtime")
pytest.importorskip("ziglang")

STATUS = 7
"""With which the program ends."""
TIMEOUT = 60.0

LEVELS = {"x86_64": 1, "aarch64": 0, "riscv64": 0}
"""Optimisation of each executable."""

Build = Callable[[str], Executable]


def compile_c(shared: Path, name: str) -> bytes:
    """A program of ``programs/`` as WebAssembly, compiled once for all workers."""
    path = shared / f"{name}.wasm"
    with FileLock(shared / f"{name}.lock"):
        if not path.exists():
            flags = ["-target", "wasm32-wasi", "-Oz", "-g0", "-Wl,--strip-debug"]
            source = Path(__file__).parent / "programs" / f"{name}.c"
            subprocess.run([sys.executable, "-m", "ziglang", "cc", *flags, source, "-o", path], check=True)
        return path.read_bytes()


@pytest.fixture(scope="session")
def module(shared: Path) -> bytes:
    """The program as WebAssembly."""
    return compile_c(shared, "steps")


@pytest.fixture(scope="session")
def program(build: Callable[[bytes, str, CompileOptions], Executable], module: bytes) -> Build:
    """The program's executable for an ISA."""
    return lambda isa: build(module, isa, CompileOptions(optimize=LEVELS[isa], jobs=1))


@pytest.fixture
def expected(module: bytes, tmp_path: Path) -> tuple[bytes, dict[str, object]]:
    """Output and files of the program under Wasmtime."""
    root = tmp_path / "theirs"
    root.mkdir()
    output = tmp_path / "output"
    store = wasmtime.Store(wasmtime.Engine())
    config = wasmtime.WasiConfig()
    config.argv = ["steps"]
    config.env = [["A", "5"]]
    config.stdout_file = output
    config.preopen_dir(str(root), ".")
    store.set_wasi(config)
    linker = wasmtime.Linker(store.engine) if hasattr(store, "engine") else wasmtime.Linker(wasmtime.Engine())
    linker.define_wasi()
    linker.define_func("wanco", "checkpoint", wasmtime.FuncType([], [wasmtime.ValType.i32()]), lambda: 1)
    instance = linker.instantiate(store, wasmtime.Module(linker.engine, module))
    with pytest.raises(wasmtime.ExitTrap) as ended:
        instance.exports(store)["_start"](store)
    assert ended.value.code == STATUS
    return output.read_bytes(), describe(root)


def options(root: Path, **more: object) -> RunOptions:
    return replace(RunOptions(dirs=[(root, ".")], env={"A": "5"}, quiet=True), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("isa", TARGETS)
def test_uninterrupted(program: Build, expected: tuple[bytes, dict[str, object]], root: Path, isa: str) -> None:
    """The same output, status and files as under Wasmtime."""
    result = program(isa).run([], options(root), timeout=TIMEOUT)
    assert (result.stderr, result.status) == (b"", STATUS)
    assert (result.stdout, describe(root)) == expected


def follow(program: Build, isas: Sequence[str], root: Path, snapshot: Path) -> tuple[bytes, int, int]:
    """Runs the program, which stops before each step, from ISA to ISA; output, status, stops."""
    result = program(isas[0]).run(["stop"], options(root, snapshot=snapshot), timeout=TIMEOUT)
    output, stops = result.stdout, 0
    while result.checkpointed:
        stops += 1
        given = snapshot.with_suffix(f".{stops}")
        snapshot.rename(given)
        result = program(isas[stops % len(isas)]).run([], RunOptions(restore=given, snapshot=snapshot, quiet=True), timeout=TIMEOUT)
        assert result.stderr == b""
        output += result.stdout
    return output, result.status, stops


@pytest.mark.parametrize("first", range(3))
def test_stopped_between_any_two_steps(
    program: Build, expected: tuple[bytes, dict[str, object]], root: Path, tmp_path: Path, first: int
) -> None:
    """Each step is done by another ISA than the one before; nothing is lost or done twice."""
    isas = [*TARGETS][first:] + [*TARGETS][:first]
    output, status, stops = follow(program, isas, root, tmp_path / "snapshot")
    assert (status, stops) == (STATUS, 15)
    assert (output, describe(root)) == expected


def test_moved_to_a_copy_of_the_files(program: Build, expected: tuple[bytes, dict[str, object]], root: Path, tmp_path: Path) -> None:
    """Another machine has another directory with the same files."""
    snapshot = tmp_path / "snapshot"
    result = program("x86_64").run(["stop"], options(root, snapshot=snapshot), timeout=TIMEOUT)
    output = result.stdout
    for hop in range(15):
        assert result.checkpointed
        moved = tmp_path / f"moved{hop}"
        root.rename(moved)
        root = moved
        given = snapshot.with_suffix(f".{hop}")
        snapshot.rename(given)
        result = program("x86_64").run([], RunOptions(dirs=[(root, ".")], restore=given, snapshot=snapshot, quiet=True), timeout=TIMEOUT)
        output += result.stdout
    assert (result.status, result.stderr) == (STATUS, b"")
    assert (output, describe(root)) == expected


@pytest.mark.parametrize("isas", [("x86_64", "aarch64"), ("riscv64", "x86_64")], ids="-".join)
def test_stopped_while_asleep(program: Build, tmp_path: Path, isas: tuple[str, str]) -> None:
    """The program is saved at once, and sleeps only the rest after the restore."""
    snapshot = tmp_path / "snapshot"
    stopped = program(isas[0]).run(["sleep"], RunOptions(snapshot=snapshot, checkpoint_after="2s", quiet=True), timeout=TIMEOUT)
    assert (stopped.checkpointed, stopped.stdout) == (True, b"")
    start = time.monotonic()
    result = program(isas[1]).run([], RunOptions(restore=snapshot), timeout=TIMEOUT)
    assert (result.stdout, result.stderr, result.status) == (b"sleep: 0\n", b"", 0)
    assert 0.5 < time.monotonic() - start < 2.5


def test_stopped_while_reading(program: Build, tmp_path: Path) -> None:
    """A read that waits is saved at once and issued again; every byte comes through once."""
    snapshot = tmp_path / "snapshot"
    process = program("x86_64").start(["copy"], RunOptions(snapshot=snapshot, quiet=True), stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"first ")
    process.stdin.flush()
    assert process.stdout.read(6) == b"first "
    process.send_signal(signal.SIGUSR1)
    process.wait(TIMEOUT)  # before its input is closed: the end of it may win against the signal
    assert process.communicate()[0] == b""
    assert process.returncode == Exit.CHECKPOINTED
    result = program("aarch64").run([], RunOptions(restore=snapshot), stdin=b"second", timeout=TIMEOUT)
    assert (result.stdout, result.stderr, result.status) == (b"second", b"", 0)


# ---- a server ----

ANY_PORT = "tcp:127.0.0.1:0"


@pytest.fixture(scope="session")
def echo(build: Callable[[bytes, str, CompileOptions], Executable], shared: Path) -> Build:
    """The server's executable for an ISA."""
    return lambda isa: build(compile_c(shared, "echo"), isa, CompileOptions(optimize=LEVELS[isa], jobs=1))


class Server:
    """The server, running; ``given`` is what it goes on from."""

    def __init__(self, program: Executable, snapshot: Path, given: Path | None = None, args: Sequence[str] = (), **more: str) -> None:
        options = RunOptions(listen=[ANY_PORT], snapshot=snapshot, restore=given, quiet=True, **more)  # type: ignore[arg-type]
        self.process = program.start(args, options)
        assert self.process.stderr
        self.port = chosen_port(self.process.stderr.readline())

    def expect(self, *lines: str) -> None:
        """The next lines of its output."""
        assert self.process.stdout
        assert [self.process.stdout.readline().decode().rstrip() for _ in lines] == [*lines]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def save(self) -> None:
        """Asks for a checkpoint, which must not wait for what the program waits for."""
        time.sleep(0.2)  # for the program to be in the call
        self.process.send_signal(signal.SIGUSR1)
        assert self.process.wait(10) == Exit.CHECKPOINTED
        self.close()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def converse(peer: socket.socket, text: bytes) -> None:
    peer.sendall(text)
    assert peer.recv(len(text), socket.MSG_WAITALL) == text


@pytest.mark.parametrize("isas", [("x86_64", "aarch64", "riscv64"), ("riscv64", "x86_64", "aarch64")], ids="-".join)
def test_a_server_is_stopped_where_it_waits(echo: Build, tmp_path: Path, isas: tuple[str, str, str]) -> None:
    """In accept, then in recv: saved at once. Connections are closed by that, the listener is new."""
    server = Server(echo(isas[0]), tmp_path / "1")
    server.expect("waiting")
    with server.connect() as peer:
        server.expect("accepted")
        converse(peer, b"hello")
        server.expect("got hello")
    server.expect("end: closed")
    server.expect("send: sent", "waiting")  # its peer may not have said yet that nobody reads
    server.save()

    server = Server(echo(isas[1]), tmp_path / "2", tmp_path / "1")
    with server.connect() as peer:
        server.expect("accepted")
        converse(peer, b"again")
        server.expect("got again")
        server.save()
        assert peer.recv(1) == b""

    server = Server(echo(isas[2]), tmp_path / "3", tmp_path / "2")
    server.expect("end: closed", "send: Broken pipe", "waiting")
    with server.connect() as peer:
        server.expect("accepted")
        peer.sendall(b"quit")
        server.expect("got quit")
    assert server.process.wait(10) == 0
    server.close()


def open_sockets(process: int) -> list[str]:
    """The sockets among a process's descriptors."""
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(os.readlink(descriptor))
    return [name for name in found if name.startswith("socket:")]


def test_a_save_in_the_background_keeps_no_connection_open(echo: Build, tmp_path: Path) -> None:
    """The process that writes the snapshot is stopped; the peer sees the end at once all the same."""
    with Server(echo("x86_64"), tmp_path / "1", args=["big"], checkpoint_every="1h") as server:
        server.expect("waiting")
        peer = server.connect()
        server.expect("accepted")
        converse(peer, b"hello")
        server.expect("got hello")
        server.process.send_signal(signal.SIGALRM)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        deadline = time.monotonic() + TIMEOUT
        while not (writer := children.read_text().split()):
            assert time.monotonic() < deadline
        while open_sockets(int(writer[0])):  # it closes them before it writes
            assert time.monotonic() < deadline
        os.kill(int(writer[0]), signal.SIGSTOP)
        try:
            peer.shutdown(socket.SHUT_WR)
            assert peer.recv(1) == b"x"
            assert peer.recv(1) == b""
            server.expect("end: closed", "send: sent", "waiting")
        finally:
            os.kill(int(writer[0]), signal.SIGCONT)
        peer.close()
