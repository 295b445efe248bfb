"""How a module is translated, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wanco.emit.modes.forms import ResumeForm


@dataclass(frozen=True, slots=True)
class EmitOptions:
    """How a module is translated.

    ``wrappers`` says which exports get entry wrappers: the command's ``_start`` alone, or
    all functions (for embedding and tests).  ``unit_size`` bounds the bytes of WebAssembly
    code per codegen unit.  ``host`` names the symbols of host functions besides WASI.
    ``constants`` tells what else the program depends on beside the module: a snapshot goes on
    only where it is equal.
    ``precise_traps`` keeps every access of memory where it is (`wanco.emit.traps`).
    ``small_resume`` keeps resume functions small, so that less has to be compiled: a restored
    loop is slower, as long as it stays in them, if there are loops in it.
    """

    checkpoint: bool = True
    poll_interval: int = 1024
    wrappers: str = "command"
    unit_size: int = 200_000
    host: Mapping[tuple[str, str], str] = field(default_factory=dict)
    separate_compact: bool = True
    """Whether compact resume functions are put into units of their own."""
    constants: bytes = b""
    precise_traps: bool = False
    small_resume: bool = False


@dataclass(frozen=True, slots=True)
class EmittedUnit:
    """IR text of a codegen unit."""

    ir: str
    functions: tuple[int, ...]
    """The functions of WebAssembly that it has code of, ascending."""
    compact: bool = False
    """It has nothing but compact resume functions: code that is not worth optimising."""


@dataclass(slots=True)
class EmittedModule:
    """IR text of each codegen unit and of the descriptor, the same for every ISA."""

    units: list[EmittedUnit]
    descriptor: str
    site_table: bytes
    site_table_hash: bytes
    stats: dict[str, int | float]
    forms: dict[int, ResumeForm]
    """How each function that can be on the stack at a checkpoint is gone on with."""
    header: str = ""
    """C header, where the module becomes a library."""
