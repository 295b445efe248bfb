"""Worlds in which a test calls WASI functions: Wasmtime, our runtime's C files, compiled programs.

All give a flat guest memory of 256 KiB and the same calls, so a script of calls can be run in
two of them and compared.  Wasmtime and executables of ours are driven through a module that
only re-exports its imports; the C files alone stand in a small native program with sanitizers
(``harness.c``) that takes commands from a pipe.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from wanco.abi.layout import ValueCode
from wanco.abi.wasi import WASI_FUNCTIONS, WASI_MODULE
from wanco.run import Executable, RunOptions

WAT_TYPES = {ValueCode.I32: "i32", ValueCode.I64: "i64"}
C_TYPES = {ValueCode.I32: "uint32_t", ValueCode.I64: "uint64_t"}

ALL_RIGHTS = (1 << 30) - 1
READ, WRITE = 1 << 1, 1 << 6
CREAT, DIRECTORY, EXCL, TRUNC = 1, 2, 4, 8
APPEND, DSYNC, NONBLOCK, RSYNC, SYNC = 1, 2, 4, 8, 16
ROOT = 3
"""Descriptor of the one directory that both worlds grant, as ``/d``."""

AGAIN, FBIG, MFILE, NOMEM, NOTCONN, PIPE = 6, 22, 33, 48, 53, 64
SUCCESS, BADF, EXIST, FAULT, ILSEQ, INVAL, ISDIR, LOOP = 0, 8, 20, 21, 25, 28, 31, 32
NAMETOOLONG, NOENT, NOTDIR, NOTEMPTY, NOTSOCK, NOTSUP, PERM, SPIPE, NOTCAPABLE = 37, 44, 54, 55, 57, 58, 63, 70, 76

TRAPPED = -1
"""Wasmtime's answer to arguments that have no meaning, where we return EINVAL or EFAULT."""

# Where the helpers below put things in guest memory.
OUT, OUT2, IOVECS, PATH, PATH2, DATA, SUBSCRIPTIONS, EVENTS = 0x400, 0x480, 0x800, 0x2000, 0x6000, 0x10000, 0xA000, 0xC000


class World(Protocol):
    """Calls into WASI functions, and the memory they see."""

    def call(self, name: str, *arguments: int) -> int: ...

    def poke(self, address: int, data: bytes) -> None: ...

    def peek(self, address: int, size: int) -> bytes: ...


class Event(NamedTuple):
    """An event of poll_oneoff."""

    userdata: int
    error: int
    type: int
    bytes: int
    flags: int


