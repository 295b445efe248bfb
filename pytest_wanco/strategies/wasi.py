"""Strategies for scripts of file operations, as WebAssembly programs.

A script works in the first granted folder (descriptor 3).  After each operation the program
writes a line: whether it succeeded, and a number that it gave (bytes moved, a position, a hash of
what was read).  Between two operations it polls, so that a checkpoint can fall there.

Files that are opened are never deleted or renamed while they may be open, because such a program
cannot be saved; names for that are others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SLOTS = 3
"""Descriptors that a script works with."""

OPENED = ("a", "b.txt", "folder/c")
TRANSIENT = ("x", "folder/y", "z")
FOLDERS = ("folder", "made", "folder/inner")

_PREVIEW = "wasi_snapshot_preview1"
_IMPORTS = {
    "path_open": "i32 i32 i32 i32 i32 i64 i64 i32 i32",
    "fd_read": "i32 i32 i32 i32",
    "fd_write": "i32 i32 i32 i32",
    "fd_seek": "i32 i64 i32 i32",
    "fd_tell": "i32 i32",
    "fd_close": "i32",
    "fd_filestat_set_size": "i32 i64",
    "fd_readdir": "i32 i32 i32 i64 i32",
    "path_create_directory": "i32 i32 i32",
    "path_unlink_file": "i32 i32 i32",
    "path_rename": "i32 i32 i32 i32 i32 i32",
}

_LIBRARY = """
  (func $wait (local i32)
    (loop $again (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 2)))))
  (func $emit (param i64) (local i32)
    (loop $digits
      (i32.store8 (i32.sub (i32.const 139) (local.get 1))
        (i32.load8_u (i32.add (i32.const 100) (i32.wrap_i64 (i64.and (local.get 0) (i64.const 15))))))
      (local.set 0 (i64.shr_u (local.get 0) (i64.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $digits (i32.lt_u (local.get 1) (i32.const 16))))
    (i32.store8 (i32.const 140) (i32.const 10))
    (i32.store (i32.const 144) (i32.const 124))
    (i32.store (i32.const 148) (i32.const 17))
    (drop (call $fd_write (i32.const 1) (i32.const 144) (i32.const 1) (i32.const 152))))
  ;; Whether it succeeded and what it gave; and a poll.
  (func $tell (param $error i32) (param $number i64)
    (call $wait)
    (call $emit (i64.extend_i32_u (i32.eqz (local.get $error))))
    (if (i32.eqz (local.get $error)) (then (call $emit (local.get $number)))))
  (func $hash (param $size i32) (result i64) (local i32 i64)
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get 1) (local.get $size)))
        (local.set 2 (i64.mul (i64.add (local.get 2) (i64.load8_u offset=4096 (local.get 1))) (i64.const 0x100000001b3)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br $bytes)))
    (local.get 2))
  (func $moved (result i64) (i64.load32_u (i32.const 160)))
  ;; One entry at a time; the hash of the names.
  (func $list (param $folder i32) (result i32) (local $cookie i64) (local $sum i64) (local $error i32)
    (loop $entries
      (local.set $error (call $fd_readdir (local.get $folder) (i32.const 4072) (i32.const 88) (local.get $cookie) (i32.const 160)))
      (if (i32.and (i32.eqz (local.get $error)) (i32.gt_u (i32.load (i32.const 160)) (i32.const 24)))
        (then
          ;; the names "." and ".." are not the same everywhere
          (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 46))
            (then (local.set $sum (i64.xor (local.get $sum) (call $hash (i32.load (i32.const 4088)))))))
          (local.set $cookie (i64.load (i32.const 4072)))
          (br $entries))))
    (i64.store (i32.const 168) (local.get $sum))
    (local.get $error))
