"""The part of a compilation that runs in worker processes: one codegen unit for one target."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass

from wanco.codegen.target_ir import Output
from wanco.objects.safepoint_table import Table, build_tables
from wanco.options import Backend, CodeOptions
from wanco.targets import Target

GENERATORS: dict[Backend, str] = {"llvmlite": "wanco.codegen.llvmlite", "clang": "wanco.codegen.clang"}
"""The module of each backend; each has a function ``compile_ir``.  Loaded when it is used, as LLVM takes time to load."""

_LEAST_SECONDS = 300
_SECONDS_PER_MEGABYTE = 60


@dataclass(frozen=True)
class UnitResult:
    """An object for the linker, its safepoint tables, and the seconds that either took."""

    object: bytes
    tables: tuple[Table, ...]
    codegen_seconds: float
    table_seconds: float


def cpu_limit(ir: str, options: CodeOptions) -> int:
    """Seconds of CPU time that the code of a unit may take: many times what LLVM needs, if it does not loop for ever."""
    return options.cpu_limit or _LEAST_SECONDS + _SECONDS_PER_MEGABYTE * len(ir) // 1_000_000


def build_unit(ir: str, target: Target, options: CodeOptions) -> UnitResult:
    """Compile a unit and make its safepoint tables.

    Raises:
        CompileError: LLVM refuses the unit, or a table cannot express it.
        InstallError: the backend is not installed.
    """
    start = time.perf_counter()
    obj = _generate(ir, target, options)
    compiled = time.perf_counter()
    built = build_tables(obj, target)
    return UnitResult(built.object, built.tables, compiled - start, time.perf_counter() - compiled)


def build_data(ir: str, target: Target, options: CodeOptions) -> bytes:
    """Compile a unit that has no code: the descriptor and the tables.

    Raises:
        CompileError: LLVM refuses it.
        InstallError: the backend is not installed.
    """
    return _generate(ir, target, options, optimize=0)


def build_assembly(ir: str, target: Target, options: CodeOptions) -> bytes:
    """Compile a unit to assembly text.

    Raises:
        CompileError: LLVM refuses it.
        InstallError: the backend is not installed.
    """
    return _generate(ir, target, options, emit="asm")


def _generate(ir: str, target: Target, options: CodeOptions, emit: Output = "obj", optimize: int | None = None) -> bytes:
    generator = importlib.import_module(GENERATORS[options.backend])
    level = options.optimize if optimize is None else optimize
    code: bytes = generator.compile_ir(
        ir,
        target,
        opt=level,
        cpu=options.cpu,
        emit=emit,
        cf_protection=options.cf_protection,
        pic=options.pic,
        cpu_limit=cpu_limit(ir, options),
    )
    return code