@dataclass(frozen=True)
class Guest:
    """What a C library does with the functions: typed operations on a world."""

    world: World

    def call(self, name: str, *arguments: int) -> int:
        """A WASI function; negative numbers stand for themselves in two's complement."""
        return self.world.call(name, *arguments)

    def path(self, path: str | bytes, address: int = PATH) -> tuple[int, int]:
        """Puts a path into guest memory: (address, size)."""
        data = path if isinstance(path, bytes) else path.encode()
        self.world.poke(address, data)
        return address, len(data)

    def u32(self, address: int = OUT) -> int:
        return int(struct.unpack("<I", self.world.peek(address, 4))[0])

    def u64(self, address: int = OUT) -> int:
        return int(struct.unpack("<Q", self.world.peek(address, 8))[0])

    def open(
        self, path: str | bytes, oflags: int = 0, rights: int = READ | WRITE, fdflags: int = 0, follow: bool = True, at: int = ROOT
    ) -> tuple[int, int]:
        """(errno, descriptor or -1)."""
        error = self.call("path_open", at, int(follow), *self.path(path), oflags, rights, ALL_RIGHTS, fdflags, OUT)
        return error, self.u32() if error == 0 else -1

    def opened(self, path: str | bytes, oflags: int = 0, rights: int = READ | WRITE, fdflags: int = 0, at: int = ROOT) -> int:
        """The descriptor of a file that must open."""
        error, fd = self.open(path, oflags, rights, fdflags, at=at)
        assert error == 0, (path, error)
        return fd

    def iovecs(self, *buffers: tuple[int, int]) -> tuple[int, int]:
        self.world.poke(IOVECS, b"".join(struct.pack("<II", *b) for b in buffers))
        return IOVECS, len(buffers)

    def read(self, fd: int, size: int) -> tuple[int, bytes]:
        error = self.call("fd_read", fd, *self.iovecs((DATA, size)), OUT)
        return error, self.world.peek(DATA, self.u32()) if error == 0 else b""

    def pread(self, fd: int, size: int, offset: int) -> tuple[int, bytes]:
        error = self.call("fd_pread", fd, *self.iovecs((DATA, size)), offset, OUT)
        return error, self.world.peek(DATA, self.u32()) if error == 0 else b""

    def write(self, fd: int, data: bytes) -> tuple[int, int]:
        self.world.poke(DATA, data)
        error = self.call("fd_write", fd, *self.iovecs((DATA, len(data))), OUT)
        return error, self.u32() if error == 0 else -1

    def pwrite(self, fd: int, data: bytes, offset: int) -> tuple[int, int]:
        self.world.poke(DATA, data)
        error = self.call("fd_pwrite", fd, *self.iovecs((DATA, len(data))), offset, OUT)
        return error, self.u32() if error == 0 else -1

    def seek(self, fd: int, offset: int, whence: int) -> tuple[int, int]:
        error = self.call("fd_seek", fd, offset, whence, OUT)
        return error, self.u64() if error == 0 else -1

    def tell(self, fd: int) -> tuple[int, int]:
        error = self.call("fd_tell", fd, OUT)
        return error, self.u64() if error == 0 else -1

    def fdstat(self, fd: int) -> tuple[int, int, int, int, int]:
        """(errno, file type, flags, rights, inheriting rights)."""
        error = self.call("fd_fdstat_get", fd, OUT)
        return error, *struct.unpack("<BxH4xQQ", self.world.peek(OUT, 24))

    def filestat(self, fd: int) -> tuple[int, ...]:
        """(errno, device, inode, type, links, size, atime, mtime, ctime)."""
        error = self.call("fd_filestat_get", fd, OUT)
        return error, *struct.unpack("<QQB7xQQQQQ", self.world.peek(OUT, 64))

    def path_filestat(self, path: str | bytes, follow: bool = False) -> tuple[int, ...]:
        error = self.call("path_filestat_get", ROOT, int(follow), *self.path(path), OUT)
        return error, *(struct.unpack("<QQB7xQQQQQ", self.world.peek(OUT, 64)) if error == 0 else ())

    def readdir(self, fd: int, size: int = 4096, cookie: int = 0) -> tuple[int, list[tuple[int, int, int, str]]]:
        """(errno, [(next cookie, inode, type, name)]); an entry that was cut off is left out."""
        error = self.call("fd_readdir", fd, DATA, size, cookie, OUT)
        data = self.world.peek(DATA, self.u32()) if error == 0 else b""
        entries = []
        while len(data) >= 24:
            following, inode, length, kind = struct.unpack("<QQIB3x", data[:24])
            if len(data) < 24 + length:
                break
            entries.append((following, inode, kind, data[24 : 24 + length].decode()))
            data = data[24 + length :]
        return error, entries

    def poll(self, *subscriptions: bytes) -> tuple[int, list[Event]]:
        self.world.poke(SUBSCRIPTIONS, b"".join(subscriptions))
        error = self.call("poll_oneoff", SUBSCRIPTIONS, EVENTS, len(subscriptions), OUT)
        count = self.u32() if error == 0 else 0
        return error, [Event(*struct.unpack("<QHB5xQH6x", self.world.peek(EVENTS + 32 * i, 32))) for i in range(count)]

    def clock(self, clock: int) -> int:
        assert self.call("clock_time_get", clock, 0, OUT) == 0
        return self.u64()


def on_clock(userdata: int, clock: int, timeout: int, flags: int = 0) -> bytes:
    """A subscription to a clock."""
    return struct.pack("<QB7xI4xQQH6x", userdata, 0, clock, timeout, 0, flags)


def on_fd(userdata: int, fd: int, write: bool = False) -> bytes:
    """A subscription to a descriptor."""
    return struct.pack("<QB7xI28x", userdata, 2 if write else 1, fd)


# ---- Wasmtime ----


def relay_module() -> str:
    """A module that re-exports every function that it imports, and a memory; ``poke`` and
    ``peek`` reach the memory from outside, eight bytes at a time."""
    lines = ["(module"]
    for name, function in WASI_FUNCTIONS.items():
        signature = f"(param {' '.join(WAT_TYPES[p] for p in function.parameters)})" + "(result i32)" * len(function.results)
        lines.append(f'(import "{WASI_MODULE}" "{name}" (func ${name} {signature}))')
    lines.append('(memory (export "memory") 4)')
    for name, function in WASI_FUNCTIONS.items():
        signature = f"(param {' '.join(WAT_TYPES[p] for p in function.parameters)})" + "(result i32)" * len(function.results)
        arguments = " ".join(f"local.get {i}" for i in range(len(function.parameters)))
        lines.append(f'(func (export "{name}") {signature} {arguments} call ${name})')
    lines.append('(func (export "poke") (param i32 i64) local.get 0 local.get 1 i64.store)')
    lines.append('(func (export "poke1") (param i32 i32) local.get 0 local.get 1 i32.store8)')
    lines.append('(func (export "peek") (param i32) (result i64) local.get 0 i64.load)')
    return "\n".join([*lines, ")"])


