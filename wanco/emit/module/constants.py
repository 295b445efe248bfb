"""What is known of tables and globals when a module is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wanco.abi.layout import FUNCREF as FUNCREF_RECORD
from wanco.abi.layout import SegmentMode
from wanco.abi.symbols import FUNCTION_REFERENCES
from wanco.emit.ir.values import CODE, F32, F64, FUNCREF, I32, I64, V128, f32_constant, f64_constant, v128_constant
from wanco.wasm.constexpr import Value, evaluate
from wanco.wasm.module import ElementSegment, Instr, Module
from wanco.wasm.opcodes import CHANGED_TABLE

_MAX_CONSTANT_TABLES = 1 << 18
"""Entries up to which the tables that nothing changes are constants of the executable."""

_FLOAT_CONSTANTS = {F32: f32_constant, F64: f64_constant, V128: v128_constant}


def constant_operand(code: int, value: Value) -> str:
    """LLVM constant of a value code with these bits; of a reference, by function index."""
    if value is None:
        return "null"
    if code == FUNCREF:
        return f"getelementptr (i8, ptr @{FUNCTION_REFERENCES}, i64 {FUNCREF_RECORD.size * value})"
    if code in (I32, I64):
        bits = 32 << code
        return str(value - (1 << bits) if value >> (bits - 1) else value)
    return _FLOAT_CONSTANTS[code](value)


def constant_globals(module: Module, values: Mapping[int, Value]) -> dict[int, str]:
    """LLVM constants of the globals that nothing changes."""
    return {i: constant_operand(CODE[g.type.value], values[i]) for i, g in enumerate(module.globals) if not g.type.mutable}


def constant_tables(module: Module, bodies: Sequence[Sequence[Instr]], values: Mapping[int, Value]) -> dict[int, list[int | None]]:
    """Function indices, or None for null, in the tables that nothing changes; ``values`` are those of the globals."""
    changing = _changed_tables(bodies) | set(range(module.imported_tables))
    contents: dict[int, list[int | None]] = {}
    room = _MAX_CONSTANT_TABLES
    for index, table in enumerate(module.tables):
        if index not in changing and table.limits.minimum <= room:
            room -= table.limits.minimum
            contents[index] = [None] * table.limits.minimum
    for segment in module.elements:
        if segment.mode == SegmentMode.ACTIVE and segment.table in contents:
            _fill(contents, segment, module, values)
    return contents


def _changed_tables(bodies: Sequence[Sequence[Instr]]) -> set[Any]:
    return {CHANGED_TABLE[op](immediate) for instrs in bodies for op, _, immediate in instrs if op in CHANGED_TABLE}


def _fill(contents: dict[int, list[int | None]], segment: ElementSegment, module: Module, values: Mapping[int, Value]) -> None:
    if segment.offset is None:
        return
    offset = evaluate(segment.offset, module, values) or 0
    entries = contents[segment.table]
    if offset + len(segment.items) > len(entries):
        del contents[segment.table]  # instantiation traps
        return
    entries[offset : offset + len(segment.items)] = [evaluate(item, module, values) for item in segment.items]
