"""The part of a compilation that runs in worker processes: one codegen unit for one target."""

from __future__ import annotations

import time
from dataclasses import dataclass

from wanco.codegen import compile_ir
from wanco.options import CodeOptions
from wanco.table import Table, build_tables
from wanco.targets import Target


@dataclass(frozen=True)
class UnitResult:
    """An object for the linker, its safepoint tables, and the seconds that either took."""

    object: bytes
    tables: tuple[Table, ...]
    codegen_seconds: float
    table_seconds: float


def build_unit(ir: str, target: Target, options: CodeOptions) -> UnitResult:
    """Compile a unit and make its safepoint tables.

    Raises:
        CompileError: LLVM refuses the unit, or a table cannot express it.
    """
    start = time.perf_counter()
    obj = compile_ir(ir, target, opt=options.optimize, cpu=options.cpu, cf_protection=options.cf_protection, pic=options.pic)
    compiled = time.perf_counter()
    built = build_tables(obj, target)
    return UnitResult(built.object, built.tables, compiled - start, time.perf_counter() - compiled)


def build_data(ir: str, target: Target, options: CodeOptions) -> bytes:
    """Compile a unit that has no code: the descriptor and the tables.

    Raises:
        CompileError: LLVM refuses it.
    """
    return compile_ir(ir, target, opt=0, cpu=options.cpu, cf_protection=options.cf_protection, pic=options.pic)


def build_assembly(ir: str, target: Target, options: CodeOptions) -> bytes:
    """Compile a unit to assembly text.

    Raises:
        CompileError: LLVM refuses it.
    """
    return compile_ir(ir, target, opt=options.optimize, cpu=options.cpu, emit="asm", cf_protection=options.cf_protection, pic=options.pic)