class Wasmtime:
    """The oracle: ``directory`` is granted as ``/d``."""

    def __init__(self, directory: Path, arguments: Sequence[str] = (), environment: Sequence[str] = ()) -> None:
        import wasmtime  # noqa: PLC0415  heavy, and only the differential tests need it

        self._errors: tuple[type[BaseException], ...] = (wasmtime.WasmtimeError, wasmtime.Trap, wasmtime.ExitTrap)
        config: Any = wasmtime.WasiConfig()
        config.argv = list(arguments)
        config.env = [variable.split("=", 1) for variable in environment]
        config.preopen_dir(str(directory), "/d")
        self._store: Any = wasmtime.Store(wasmtime.Engine())
        self._store.set_wasi(config)
        linker: Any = wasmtime.Linker(self._store.engine if hasattr(self._store, "engine") else wasmtime.Engine())
        linker.define_wasi()
        instance = linker.instantiate(self._store, wasmtime.Module(linker.engine, relay_module()))
        self._exports = instance.exports(self._store)
        self._memory = self._exports["memory"]

    def call(self, name: str, *arguments: int) -> int:
        try:
            result: int | None = self._exports[name](self._store, *arguments)
        except self._errors:
            return TRAPPED
        return result or 0

    def poke(self, address: int, data: bytes) -> None:
        self._memory.write(self._store, bytearray(data), address)

    def peek(self, address: int, size: int) -> bytes:
        return bytes(self._memory.read(self._store, address, address + size))


# ---- ours ----


def trampolines() -> str:
    """The table that harness.c includes; the casts-free pointers make the compiler check each
    function's prototype against `WASI_FUNCTIONS`."""
    lines = []
    for name, function in WASI_FUNCTIONS.items():
        parameters, results = function.parameters, function.results
        types = ", ".join(["struct wanco_instance *", *(C_TYPES[p] for p in parameters)])
        passed = ", ".join(["instance", *(f"({C_TYPES[p]})arguments[{i}]" for i, p in enumerate(parameters))])
        result = "int32_t" if results else "void"
        body = f"return function({passed});" if results else f"function({passed}); return 0;"
        lines.append(
            f"static int32_t call_{name}(struct wanco_instance *instance, const uint64_t *arguments) {{\n"
            f"  {result} (*function)({types}) = wanco_wasi_{name};\n  (void)arguments;\n  {body}\n}}"
        )
    lines.append("static const struct call {\n  const char *name;")
    lines.append("  int32_t (*function)(struct wanco_instance *, const uint64_t *);\n} calls[] = {")
    lines += [f'  {{"{name}", call_{name}}},' for name in WASI_FUNCTIONS]
    return "\n".join([*lines, "  {0},", "};", ""])


def chosen_port(line: bytes) -> int:
    """The port in the line that tells what the kernel chose."""
    text, _, port = line.decode().rpartition(" has port ")
    assert text.startswith("wanco: listener tcp:"), line
    return int(port)