"""


class Operation:
    """One step of a script."""

    __slots__ = ()

    def wat(self, names: _Names) -> str:
        """Instructions that leave nothing on the stack."""
        raise NotImplementedError


class _Names:
    """Strings in memory."""

    def __init__(self) -> None:
        self.data = b""
        self.places: dict[str, int] = {}

    def place(self, text: str) -> str:
        """Operands for a string: address and length."""
        if text not in self.places:
            self.places[text] = 1024 + len(self.data)
            self.data += text.encode()
        return f"(i32.const {self.places[text]}) (i32.const {len(text.encode())})"


def _slot(number: int) -> str:
    return f"(i32.load (i32.const {8 * number}))"


def _vector(address: str, size: str) -> str:
    return f"(i32.store (i32.const 176) {address}) (i32.store (i32.const 180) {size})"


def _told(call: str, number: str = "(i64.const 0)") -> str:
    return f"{call} (local.set $error) (call $tell (local.get $error) {number})"


@dataclass(frozen=True, slots=True)
class Open(Operation):
    """Open a file into a slot that is then closed first: ``create``, ``truncate``, ``append``."""

    slot: int
    path: str
    create: bool
    truncate: bool
    append: bool

    def wat(self, names: _Names) -> str:
        flags = self.create | self.truncate << 3
        rights = 2 | 4 | 1 << 5 | 1 << 6 | 1 << 22  # read, seek, tell, write, set size
        operands = f"(i32.const 3) (i32.const 0) {names.place(self.path)} (i32.const {flags}) (i64.const {rights}) (i64.const 0)"
        call = f"(call $path_open {operands} (i32.const {int(self.append)}) (i32.const 160))"
        close = f"(drop (call $fd_close {_slot(self.slot)})) (i32.store (i32.const {8 * self.slot}) (i32.const -1))"
        keep = f"(if (i32.eqz (local.get $error)) (then (i32.store (i32.const {8 * self.slot}) (i32.load (i32.const 160)))))"
        return f"{close} {call} (local.set $error) {keep} (call $tell (local.get $error) (i64.const 0))"


@dataclass(frozen=True, slots=True)
class Write(Operation):
    """Write a text."""

    slot: int
    text: str

    def wat(self, names: _Names) -> str:
        address, size = names.place(self.text).rstrip(")").split(") (")
        vector = _vector(f"{address})", f"({size})")
        return vector + " " + _told(f"(call $fd_write {_slot(self.slot)} (i32.const 176) (i32.const 1) (i32.const 160))", "(call $moved)")


@dataclass(frozen=True, slots=True)
class Read(Operation):
    """Read so many bytes at most."""

    slot: int
    size: int

    def wat(self, names: _Names) -> str:
        vector = _vector("(i32.const 4096)", f"(i32.const {self.size})")
        call = f"(call $fd_read {_slot(self.slot)} (i32.const 176) (i32.const 1) (i32.const 160))"
        return f"{vector} {_told(call, '(i64.add (call $moved) (call $hash (i32.load (i32.const 160))))')}"


@dataclass(frozen=True, slots=True)
class Seek(Operation):
    """To an offset from the start, the position or the end."""

    slot: int
    offset: int
    whence: int

    def wat(self, names: _Names) -> str:
        call = f"(call $fd_seek {_slot(self.slot)} (i64.const {self.offset}) (i32.const {self.whence}) (i32.const 168))"
        return _told(call, "(i64.load (i32.const 168))")


@dataclass(frozen=True, slots=True)
class Resize(Operation):
    """Set the size of a file."""

    slot: int
    size: int

    def wat(self, names: _Names) -> str:
        return _told(f"(call $fd_filestat_set_size {_slot(self.slot)} (i64.const {self.size}))")


@dataclass(frozen=True, slots=True)
class Close(Operation):
    """Close a slot."""

    slot: int

    def wat(self, names: _Names) -> str:
        return f"{_told(f'(call $fd_close {_slot(self.slot)})')} (i32.store (i32.const {8 * self.slot}) (i32.const -1))"


@dataclass(frozen=True, slots=True)
class Touch(Operation):
    """Make an empty file that is not kept open."""

    path: str

    def wat(self, names: _Names) -> str:
        flags = "(i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0)"  # create, to write
        operands = f"(i32.const 3) (i32.const 0) {names.place(self.path)} {flags} (i32.const 160)"
        close = "(if (i32.eqz (local.get $error)) (then (drop (call $fd_close (i32.load (i32.const 160))))))"
        return f"(call $path_open {operands}) (local.set $error) {close} (call $tell (local.get $error) (i64.const 0))"


@dataclass(frozen=True, slots=True)
class Unlink(Operation):
    """Delete a file that is not open."""

    path: str

    def wat(self, names: _Names) -> str:
        return _told(f"(call $path_unlink_file (i32.const 3) {names.place(self.path)})")


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """Rename a file that is not open."""

    old: str
    new: str

    def wat(self, names: _Names) -> str:
        return _told(f"(call $path_rename (i32.const 3) {names.place(self.old)} (i32.const 3) {names.place(self.new)})")


@dataclass(frozen=True, slots=True)
class MakeFolder(Operation):
    """Make a folder."""

    path: str

    def wat(self, names: _Names) -> str:
        return _told(f"(call $path_create_directory (i32.const 3) {names.place(self.path)})")


@dataclass(frozen=True, slots=True)
class List(Operation):
    """List the granted folder, one entry at a time."""

    def wat(self, names: _Names) -> str:
        return _told("(call $list (i32.const 3))", "(i64.load (i32.const 168))")


@dataclass(frozen=True, slots=True)
class Script:
    """A program that does these operations, one after the other."""

    operations: tuple[Operation, ...]

    def wat(self) -> str:
        """As WebAssembly text."""
        names = _Names()
        steps = "\n    ".join(operation.wat(names) for operation in self.operations)
        imports = "\n".join(
            f'  (import "{_PREVIEW}" "{name}" (func ${name} (param {params}) (result i32)))' for name, params in _IMPORTS.items()
        )
        empty = " ".join(f"(i32.store (i32.const {8 * slot}) (i32.const -1))" for slot in range(SLOTS))
        return (
            f'(module\n{imports}\n  (memory (export "memory") 1)\n  (data (i32.const 100) "0123456789abcdef")\n'
            f'  (data (i32.const 1024) "{_escape(names.data)}")\n{_LIBRARY}'
            f'  (func (export "_start") (local $error i32)\n    {empty}\n    {steps}))\n'
        )

    def __str__(self) -> str:
        return self.wat()


def _escape(data: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)


def _operations() -> Sequence[SearchStrategy[Operation]]:
    slots = st.integers(0, SLOTS - 1)
    opened, transient = st.sampled_from(OPENED), st.sampled_from(TRANSIENT)
    texts = st.text(alphabet="abcdefgh \n", min_size=1, max_size=20)
    return (
        st.builds(Write, slots, texts),
        st.builds(Open, slots, opened, st.booleans(), st.booleans(), st.booleans()),
        st.builds(Read, slots, st.integers(1, 40)),
        st.builds(Seek, slots, st.integers(-4, 30), st.integers(0, 2)),
        st.builds(Resize, slots, st.integers(0, 30)),
        st.builds(Close, slots),
        st.builds(Touch, transient),
        st.builds(Unlink, transient),
        st.builds(Rename, transient, transient),
        st.builds(MakeFolder, st.sampled_from(FOLDERS)),
        st.just(List()),
    )


def wasi_scripts(*, max_size: int = 12) -> SearchStrategy[Script]:
    """Scripts of file operations; the first opens a file.

    Raises:
        ValueError: ``max_size`` is below 1.
    """
    if max_size < 1:
        raise ValueError("max_size is at least 1")
    first = st.builds(Open, st.just(0), st.sampled_from(OPENED[:2]), st.just(True), st.booleans(), st.just(False))
    rest = st.lists(st.one_of(*_operations()), min_size=min(3, max_size - 1), max_size=max_size - 1)
    return st.builds(lambda a, b: Script((a, *b)), first, rest)
