"""Objects and run-time archives to a static executable, by LLVM's linker.

``ld.lld`` comes from PATH, else from the Python package ziglang (the extra
``wanco[linker]``).  Nothing is compiled here, and nothing but the given files is read.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wanco.errors import LinkError
from wanco.files import write_atomically
from wanco.install import zig
from wanco.targets import Target

_FLAGS = (
    "-static",
    "--no-pie",
    "--gc-sections",
    "-z", "noexecstack",
    "--build-id=none",
    "--error-limit=0",
    "--fatal-warnings",  # a missing entry point is one
    "--color-diagnostics=never",
)  # fmt: skip
_CXX_SYMBOLS = ("_Z", "__cxa_", "__gxx_")
"""What the names of C++'s functions begin with (Itanium C++ ABI, chapters 2, 3 and 5)."""
_ERROR = re.compile(r"(?:error|fatal): (.*)")
_UNDEFINED = re.compile(r"undefined (?:hidden )?symbol: (.*)")


@functools.cache
def linker() -> tuple[str, ...]:
    """The command that runs ``ld.lld``.

    Raises:
        LinkError: there is none.
    """
    found = shutil.which("ld.lld")
    if found:
        return (found,)
    if (compiler := zig()) is not None:
        return (str(compiler), "ld.lld")
    raise LinkError("no linker: install LLVM's ld.lld (Debian's package lld), or the Python package ziglang (wanco[linker])")


def link(
    objects: Sequence[Path | bytes],
    target: Target,
    output: Path,
    *,
    archives: Sequence[Path],
    entry: str = "_start",
) -> None:
    """Link a static executable for ``target``; ``output`` appears only when it is complete.

    Args:
        objects: object files, as paths or as their bytes; in the order in which their
            sections shall lie.
        archives: searched in this order for what the objects leave undefined.

    Raises:
        LinkError: there is no linker, it refuses, or the output cannot be written.
    """
    try:
        write_atomically(output, linked(objects, target, archives=archives, entry=entry), executable=True)
    except OSError as error:
        raise LinkError(f"{output}: {error.strerror}") from error
    except LinkError as error:
        raise LinkError(f"{output}: {error}") from error


def linked(objects: Sequence[Path | bytes], target: Target, *, archives: Sequence[Path], entry: str = "_start") -> bytes:
    """The bytes of the executable that `link` writes.

    Raises:
        LinkError: there is no linker, or it refuses.
    """
    return _run_linker(objects, target, [*_FLAGS, "--entry", entry], archives)


def linked_with_libc(objects: Sequence[Path | bytes], target: Target, *, archives: Sequence[Path], wanted: Sequence[str]) -> bytes:
    """The bytes of a static executable with the start code and C library (musl) of the Python package ziglang.

    ``wanted`` are the symbols that the library is needed for; if some are of C++, there is its library, too.  The first link for a target
    takes long: zig then compiles the library.

    Raises:
        LinkError: ziglang is not installed, or its linker refuses.
    """
    compiler = zig()
    if compiler is None:
        raise LinkError(f"host functions need a C library ({', '.join(wanted)}): install the Python package ziglang")
    driver = "c++" if any(symbol.startswith(_CXX_SYMBOLS) for symbol in wanted) else "cc"
    command = (str(compiler), driver, "-target", f"{target.name}-linux-musl", "-static", "-no-pie", "-Wl,--gc-sections")
    return _run(command, objects, archives)


def merged(objects: Sequence[Path | bytes], target: Target, *, archives: Sequence[Path] = (), wanted: Sequence[str] = ()) -> bytes:
    """One relocatable object with the content of all, and of what they need of archives or that is ``wanted``.

    Raises:
        LinkError: there is no linker, or it refuses.
    """
    return _run_linker(objects, target, ["--relocatable", *(f"--undefined={symbol}" for symbol in wanted)], archives)


def _run_linker(objects: Sequence[Path | bytes], target: Target, flags: Sequence[str], archives: Sequence[Path]) -> bytes:
    return _run([*linker(), "-m", target.emulation, *flags], objects, archives)


def _run(command: Sequence[str], objects: Sequence[Path | bytes], archives: Sequence[Path]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="wanco-link-") as folder:
        work = Path(folder)
        names = []
        for i, obj in enumerate(objects):
            if isinstance(obj, bytes):
                path = work / f"unit{i}.o"
                path.write_bytes(obj)
                obj = path
            names.append(str(obj))
        output = work / "linked"
        command = [*command, "-o", str(output), *names, *map(str, archives)]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise LinkError(_first_message(result.stderr.replace(f"{folder}/", ""), result.returncode))
        return output.read_bytes()


def _first_message(stderr: str, status: int) -> str:
    """The linker's first message; undefined symbols all in one."""
    messages = _ERROR.findall(stderr)
    undefined = list(dict.fromkeys(m[1] for message in messages if (m := _UNDEFINED.match(message))))
    if undefined:
        return f"undefined symbol{'s' if len(undefined) > 1 else ''}: {', '.join(undefined)}"
    if messages:
        return str(messages[0])
    lines = stderr.strip().splitlines()
    return lines[0] if lines else _ending(status)


def _ending(status: int) -> str:
    """How a linker without a message ended; a negative status is a signal."""
    if status == -signal.SIGXFSZ:  # LLVM's linker takes the error of the system call instead, where it can
        return os.strerror(errno.EFBIG)
    return f"the linker was ended by {signal.Signals(-status).name}" if status < 0 else f"the linker ended with status {status}"
