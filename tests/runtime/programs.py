"""The programs of ``programs/``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wanco.run import Executable
from wanco.wasm.text import read_module

Build = Callable[..., Executable]
"""``build("cat", "x86_64", optimize=1, ...)``: the executable of a program for an ISA (None:
this machine's), with `wanco.options.CompileOptions`."""


def module(name: str) -> bytes:
    """The module of a program."""
    return read_module(Path(__file__).parent / "programs" / f"{name}.wat")
