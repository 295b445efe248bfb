"""How to compile: the options of the pipeline as values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from wanco.errors import UsageError
from wanco.imports.host import NONE, HostFiles
from wanco.imports.settle import Key, Provided

Emit = Literal["exe", "lib", "obj", "ll", "asm"]
Backend = Literal["llvmlite", "clang"]

EMITS: tuple[Emit, ...] = get_args(Emit)
BACKENDS: tuple[Backend, ...] = get_args(Backend)

_MAX_POLL_INTERVAL = 1 << 30


@dataclass(frozen=True)
class CodeOptions:
    """What decides how IR becomes machine code."""

    optimize: int
    cpu: str | None
    cf_protection: bool
    pic: bool = False
    backend: Backend = "llvmlite"
    cpu_limit: int | None = None


_WITHOUT_EFFECT = ("jobs", "cpu_limit")
"""Options that change nothing in the output."""


@dataclass(frozen=True)
class CompileOptions:
    """How to compile.

    ``emit``: ``exe`` an executable; ``lib`` a static library of the exports, whose C names begin
    with ``prefix``; ``obj`` a relocatable object of all but the runtime;
    ``ll`` LLVM IR before optimisation; ``asm`` assembly.  ``driver`` links the main program
    that drives exported functions from a script in place of the usual one.  ``precise_traps``
    keeps every access of memory, also one that only its trap makes matter, in its order.  ``small_resume``
    makes less code for what goes on after a restore, which is compiled sooner and is slower.  ``imports`` is
    what the module can import besides the functions of the runtime; host functions among it
    must be in the objects that are linked.  ``globals`` gives values to imported globals, as texts
    ``MODULE.NAME=VALUE``.  ``host`` is the objects with host functions that
    the user gives, for one or several targets.  ``backend`` is
    the LLVM that generates code: llvmlite's, or the faster one in the package ziglang.  ``jobs`` (None: one per CPU) is how many worker
    processes there may be; ``cpu_limit`` (None: by its size) is how many seconds of CPU time the code of one
    unit may take.  Neither changes anything in the output.

    Raises:
        UsageError: a value is out of range.
    """

    optimize: int = 2
    cpu: str | None = None
    checkpoint: bool = True
    poll_interval: int = 1024
    emit: Emit = "exe"
    prefix: str = "app"
    cf_protection: bool = True
    driver: bool = False
    precise_traps: bool = False
    small_resume: bool = False
    imports: Mapping[Key, Provided] = field(default_factory=dict)
    globals: tuple[str, ...] = ()
    host: HostFiles = NONE
    backend: Backend = "llvmlite"
    jobs: int | None = None
    cpu_limit: int | None = None

    def __post_init__(self) -> None:
        if self.optimize not in range(4):
            raise UsageError(f"optimisation level {self.optimize}: it is 0 to 3")
        if self.poll_interval not in range(1, _MAX_POLL_INTERVAL + 1):
            raise UsageError(f"poll interval {self.poll_interval}: it is 1 to {_MAX_POLL_INTERVAL}")
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"{self.jobs} jobs: at least one is needed")
        if self.cpu_limit is not None and self.cpu_limit < 1:
            raise UsageError(f"{self.cpu_limit} seconds of CPU time: at least one is needed")
        if not (self.prefix.isascii() and self.prefix.isidentifier()):
            raise UsageError(f"prefix '{self.prefix}': a C identifier is wanted")
        if self.emit not in EMITS:
            raise UsageError(f"cannot emit {self.emit}: choose from {', '.join(EMITS)}")
        if self.backend not in BACKENDS:
            raise UsageError(f"no backend is called {self.backend}: choose from {', '.join(BACKENDS)}")

    @property
    def identity(self) -> str:
        """A text that is equal for options that make equal output."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name not in _WITHOUT_EFFECT}
        values |= {"imports": sorted(self.imports.items(), key=lambda item: item[0]), "host": self.host.identity}
        return repr(values)

    @property
    def code(self) -> CodeOptions:
        """The part that code generation needs."""
        return self._code(self.optimize)

    @property
    def compact_code(self) -> CodeOptions:
        """The same for code that is not worth more than the simplest optimisation."""
        return self._code(min(self.optimize, 1))

    def _code(self, optimize: int) -> CodeOptions:
        return CodeOptions(optimize, self.cpu, self.cf_protection, self.emit == "lib", self.backend, self.cpu_limit)


DEFAULTS = CompileOptions()