class Ended(Exception):
    """The harness has ended; ``status`` and ``message`` as its process gave them."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"status {status}: {message}")
        self.status = status
        self.message = message


class Refused(Exception):
    """A state that cannot be saved."""


class Runtime:
    """Our functions, in a process of their own.

    Raises `Ended` where the process ends instead of answering.
    """

    def __init__(
        self,
        harness: Path,
        directory: Path | None = None,
        arguments: Sequence[str] = (),
        environment: Sequence[str] = (),
        extra: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int = subprocess.PIPE,
        cwd: Path | None = None,
        inherit: Sequence[int] = (),
    ) -> None:
        command_read, command_write = os.pipe()
        answer_read, answer_write = os.pipe()
        words = [f"arg={a}" for a in arguments] + [f"env={v}" for v in environment] + list(extra)
        if directory is not None:
            words.append(f"dir={directory}::/d")
        self._process = subprocess.Popen(
            [harness, str(command_read), str(answer_write), *words],
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, pass_fds=(command_read, answer_write, *inherit), cwd=cwd,
        )  # fmt: skip
        os.close(command_read)
        os.close(answer_write)
        self._commands = os.fdopen(command_write, "w")
        self._answers = os.fdopen(answer_read)
        assert self._answer() == "ready"

    def port(self) -> int:
        """What the kernel chose for a listener with port 0, as told on standard error."""
        assert self._process.stderr
        return chosen_port(self._process.stderr.readline())

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process, for its standard streams."""
        return self._process

    def _answer(self) -> str:
        line = self._answers.readline()
        if not line:
            raise self._ended()
        return line.strip()

    def _ended(self) -> Ended:
        assert self._process.stderr is not None
        message = self._process.stderr.read().decode()
        return Ended(self._process.wait(), message)

    def ask(self, command: str) -> str:
        """One command of harness.c and its answer."""
        self._commands.write(command + "\n")
        self._commands.flush()
        return self._answer()

    def call(self, name: str, *arguments: int) -> int:
        return int(self.ask(" ".join(["call", name, *(str(a & (1 << 64) - 1) for a in arguments)])))

    def poke(self, address: int, data: bytes) -> None:
        if data:
            self.ask(f"poke {address} {data.hex()}")

    def peek(self, address: int, size: int) -> bytes:
        return bytes.fromhex(self.ask(f"peek {address} {size}"))

    def dump(self) -> bytes:
        """The section WASI of a snapshot taken now.  Raises `Refused`."""
        answer = self.ask("dump")
        if answer.startswith("refused "):
            raise Refused(answer.removeprefix("refused "))
        return bytes.fromhex(answer)

    def close(self) -> None:
        """Ends the process; a sanitizer's report in it fails the test."""
        if self._process.poll() is None:
            self._commands.close()
            self._process.wait(timeout=20)
        message = self._process.stderr.read().decode() if self._process.stderr and not self._process.stderr.closed else ""
        for stream in (self._answers, self._commands, self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        assert self._process.returncode in (0, 3), message
        assert "Sanitizer" not in message and "runtime error" not in message, message


# ---- executables ----

class Compiled:
    """The relay module as an executable of ours, made with the option ``driver``.

    Standard input and output are the driver's commands and answers, so no test may use them.
    """

    def __init__(self, executable: Executable, options: RunOptions, arguments: Sequence[str] = ("program",)) -> None:
        self._process = executable.start(arguments[1:], options, stdin=subprocess.PIPE, name=arguments[0])
        assert self._process.stdin and self._process.stdout
        self._exports: dict[str, int] = {}
        self._expect(b"ready")
        self._process.stdin.write(b"exports\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline()) != b"ok\n":
            index, _, _, name = line.decode().split(" ")
            self._exports[name.strip()] = int(index)

    def port(self) -> int:
        """What the kernel chose for a listener with port 0, as told on standard error."""
        assert self._process.stderr
        return chosen_port(self._process.stderr.readline())

    def _expect(self, line: bytes) -> None:
        assert self._process.stdout and self._process.stderr
        answer = self._process.stdout.readline().strip()
        assert answer == line, (answer, self._process.stderr.read() if not answer else b"")

    def _invoke(self, *calls: tuple[str, tuple[int, ...]]) -> list[str]:
        """Several calls at once: their results."""
        assert self._process.stdin and self._process.stdout
        lines = [f"invoke {self._exports[name]} {' '.join(f'{a & (1 << 64) - 1:x}' for a in arguments)}\n" for name, arguments in calls]
        self._process.stdin.write("".join(lines).encode())
        self._process.stdin.flush()
        answers = [self._process.stdout.readline().decode().split() for _ in calls]
        assert all(answer and answer[0] == "ok" for answer in answers), (calls[:3], answers[:3])
        return ["".join(answer[1:]) for answer in answers]

    def call(self, name: str, *arguments: int) -> int:
        parameters = WASI_FUNCTIONS[name].parameters
        masked = tuple(a & ((1 << 32) - 1 if p == ValueCode.I32 else (1 << 64) - 1) for a, p in zip(arguments, parameters, strict=True))
        return int(self._invoke((name, masked))[0] or "0", 16)

    def poke(self, address: int, data: bytes) -> None:
        whole = len(data) // 8 * 8
        calls = [("poke", (address + i, int.from_bytes(data[i : i + 8], "little"))) for i in range(0, whole, 8)]
        calls += [("poke1", (address + i, data[i])) for i in range(whole, len(data))]
        for start in range(0, len(calls), 100):  # less than a pipe holds, in both directions
            self._invoke(*calls[start : start + 100])

    def peek(self, address: int, size: int) -> bytes:
        addresses = range(address, address + size, 8)
        words: list[str] = []
        for start in range(0, len(addresses), 100):
            words += self._invoke(*(("peek", (a,)) for a in addresses[start : start + 100]))
        return b"".join(int(word, 16).to_bytes(8, "little") for word in words)[:size]

    def save(self) -> bool:
        """Writes a snapshot between two calls, to the file of the option ``snapshot``; False: refused."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"save\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() == b"ok\n"

    def close(self) -> None:
        """Ends the process."""
        if self._process.returncode is None:
            self._process.communicate(b"quit\n", timeout=20)
