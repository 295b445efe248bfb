"""The operator table: all of WebAssembly 2.0, tail calls and relaxed SIMD.

The table is the one place that knows the operators; `wanco.wasm.columns` has the words of its
columns.  It drives decoding (`Imm` says what follows the code), validation (``params``, ``results``,
``access``, ``lanes``), and analysis and emission (``flow``, ``effects``).

Looking up a column for each instruction of a large module takes long; what is asked that often stands
below as a dictionary or a set of codes that is made from the columns once: `FLOW`, `with_flow`,
`with_effects`, `OPENING`, `STOPPING`, `DIRECT_CALLS`, `REFERRING`, `LABELS`, `CHANGED_TABLE`.

An operator's code is its byte; where a prefix byte and a LEB128 number encode it, the code
is ``prefix << 12 | number``: ``memory.copy`` is 0xFC00A, ``v128.load`` 0xFD000.

Source: WebAssembly 2.0, sections 5.4 (codes) and 3.3 (types); WebAssembly 3.0 for tail
calls, relaxed SIMD, and the types that address memories and index tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from wanco.wasm.columns import OF_A_CALL, Effect, Feature, Flow, Imm, OperandType, Operator, TypeVariable
from wanco.wasm.types import ValType

PREFIX_SHIFT = 12
"""Bits by which the prefix byte is shifted in the code of a prefixed operator."""

_TYPE_LETTERS: dict[str, OperandType] = {
    "i": ValType.I32,
    "l": ValType.I64,
    "f": ValType.F32,
    "d": ValType.F64,
    "v": ValType.V128,
    "r": ValType.FUNCREF,
    "x": TypeVariable.INDEX,
    "y": TypeVariable.SOURCE_INDEX,
    "z": TypeVariable.LENGTH,
    "t": TypeVariable.NAMED,
    "a": TypeVariable.REFERENCE,
    "u": TypeVariable.VALUE,
}

_FC = 0xFC << PREFIX_SHIFT
_FD = 0xFD << PREFIX_SHIFT

_INT_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
_FLOAT_COMPARE = "eq ne lt gt le ge"
_INT_DIVISION = "div_s div_u rem_s rem_u"
_INT_BITS = "and or xor shl shr_s shr_u rotl rotr"
_FLOAT_ROUNDING = "ceil floor trunc nearest sqrt"
_FLOAT_BINARY = "add sub mul div min max"

_TRAP = Effect.MAY_TRAP
_NAN = Effect.MAKES_NAN
_LOAD = Effect.READS_MEMORY | Effect.MAY_TRAP
_STORE = Effect.WRITES_MEMORY | Effect.MAY_TRAP
_GROW = Effect.READS_SIZE | Effect.GROWS


class _Row(NamedTuple):
    """Operators of consecutive codes that have all columns but the name in common.

    ``signature`` has letters of `_TYPE_LETTERS`, params ":" results; "*" is special typing.  In
    ``names``, "-" leaves a code out, and a name can carry ":bytes accessed" and "/lanes".
    """

    first: int
    feature: Feature
    signature: str
    immediate: Imm
    group: str
    names: str
    effects: Effect = Effect.NONE
    flow: Flow = Flow.NEXT
    constant: bool = False


_ROWS: tuple[_Row, ...] = (
    # Control
    _Row(0x00, Feature.MVP, "*", Imm.NONE, "", "unreachable", _TRAP, Flow.TRAP),
    _Row(0x01, Feature.MVP, ":", Imm.NONE, "", "nop"),
    _Row(0x02, Feature.MVP, "*", Imm.BLOCK, "", "block", flow=Flow.BLOCK),
    _Row(0x03, Feature.MVP, "*", Imm.BLOCK, "", "loop", flow=Flow.LOOP),
    _Row(0x04, Feature.MVP, "*", Imm.BLOCK, "", "if", flow=Flow.IF),
    _Row(0x05, Feature.MVP, "*", Imm.NONE, "", "else", flow=Flow.ELSE),
    _Row(0x0B, Feature.MVP, "*", Imm.NONE, "", "end", flow=Flow.END),
    _Row(0x0C, Feature.MVP, "*", Imm.LABEL, "", "br", flow=Flow.BRANCH),
    _Row(0x0D, Feature.MVP, "*", Imm.LABEL, "", "br_if", flow=Flow.BRANCH_IF),
    _Row(0x0E, Feature.MVP, "*", Imm.LABELS, "", "br_table", flow=Flow.BRANCH),
    _Row(0x0F, Feature.MVP, "*", Imm.NONE, "", "return", flow=Flow.RETURN),
    _Row(0x10, Feature.MVP, "*", Imm.FUNCTION, "", "call", OF_A_CALL, Flow.CALL),
    _Row(0x11, Feature.MVP, "*", Imm.TYPE_TABLE, "", "call_indirect", OF_A_CALL, Flow.CALL),
    _Row(0x12, Feature.TAIL_CALL, "*", Imm.FUNCTION, "", "return_call", OF_A_CALL, Flow.TAIL_CALL),
    _Row(0x13, Feature.TAIL_CALL, "*", Imm.TYPE_TABLE, "", "return_call_indirect", OF_A_CALL, Flow.TAIL_CALL),
    # Parametric, variables, references, tables
    _Row(0x1A, Feature.MVP, "u:", Imm.NONE, "", "drop"),
    _Row(0x1B, Feature.MVP, "*", Imm.NONE, "", "select"),
    _Row(0x1C, Feature.REFERENCE_TYPES, "tti:t", Imm.VAL_TYPES, "", "select_t"),
    _Row(0x20, Feature.MVP, ":t", Imm.LOCAL, "local", "get", Effect.READS_LOCAL),
    _Row(0x21, Feature.MVP, "t:", Imm.LOCAL, "local", "set", Effect.WRITES_LOCAL),
    _Row(0x22, Feature.MVP, "t:t", Imm.LOCAL, "local", "tee", Effect.WRITES_LOCAL),
    _Row(0x23, Feature.MVP, ":t", Imm.GLOBAL, "global", "get", Effect.READS_GLOBAL, constant=True),
    _Row(0x24, Feature.MVP, "t:", Imm.GLOBAL, "global", "set", Effect.WRITES_GLOBAL),
    _Row(0x25, Feature.REFERENCE_TYPES, "x:t", Imm.TABLE, "table", "get", Effect.READS_TABLE | _TRAP),
    _Row(0x26, Feature.REFERENCE_TYPES, "xt:", Imm.TABLE, "table", "set", Effect.WRITES_TABLE | _TRAP),
    _Row(0xD0, Feature.REFERENCE_TYPES, ":t", Imm.REF_TYPE, "ref", "null", constant=True),
    _Row(0xD1, Feature.REFERENCE_TYPES, "a:i", Imm.NONE, "ref", "is_null"),
    _Row(0xD2, Feature.REFERENCE_TYPES, ":r", Imm.FUNCTION, "ref", "func", constant=True),
    # Memory
    _Row(0x28, Feature.MVP, "x:i", Imm.MEMARG, "i32", "load:4", _LOAD),
    _Row(0x29, Feature.MVP, "x:l", Imm.MEMARG, "i64", "load:8", _LOAD),
    _Row(0x2A, Feature.MVP, "x:f", Imm.MEMARG, "f32", "load:4", _LOAD),
    _Row(0x2B, Feature.MVP, "x:d", Imm.MEMARG, "f64", "load:8", _LOAD),
    _Row(0x2C, Feature.MVP, "x:i", Imm.MEMARG, "i32", "load8_s:1 load8_u:1 load16_s:2 load16_u:2", _LOAD),
    _Row(0x30, Feature.MVP, "x:l", Imm.MEMARG, "i64", "load8_s:1 load8_u:1 load16_s:2 load16_u:2 load32_s:4 load32_u:4", _LOAD),
    _Row(0x36, Feature.MVP, "xi:", Imm.MEMARG, "i32", "store:4", _STORE),
    _Row(0x37, Feature.MVP, "xl:", Imm.MEMARG, "i64", "store:8", _STORE),
    _Row(0x38, Feature.MVP, "xf:", Imm.MEMARG, "f32", "store:4", _STORE),
    _Row(0x39, Feature.MVP, "xd:", Imm.MEMARG, "f64", "store:8", _STORE),
    _Row(0x3A, Feature.MVP, "xi:", Imm.MEMARG, "i32", "store8:1 store16:2", _STORE),
    _Row(0x3C, Feature.MVP, "xl:", Imm.MEMARG, "i64", "store8:1 store16:2 store32:4", _STORE),
    _Row(0x3F, Feature.MVP, ":x", Imm.MEMORY, "memory", "size", Effect.READS_SIZE),
    _Row(0x40, Feature.MVP, "x:x", Imm.MEMORY, "memory", "grow", _GROW),
    # Numeric
    _Row(0x41, Feature.MVP, ":i", Imm.I32, "i32", "const", constant=True),
    _Row(0x42, Feature.MVP, ":l", Imm.I64, "i64", "const", constant=True),
    _Row(0x43, Feature.MVP, ":f", Imm.F32, "f32", "const", constant=True),
    _Row(0x44, Feature.MVP, ":d", Imm.F64, "f64", "const", constant=True),
    _Row(0x45, Feature.MVP, "i:i", Imm.NONE, "i32", "eqz"),
    _Row(0x46, Feature.MVP, "ii:i", Imm.NONE, "i32", _INT_COMPARE),
    _Row(0x50, Feature.MVP, "l:i", Imm.NONE, "i64", "eqz"),
    _Row(0x51, Feature.MVP, "ll:i", Imm.NONE, "i64", _INT_COMPARE),
    _Row(0x5B, Feature.MVP, "ff:i", Imm.NONE, "f32", _FLOAT_COMPARE),
    _Row(0x61, Feature.MVP, "dd:i", Imm.NONE, "f64", _FLOAT_COMPARE),
    _Row(0x67, Feature.MVP, "i:i", Imm.NONE, "i32", "clz ctz popcnt"),
    _Row(0x6A, Feature.MVP, "ii:i", Imm.NONE, "i32", "add sub mul", constant=True),
    _Row(0x6D, Feature.MVP, "ii:i", Imm.NONE, "i32", _INT_DIVISION, _TRAP),
    _Row(0x71, Feature.MVP, "ii:i", Imm.NONE, "i32", _INT_BITS),
    _Row(0x79, Feature.MVP, "l:l", Imm.NONE, "i64", "clz ctz popcnt"),
    _Row(0x7C, Feature.MVP, "ll:l", Imm.NONE, "i64", "add sub mul", constant=True),
    _Row(0x7F, Feature.MVP, "ll:l", Imm.NONE, "i64", _INT_DIVISION, _TRAP),
    _Row(0x83, Feature.MVP, "ll:l", Imm.NONE, "i64", _INT_BITS),
    _Row(0x8B, Feature.MVP, "f:f", Imm.NONE, "f32", "abs neg"),
    _Row(0x8D, Feature.MVP, "f:f", Imm.NONE, "f32", _FLOAT_ROUNDING, _NAN),
    _Row(0x92, Feature.MVP, "ff:f", Imm.NONE, "f32", _FLOAT_BINARY, _NAN),
    _Row(0x98, Feature.MVP, "ff:f", Imm.NONE, "f32", "copysign"),
    _Row(0x99, Feature.MVP, "d:d", Imm.NONE, "f64", "abs neg"),
    _Row(0x9B, Feature.MVP, "d:d", Imm.NONE, "f64", _FLOAT_ROUNDING, _NAN),
    _Row(0xA0, Feature.MVP, "dd:d", Imm.NONE, "f64", _FLOAT_BINARY, _NAN),
    _Row(0xA6, Feature.MVP, "dd:d", Imm.NONE, "f64", "copysign"),
    _Row(0xA7, Feature.MVP, "l:i", Imm.NONE, "i32", "wrap_i64"),
    _Row(0xA8, Feature.MVP, "f:i", Imm.NONE, "i32", "trunc_f32_s trunc_f32_u", _TRAP),
    _Row(0xAA, Feature.MVP, "d:i", Imm.NONE, "i32", "trunc_f64_s trunc_f64_u", _TRAP),
    _Row(0xAC, Feature.MVP, "i:l", Imm.NONE, "i64", "extend_i32_s extend_i32_u"),
    _Row(0xAE, Feature.MVP, "f:l", Imm.NONE, "i64", "trunc_f32_s trunc_f32_u", _TRAP),
    _Row(0xB0, Feature.MVP, "d:l", Imm.NONE, "i64", "trunc_f64_s trunc_f64_u", _TRAP),
    _Row(0xB2, Feature.MVP, "i:f", Imm.NONE, "f32", "convert_i32_s convert_i32_u"),
    _Row(0xB4, Feature.MVP, "l:f", Imm.NONE, "f32", "convert_i64_s convert_i64_u"),
    _Row(0xB6, Feature.MVP, "d:f", Imm.NONE, "f32", "demote_f64", _NAN),
    _Row(0xB7, Feature.MVP, "i:d", Imm.NONE, "f64", "convert_i32_s convert_i32_u"),
    _Row(0xB9, Feature.MVP, "l:d", Imm.NONE, "f64", "convert_i64_s convert_i64_u"),
    _Row(0xBB, Feature.MVP, "f:d", Imm.NONE, "f64", "promote_f32", _NAN),
    _Row(0xBC, Feature.MVP, "f:i", Imm.NONE, "i32", "reinterpret_f32"),
    _Row(0xBD, Feature.MVP, "d:l", Imm.NONE, "i64", "reinterpret_f64"),
    _Row(0xBE, Feature.MVP, "i:f", Imm.NONE, "f32", "reinterpret_i32"),
    _Row(0xBF, Feature.MVP, "l:d", Imm.NONE, "f64", "reinterpret_i64"),
    _Row(0xC0, Feature.SIGN_EXTENSION, "i:i", Imm.NONE, "i32", "extend8_s extend16_s"),
    _Row(0xC2, Feature.SIGN_EXTENSION, "l:l", Imm.NONE, "i64", "extend8_s extend16_s extend32_s"),
    _Row(_FC + 0, Feature.SATURATING, "f:i", Imm.NONE, "i32", "trunc_sat_f32_s trunc_sat_f32_u"),
    _Row(_FC + 2, Feature.SATURATING, "d:i", Imm.NONE, "i32", "trunc_sat_f64_s trunc_sat_f64_u"),
    _Row(_FC + 4, Feature.SATURATING, "f:l", Imm.NONE, "i64", "trunc_sat_f32_s trunc_sat_f32_u"),
    _Row(_FC + 6, Feature.SATURATING, "d:l", Imm.NONE, "i64", "trunc_sat_f64_s trunc_sat_f64_u"),
    # Bulk memory and tables
    _Row(_FC + 8, Feature.BULK_MEMORY, "xii:", Imm.DATA_MEMORY, "memory", "init", Effect.READS_SEGMENT | _STORE),
    _Row(_FC + 9, Feature.BULK_MEMORY, ":", Imm.DATA, "data", "drop", Effect.DROPS_SEGMENT),
    _Row(_FC + 10, Feature.BULK_MEMORY, "xyz:", Imm.MEMORY_MEMORY, "memory", "copy", _LOAD | _STORE),
    _Row(_FC + 11, Feature.BULK_MEMORY, "xix:", Imm.MEMORY, "memory", "fill", _STORE),
    _Row(_FC + 12, Feature.BULK_MEMORY, "xii:", Imm.ELEMENT_TABLE, "table", "init", Effect.READS_SEGMENT | Effect.WRITES_TABLE | _TRAP),
    _Row(_FC + 13, Feature.BULK_MEMORY, ":", Imm.ELEMENT, "elem", "drop", Effect.DROPS_SEGMENT),
    _Row(_FC + 14, Feature.BULK_MEMORY, "xyz:", Imm.TABLE_TABLE, "table", "copy", Effect.READS_TABLE | Effect.WRITES_TABLE | _TRAP),
    _Row(_FC + 15, Feature.REFERENCE_TYPES, "tx:x", Imm.TABLE, "table", "grow", _GROW | Effect.WRITES_TABLE),
    _Row(_FC + 16, Feature.REFERENCE_TYPES, ":x", Imm.TABLE, "table", "size", Effect.READS_SIZE),
    _Row(_FC + 17, Feature.REFERENCE_TYPES, "xtx:", Imm.TABLE, "table", "fill", Effect.WRITES_TABLE | _TRAP),
    # SIMD: memory, constants, lanes
    _Row(_FD + 0, Feature.SIMD, "x:v", Imm.MEMARG, "v128", "load:16", _LOAD),
    _Row(
        _FD + 1,
        Feature.SIMD,
        "x:v",
        Imm.MEMARG,
        "v128",
        "load8x8_s:8 load8x8_u:8 load16x4_s:8 load16x4_u:8 load32x2_s:8 load32x2_u:8",
        _LOAD,
    ),
    _Row(_FD + 7, Feature.SIMD, "x:v", Imm.MEMARG, "v128", "load8_splat:1 load16_splat:2 load32_splat:4 load64_splat:8", _LOAD),
    _Row(_FD + 11, Feature.SIMD, "xv:", Imm.MEMARG, "v128", "store:16", _STORE),
    _Row(_FD + 12, Feature.SIMD, ":v", Imm.V128, "v128", "const", constant=True),
    _Row(_FD + 13, Feature.SIMD, "vv:v", Imm.SHUFFLE, "i8x16", "shuffle/32"),
    _Row(_FD + 14, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "swizzle"),
    _Row(_FD + 15, Feature.SIMD, "i:v", Imm.NONE, "i8x16", "splat"),
    _Row(_FD + 16, Feature.SIMD, "i:v", Imm.NONE, "i16x8", "splat"),
    _Row(_FD + 17, Feature.SIMD, "i:v", Imm.NONE, "i32x4", "splat"),
    _Row(_FD + 18, Feature.SIMD, "l:v", Imm.NONE, "i64x2", "splat"),
    _Row(_FD + 19, Feature.SIMD, "f:v", Imm.NONE, "f32x4", "splat"),
    _Row(_FD + 20, Feature.SIMD, "d:v", Imm.NONE, "f64x2", "splat"),
    _Row(_FD + 21, Feature.SIMD, "v:i", Imm.LANE, "i8x16", "extract_lane_s/16 extract_lane_u/16"),
    _Row(_FD + 23, Feature.SIMD, "vi:v", Imm.LANE, "i8x16", "replace_lane/16"),
    _Row(_FD + 24, Feature.SIMD, "v:i", Imm.LANE, "i16x8", "extract_lane_s/8 extract_lane_u/8"),
    _Row(_FD + 26, Feature.SIMD, "vi:v", Imm.LANE, "i16x8", "replace_lane/8"),
    _Row(_FD + 27, Feature.SIMD, "v:i", Imm.LANE, "i32x4", "extract_lane/4"),
    _Row(_FD + 28, Feature.SIMD, "vi:v", Imm.LANE, "i32x4", "replace_lane/4"),
    _Row(_FD + 29, Feature.SIMD, "v:l", Imm.LANE, "i64x2", "extract_lane/2"),
    _Row(_FD + 30, Feature.SIMD, "vl:v", Imm.LANE, "i64x2", "replace_lane/2"),
    _Row(_FD + 31, Feature.SIMD, "v:f", Imm.LANE, "f32x4", "extract_lane/4"),
    _Row(_FD + 32, Feature.SIMD, "vf:v", Imm.LANE, "f32x4", "replace_lane/4"),
    _Row(_FD + 33, Feature.SIMD, "v:d", Imm.LANE, "f64x2", "extract_lane/2"),
    _Row(_FD + 34, Feature.SIMD, "vd:v", Imm.LANE, "f64x2", "replace_lane/2"),
    _Row(_FD + 84, Feature.SIMD, "xv:v", Imm.MEMARG_LANE, "v128", "load8_lane:1/16 load16_lane:2/8 load32_lane:4/4 load64_lane:8/2", _LOAD),
    _Row(
        _FD + 88,
        Feature.SIMD,
        "xv:",
        Imm.MEMARG_LANE,
        "v128",
        "store8_lane:1/16 store16_lane:2/8 store32_lane:4/4 store64_lane:8/2",
        _STORE,
    ),
    _Row(_FD + 92, Feature.SIMD, "x:v", Imm.MEMARG, "v128", "load32_zero:4 load64_zero:8", _LOAD),
    # SIMD: comparisons, bits
    _Row(_FD + 35, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", _INT_COMPARE),
    _Row(_FD + 45, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", _INT_COMPARE),
    _Row(_FD + 55, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", _INT_COMPARE),
    _Row(_FD + 65, Feature.SIMD, "vv:v", Imm.NONE, "f32x4", _FLOAT_COMPARE),
    _Row(_FD + 71, Feature.SIMD, "vv:v", Imm.NONE, "f64x2", _FLOAT_COMPARE),
    _Row(_FD + 77, Feature.SIMD, "v:v", Imm.NONE, "v128", "not"),
    _Row(_FD + 78, Feature.SIMD, "vv:v", Imm.NONE, "v128", "and andnot or xor"),
    _Row(_FD + 82, Feature.SIMD, "vvv:v", Imm.NONE, "v128", "bitselect"),
    _Row(_FD + 83, Feature.SIMD, "v:i", Imm.NONE, "v128", "any_true"),
    # SIMD: arithmetic
    _Row(_FD + 94, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "demote_f64x2_zero", _NAN),
    _Row(_FD + 95, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "promote_low_f32x4", _NAN),
    _Row(_FD + 96, Feature.SIMD, "v:v", Imm.NONE, "i8x16", "abs neg popcnt"),
    _Row(_FD + 99, Feature.SIMD, "v:i", Imm.NONE, "i8x16", "all_true bitmask"),
    _Row(_FD + 101, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "narrow_i16x8_s narrow_i16x8_u"),
    _Row(_FD + 103, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "ceil floor trunc nearest", _NAN),
    _Row(_FD + 107, Feature.SIMD, "vi:v", Imm.NONE, "i8x16", "shl shr_s shr_u"),
    _Row(_FD + 110, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    _Row(_FD + 116, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "ceil floor", _NAN),
    _Row(_FD + 118, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "min_s min_u max_s max_u"),
    _Row(_FD + 122, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "trunc", _NAN),
    _Row(_FD + 123, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "avgr_u"),
    _Row(_FD + 124, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
    _Row(_FD + 126, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
    _Row(_FD + 128, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "abs neg"),
    _Row(_FD + 130, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "q15mulr_sat_s"),
    _Row(_FD + 131, Feature.SIMD, "v:i", Imm.NONE, "i16x8", "all_true bitmask"),
    _Row(_FD + 133, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "narrow_i32x4_s narrow_i32x4_u"),
    _Row(
        _FD + 135, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u"
    ),
    _Row(_FD + 139, Feature.SIMD, "vi:v", Imm.NONE, "i16x8", "shl shr_s shr_u"),
    _Row(_FD + 142, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    _Row(_FD + 148, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "nearest", _NAN),
    _Row(_FD + 149, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "mul min_s min_u max_s max_u - avgr_u"),
    _Row(
        _FD + 156, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u"
    ),
    _Row(_FD + 160, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "abs neg"),
    _Row(_FD + 163, Feature.SIMD, "v:i", Imm.NONE, "i32x4", "all_true bitmask"),
    _Row(
        _FD + 167, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u"
    ),
    _Row(_FD + 171, Feature.SIMD, "vi:v", Imm.NONE, "i32x4", "shl shr_s shr_u"),
    _Row(_FD + 174, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", "add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s"),
    _Row(
        _FD + 188, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", "extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u"
    ),
    _Row(_FD + 192, Feature.SIMD, "v:v", Imm.NONE, "i64x2", "abs neg"),
    _Row(_FD + 195, Feature.SIMD, "v:i", Imm.NONE, "i64x2", "all_true bitmask"),
    _Row(
        _FD + 199, Feature.SIMD, "v:v", Imm.NONE, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"
    ),
    _Row(_FD + 203, Feature.SIMD, "vi:v", Imm.NONE, "i64x2", "shl shr_s shr_u"),
    _Row(_FD + 206, Feature.SIMD, "vv:v", Imm.NONE, "i64x2", "add - - sub - - - mul eq ne lt_s gt_s le_s ge_s"),
    _Row(
        _FD + 220, Feature.SIMD, "vv:v", Imm.NONE, "i64x2", "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u"
    ),
    _Row(_FD + 224, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "abs neg"),
    _Row(_FD + 227, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "sqrt", _NAN),
    _Row(_FD + 228, Feature.SIMD, "vv:v", Imm.NONE, "f32x4", _FLOAT_BINARY, _NAN),
    _Row(_FD + 234, Feature.SIMD, "vv:v", Imm.NONE, "f32x4", "pmin pmax"),
    _Row(_FD + 236, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "abs neg"),
    _Row(_FD + 239, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "sqrt", _NAN),
    _Row(_FD + 240, Feature.SIMD, "vv:v", Imm.NONE, "f64x2", _FLOAT_BINARY, _NAN),
    _Row(_FD + 246, Feature.SIMD, "vv:v", Imm.NONE, "f64x2", "pmin pmax"),
    _Row(_FD + 248, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"),
    _Row(_FD + 250, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "convert_i32x4_s convert_i32x4_u"),
    _Row(_FD + 252, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"),
    _Row(_FD + 254, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"),
    # Relaxed SIMD
    _Row(_FD + 0x100, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "i8x16", "relaxed_swizzle"),
    _Row(_FD + 0x101, Feature.RELAXED_SIMD, "v:v", Imm.NONE, "i32x4", "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u"),
    _Row(_FD + 0x103, Feature.RELAXED_SIMD, "v:v", Imm.NONE, "i32x4", "relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero"),
    _Row(_FD + 0x105, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "f32x4", "relaxed_madd relaxed_nmadd", _NAN),
    _Row(_FD + 0x107, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "f64x2", "relaxed_madd relaxed_nmadd", _NAN),
    _Row(_FD + 0x109, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i8x16", "relaxed_laneselect"),
    _Row(_FD + 0x10A, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i16x8", "relaxed_laneselect"),
    _Row(_FD + 0x10B, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i32x4", "relaxed_laneselect"),
    _Row(_FD + 0x10C, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i64x2", "relaxed_laneselect"),
    _Row(_FD + 0x10D, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "f32x4", "relaxed_min relaxed_max", _NAN),
    _Row(_FD + 0x10F, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "f64x2", "relaxed_min relaxed_max", _NAN),
    _Row(_FD + 0x111, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s"),
    _Row(_FD + 0x113, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i32x4", "relaxed_dot_i8x16_i7x16_add_s"),
)


def _signature(text: str) -> tuple[tuple[OperandType, ...] | None, tuple[OperandType, ...] | None]:
    if text == "*":
        return None, None
    params, results = (tuple(_TYPE_LETTERS[c] for c in part) for part in text.split(":"))
    return params, results


def _operators() -> Iterator[Operator]:
    for row in _ROWS:
        params, results = _signature(row.signature)
        for code, item in enumerate(row.names.split(), row.first):
            if item == "-":
                continue
            item, _, lanes = item.partition("/")
            item, _, access = item.partition(":")
            name = f"{row.group}.{item}" if row.group else item
            numbers = int(access or 0), int(lanes or 0)
            yield Operator(code, name, row.immediate, params, results, row.feature, *numbers, row.flow, row.effects, row.constant)


OPERATORS: dict[int, Operator] = {o.code: o for o in _operators()}
"""All operators by code."""

BY_NAME: dict[str, Operator] = {o.name: o for o in OPERATORS.values()}
"""All operators by text name; ``select`` with types is ``select_t``."""

REFUSED: dict[int, Feature] = {
    **dict.fromkeys((0x06, 0x07, 0x08, 0x09, 0x0A, 0x18, 0x19, 0x1F), Feature.EXCEPTIONS),
    **dict.fromkeys((0x14, 0x15, 0xD4, 0xD5, 0xD6), Feature.FUNCTION_REFERENCES),
    **dict.fromkeys((0xD3, 0xFB), Feature.GC),
    0xFE: Feature.THREADS,
    **dict.fromkeys(range(_FC + 19, _FC + 23), Feature.WIDE_ARITHMETIC),
}
"""Codes, and prefixes of codes, of features that are recognised but not decoded."""


FLOW: dict[int, Flow] = {code: o.flow for code, o in OPERATORS.items() if o.flow is not Flow.NEXT}
"""Flow by operator code, of all operators after which control does not simply go on: ``FLOW.get(op)`` is
None for the others, which are most instructions."""


def with_flow(*flows: Flow) -> frozenset[int]:
    """Codes of the operators after which control goes one of these ways."""
    return frozenset(code for code, o in OPERATORS.items() if o.flow in flows)


def with_effects(effects: Effect) -> frozenset[int]:
    """Codes of the operators that have any of these effects.

    Calls and tail calls are among them, as their callees may do anything but touch the caller's locals: leave them
    out (``- with_flow(Flow.CALL, Flow.TAIL_CALL)``) where the bodies of the callees are looked at, too.
    """
    return frozenset(code for code, o in OPERATORS.items() if o.effects & effects)


OPENING = with_flow(Flow.BLOCK, Flow.LOOP, Flow.IF)
"""Codes of the operators with which a construct begins that an ``end`` closes."""

STOPPING = with_flow(Flow.ELSE, Flow.BRANCH, Flow.RETURN, Flow.TAIL_CALL, Flow.TRAP)
"""Codes of the operators after which control never goes to the next instruction."""

DIRECT_CALLS: frozenset[int] = frozenset(
    code for code, o in OPERATORS.items() if o.immediate is Imm.FUNCTION and o.flow in (Flow.CALL, Flow.TAIL_CALL)
)
"""Codes of the operators that call the function in their immediate, tail calls included."""

REFERRING: frozenset[int] = frozenset(code for code, o in OPERATORS.items() if o.immediate is Imm.FUNCTION and o.flow is Flow.NEXT)
"""Codes of the operators that make a reference to the function in their immediate."""

_LABELS_IN: dict[Imm, Callable[[Any], tuple[int, ...]]] = {
    Imm.LABEL: lambda label: (label,),
    Imm.LABELS: lambda immediate: (*immediate[0], immediate[1]),
}

LABELS: dict[int, Callable[[Any], tuple[int, ...]]] = {
    code: _LABELS_IN[o.immediate] for code, o in OPERATORS.items() if o.immediate in _LABELS_IN
}
"""By the code of every branching operator what takes the labels out of its immediate: depths, and for a
``br_table`` the default as the last one."""

_TABLE_IN: dict[Imm, Callable[[Any], int]] = {
    Imm.TABLE: int,
    Imm.ELEMENT_TABLE: lambda immediate: int(immediate[1]),
    Imm.TABLE_TABLE: lambda immediate: int(immediate[0]),
}

CHANGED_TABLE: dict[int, Callable[[Any], int]] = {
    code: _TABLE_IN[o.immediate] for code, o in OPERATORS.items() if o.immediate in _TABLE_IN and o.effects & Effect.WRITES_TABLE
}
"""By the code of every operator that writes a table's elements what takes the table's index out of its
immediate.  Calls are not in it: what they change, the instructions of their callees do."""
