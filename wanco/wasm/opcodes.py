"""The operator table: all of WebAssembly 2.0, tail calls and relaxed SIMD.

The table is the one place that knows the operators.  It drives decoding (`Imm` says what
follows the code) and validation (`params`, `results`, `access`, `lanes`).

An operator's code is its byte; where a prefix byte and a LEB128 number encode it, the code
is ``prefix << 12 | number``: ``memory.copy`` is 0xFC00A, ``v128.load`` 0xFD000.

Source: WebAssembly 2.0, sections 5.4 (codes) and 3.3 (types); WebAssembly 3.0 for tail
calls and relaxed SIMD.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from wanco.wasm.types import ValType

PREFIX_SHIFT = 12
"""Bits by which the prefix byte is shifted in the code of a prefixed operator."""


class Feature(enum.Enum):
    """What a module can need beyond WebAssembly 1.0; values are the names that users see."""

    MVP = "WebAssembly 1.0"
    SIGN_EXTENSION = "sign extension"
    SATURATING = "saturating conversions"
    BULK_MEMORY = "bulk memory operations"
    REFERENCE_TYPES = "reference types"
    SIMD = "SIMD (v128)"
    RELAXED_SIMD = "relaxed SIMD"
    TAIL_CALL = "tail calls"
    MULTI_MEMORY = "several memories"
    # Known, so that a message can name them; not decoded.
    COMPONENTS = "the component model"
    EXCEPTIONS = "exception handling"
    FUNCTION_REFERENCES = "typed function references"
    GC = "garbage collection"
    THREADS = "threads and shared memories"
    MEMORY64 = "64-bit memories and tables"
    PAGE_SIZES = "custom page sizes"
    WIDE_ARITHMETIC = "wide arithmetic"
    COMPACT_IMPORTS = "the compact import section"


class Imm(enum.Enum):
    """What follows an operator's code, and the Python value that stands for it."""

    NONE = enum.auto()  # None
    BLOCK = enum.auto()  # FuncType: the block type, resolved
    LABEL = enum.auto()  # int
    LABELS = enum.auto()  # (labels: tuple[int, ...], default: int)
    FUNCTION = enum.auto()  # int
    TYPE_TABLE = enum.auto()  # (type index, table index)
    LOCAL = enum.auto()  # int
    GLOBAL = enum.auto()  # int
    TABLE = enum.auto()  # int
    MEMORY = enum.auto()  # int
    DATA = enum.auto()  # int: a data segment
    ELEMENT = enum.auto()  # int: an element segment
    DATA_MEMORY = enum.auto()  # (data segment, memory)
    ELEMENT_TABLE = enum.auto()  # (element segment, table)
    MEMORY_MEMORY = enum.auto()  # (destination, source)
    TABLE_TABLE = enum.auto()  # (destination, source)
    MEMARG = enum.auto()  # (memory, log2 of the alignment, offset)
    MEMARG_LANE = enum.auto()  # (memory, log2 of the alignment, offset, lane)
    LANE = enum.auto()  # int
    I32 = enum.auto()  # int, signed
    I64 = enum.auto()  # int, signed
    F32 = enum.auto()  # int: the 32 bits
    F64 = enum.auto()  # int: the 64 bits
    V128 = enum.auto()  # bytes, 16
    SHUFFLE = enum.auto()  # bytes, 16 lane numbers
    REF_TYPE = enum.auto()  # ValType
    VAL_TYPES = enum.auto()  # tuple[ValType, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator.

    ``params`` and ``results`` are the types popped and pushed, both None where they depend
    on the immediate or on the operand stack.  ``access`` is the number of bytes that a load
    or store touches, which is also its natural alignment, else 0.  ``lanes`` is the number
    of lanes that a lane immediate selects from, else 0.
    """

    code: int
    name: str
    immediate: Imm
    params: tuple[ValType, ...] | None
    results: tuple[ValType, ...] | None
    feature: Feature
    access: int = 0
    lanes: int = 0


_TYPE_LETTERS = {
    "i": ValType.I32,
    "l": ValType.I64,
    "f": ValType.F32,
    "d": ValType.F64,
    "v": ValType.V128,
    "r": ValType.FUNCREF,
}

_FC = 0xFC << PREFIX_SHIFT
_FD = 0xFD << PREFIX_SHIFT

_INT_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
_FLOAT_COMPARE = "eq ne lt gt le ge"
_INT_BINARY = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"
_FLOAT_UNARY = "abs neg ceil floor trunc nearest sqrt"
_FLOAT_BINARY = "add sub mul div min max copysign"
_V128_FLOAT_BINARY = "add sub mul div min max pmin pmax"

# (code of the first, feature, signature, immediate, group, names).  The names have
# consecutive codes; "-" leaves one out.  A name can carry ":bytes accessed" and "/lanes".
# Signature: letters of _TYPE_LETTERS, params ":" results; "*" is special typing.
_ROWS: tuple[tuple[int, Feature, str, Imm, str, str], ...] = (
    # Control
    (0x00, Feature.MVP, "*", Imm.NONE, "", "unreachable"),
    (0x01, Feature.MVP, ":", Imm.NONE, "", "nop"),
    (0x02, Feature.MVP, "*", Imm.BLOCK, "", "block loop if"),
    (0x05, Feature.MVP, "*", Imm.NONE, "", "else"),
    (0x0B, Feature.MVP, "*", Imm.NONE, "", "end"),
    (0x0C, Feature.MVP, "*", Imm.LABEL, "", "br br_if"),
    (0x0E, Feature.MVP, "*", Imm.LABELS, "", "br_table"),
    (0x0F, Feature.MVP, "*", Imm.NONE, "", "return"),
    (0x10, Feature.MVP, "*", Imm.FUNCTION, "", "call"),
    (0x11, Feature.MVP, "*", Imm.TYPE_TABLE, "", "call_indirect"),
    (0x12, Feature.TAIL_CALL, "*", Imm.FUNCTION, "", "return_call"),
    (0x13, Feature.TAIL_CALL, "*", Imm.TYPE_TABLE, "", "return_call_indirect"),
    # Parametric, variables, references, tables
    (0x1A, Feature.MVP, "*", Imm.NONE, "", "drop select"),
    (0x1C, Feature.REFERENCE_TYPES, "*", Imm.VAL_TYPES, "", "select_t"),
    (0x20, Feature.MVP, "*", Imm.LOCAL, "local", "get set tee"),
    (0x23, Feature.MVP, "*", Imm.GLOBAL, "global", "get set"),
    (0x25, Feature.REFERENCE_TYPES, "*", Imm.TABLE, "table", "get set"),
    (0xD0, Feature.REFERENCE_TYPES, "*", Imm.REF_TYPE, "ref", "null"),
    (0xD1, Feature.REFERENCE_TYPES, "*", Imm.NONE, "ref", "is_null"),
    (0xD2, Feature.REFERENCE_TYPES, ":r", Imm.FUNCTION, "ref", "func"),
    # Memory
    (0x28, Feature.MVP, "i:i", Imm.MEMARG, "i32", "load:4"),
    (0x29, Feature.MVP, "i:l", Imm.MEMARG, "i64", "load:8"),
    (0x2A, Feature.MVP, "i:f", Imm.MEMARG, "f32", "load:4"),
    (0x2B, Feature.MVP, "i:d", Imm.MEMARG, "f64", "load:8"),
    (0x2C, Feature.MVP, "i:i", Imm.MEMARG, "i32", "load8_s:1 load8_u:1 load16_s:2 load16_u:2"),
    (0x30, Feature.MVP, "i:l", Imm.MEMARG, "i64", "load8_s:1 load8_u:1 load16_s:2 load16_u:2 load32_s:4 load32_u:4"),
    (0x36, Feature.MVP, "ii:", Imm.MEMARG, "i32", "store:4"),
    (0x37, Feature.MVP, "il:", Imm.MEMARG, "i64", "store:8"),
    (0x38, Feature.MVP, "if:", Imm.MEMARG, "f32", "store:4"),
    (0x39, Feature.MVP, "id:", Imm.MEMARG, "f64", "store:8"),
    (0x3A, Feature.MVP, "ii:", Imm.MEMARG, "i32", "store8:1 store16:2"),
    (0x3C, Feature.MVP, "il:", Imm.MEMARG, "i64", "store8:1 store16:2 store32:4"),
    (0x3F, Feature.MVP, ":i", Imm.MEMORY, "memory", "size"),
    (0x40, Feature.MVP, "i:i", Imm.MEMORY, "memory", "grow"),
    # Numeric
    (0x41, Feature.MVP, ":i", Imm.I32, "i32", "const"),
    (0x42, Feature.MVP, ":l", Imm.I64, "i64", "const"),
    (0x43, Feature.MVP, ":f", Imm.F32, "f32", "const"),
    (0x44, Feature.MVP, ":d", Imm.F64, "f64", "const"),
    (0x45, Feature.MVP, "i:i", Imm.NONE, "i32", "eqz"),
    (0x46, Feature.MVP, "ii:i", Imm.NONE, "i32", _INT_COMPARE),
    (0x50, Feature.MVP, "l:i", Imm.NONE, "i64", "eqz"),
    (0x51, Feature.MVP, "ll:i", Imm.NONE, "i64", _INT_COMPARE),
    (0x5B, Feature.MVP, "ff:i", Imm.NONE, "f32", _FLOAT_COMPARE),
    (0x61, Feature.MVP, "dd:i", Imm.NONE, "f64", _FLOAT_COMPARE),
    (0x67, Feature.MVP, "i:i", Imm.NONE, "i32", "clz ctz popcnt"),
    (0x6A, Feature.MVP, "ii:i", Imm.NONE, "i32", _INT_BINARY),
    (0x79, Feature.MVP, "l:l", Imm.NONE, "i64", "clz ctz popcnt"),
    (0x7C, Feature.MVP, "ll:l", Imm.NONE, "i64", _INT_BINARY),
    (0x8B, Feature.MVP, "f:f", Imm.NONE, "f32", _FLOAT_UNARY),
    (0x92, Feature.MVP, "ff:f", Imm.NONE, "f32", _FLOAT_BINARY),
    (0x99, Feature.MVP, "d:d", Imm.NONE, "f64", _FLOAT_UNARY),
    (0xA0, Feature.MVP, "dd:d", Imm.NONE, "f64", _FLOAT_BINARY),
    (0xA7, Feature.MVP, "l:i", Imm.NONE, "i32", "wrap_i64"),
    (0xA8, Feature.MVP, "f:i", Imm.NONE, "i32", "trunc_f32_s trunc_f32_u"),
    (0xAA, Feature.MVP, "d:i", Imm.NONE, "i32", "trunc_f64_s trunc_f64_u"),
    (0xAC, Feature.MVP, "i:l", Imm.NONE, "i64", "extend_i32_s extend_i32_u"),
    (0xAE, Feature.MVP, "f:l", Imm.NONE, "i64", "trunc_f32_s trunc_f32_u"),
    (0xB0, Feature.MVP, "d:l", Imm.NONE, "i64", "trunc_f64_s trunc_f64_u"),
    (0xB2, Feature.MVP, "i:f", Imm.NONE, "f32", "convert_i32_s convert_i32_u"),
    (0xB4, Feature.MVP, "l:f", Imm.NONE, "f32", "convert_i64_s convert_i64_u"),
    (0xB6, Feature.MVP, "d:f", Imm.NONE, "f32", "demote_f64"),
    (0xB7, Feature.MVP, "i:d", Imm.NONE, "f64", "convert_i32_s convert_i32_u"),
    (0xB9, Feature.MVP, "l:d", Imm.NONE, "f64", "convert_i64_s convert_i64_u"),
    (0xBB, Feature.MVP, "f:d", Imm.NONE, "f64", "promote_f32"),
    (0xBC, Feature.MVP, "f:i", Imm.NONE, "i32", "reinterpret_f32"),
    (0xBD, Feature.MVP, "d:l", Imm.NONE, "i64", "reinterpret_f64"),
    (0xBE, Feature.MVP, "i:f", Imm.NONE, "f32", "reinterpret_i32"),
    (0xBF, Feature.MVP, "l:d", Imm.NONE, "f64", "reinterpret_i64"),
    (0xC0, Feature.SIGN_EXTENSION, "i:i", Imm.NONE, "i32", "extend8_s extend16_s"),
    (0xC2, Feature.SIGN_EXTENSION, "l:l", Imm.NONE, "i64", "extend8_s extend16_s extend32_s"),
    (_FC + 0, Feature.SATURATING, "f:i", Imm.NONE, "i32", "trunc_sat_f32_s trunc_sat_f32_u"),
    (_FC + 2, Feature.SATURATING, "d:i", Imm.NONE, "i32", "trunc_sat_f64_s trunc_sat_f64_u"),
    (_FC + 4, Feature.SATURATING, "f:l", Imm.NONE, "i64", "trunc_sat_f32_s trunc_sat_f32_u"),
    (_FC + 6, Feature.SATURATING, "d:l", Imm.NONE, "i64", "trunc_sat_f64_s trunc_sat_f64_u"),
    # Bulk memory and tables
    (_FC + 8, Feature.BULK_MEMORY, "iii:", Imm.DATA_MEMORY, "memory", "init"),
    (_FC + 9, Feature.BULK_MEMORY, ":", Imm.DATA, "data", "drop"),
    (_FC + 10, Feature.BULK_MEMORY, "iii:", Imm.MEMORY_MEMORY, "memory", "copy"),
    (_FC + 11, Feature.BULK_MEMORY, "iii:", Imm.MEMORY, "memory", "fill"),
    (_FC + 12, Feature.BULK_MEMORY, "iii:", Imm.ELEMENT_TABLE, "table", "init"),
    (_FC + 13, Feature.BULK_MEMORY, ":", Imm.ELEMENT, "elem", "drop"),
    (_FC + 14, Feature.BULK_MEMORY, "iii:", Imm.TABLE_TABLE, "table", "copy"),
    (_FC + 15, Feature.REFERENCE_TYPES, "*", Imm.TABLE, "table", "grow"),
    (_FC + 16, Feature.REFERENCE_TYPES, ":i", Imm.TABLE, "table", "size"),
    (_FC + 17, Feature.REFERENCE_TYPES, "*", Imm.TABLE, "table", "fill"),
    # SIMD: memory, constants, lanes
    (_FD + 0, Feature.SIMD, "i:v", Imm.MEMARG, "v128", "load:16"),
    (_FD + 1, Feature.SIMD, "i:v", Imm.MEMARG, "v128", "load8x8_s:8 load8x8_u:8 load16x4_s:8 load16x4_u:8 load32x2_s:8 load32x2_u:8"),
    (_FD + 7, Feature.SIMD, "i:v", Imm.MEMARG, "v128", "load8_splat:1 load16_splat:2 load32_splat:4 load64_splat:8"),
    (_FD + 11, Feature.SIMD, "iv:", Imm.MEMARG, "v128", "store:16"),
    (_FD + 12, Feature.SIMD, ":v", Imm.V128, "v128", "const"),
    (_FD + 13, Feature.SIMD, "vv:v", Imm.SHUFFLE, "i8x16", "shuffle/32"),
    (_FD + 14, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "swizzle"),
    (_FD + 15, Feature.SIMD, "i:v", Imm.NONE, "i8x16", "splat"),
    (_FD + 16, Feature.SIMD, "i:v", Imm.NONE, "i16x8", "splat"),
    (_FD + 17, Feature.SIMD, "i:v", Imm.NONE, "i32x4", "splat"),
    (_FD + 18, Feature.SIMD, "l:v", Imm.NONE, "i64x2", "splat"),
    (_FD + 19, Feature.SIMD, "f:v", Imm.NONE, "f32x4", "splat"),
    (_FD + 20, Feature.SIMD, "d:v", Imm.NONE, "f64x2", "splat"),
    (_FD + 21, Feature.SIMD, "v:i", Imm.LANE, "i8x16", "extract_lane_s/16 extract_lane_u/16"),
    (_FD + 23, Feature.SIMD, "vi:v", Imm.LANE, "i8x16", "replace_lane/16"),
    (_FD + 24, Feature.SIMD, "v:i", Imm.LANE, "i16x8", "extract_lane_s/8 extract_lane_u/8"),
    (_FD + 26, Feature.SIMD, "vi:v", Imm.LANE, "i16x8", "replace_lane/8"),
    (_FD + 27, Feature.SIMD, "v:i", Imm.LANE, "i32x4", "extract_lane/4"),
    (_FD + 28, Feature.SIMD, "vi:v", Imm.LANE, "i32x4", "replace_lane/4"),
    (_FD + 29, Feature.SIMD, "v:l", Imm.LANE, "i64x2", "extract_lane/2"),
    (_FD + 30, Feature.SIMD, "vl:v", Imm.LANE, "i64x2", "replace_lane/2"),
    (_FD + 31, Feature.SIMD, "v:f", Imm.LANE, "f32x4", "extract_lane/4"),
    (_FD + 32, Feature.SIMD, "vf:v", Imm.LANE, "f32x4", "replace_lane/4"),
    (_FD + 33, Feature.SIMD, "v:d", Imm.LANE, "f64x2", "extract_lane/2"),
    (_FD + 34, Feature.SIMD, "vd:v", Imm.LANE, "f64x2", "replace_lane/2"),
    (_FD + 84, Feature.SIMD, "iv:v", Imm.MEMARG_LANE, "v128", "load8_lane:1/16 load16_lane:2/8 load32_lane:4/4 load64_lane:8/2"),
    (_FD + 88, Feature.SIMD, "iv:", Imm.MEMARG_LANE, "v128", "store8_lane:1/16 store16_lane:2/8 store32_lane:4/4 store64_lane:8/2"),
    (_FD + 92, Feature.SIMD, "i:v", Imm.MEMARG, "v128", "load32_zero:4 load64_zero:8"),
    # SIMD: comparisons, bits
    (_FD + 35, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", _INT_COMPARE),
    (_FD + 45, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", _INT_COMPARE),
    (_FD + 55, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", _INT_COMPARE),
    (_FD + 65, Feature.SIMD, "vv:v", Imm.NONE, "f32x4", _FLOAT_COMPARE),
    (_FD + 71, Feature.SIMD, "vv:v", Imm.NONE, "f64x2", _FLOAT_COMPARE),
    (_FD + 77, Feature.SIMD, "v:v", Imm.NONE, "v128", "not"),
    (_FD + 78, Feature.SIMD, "vv:v", Imm.NONE, "v128", "and andnot or xor"),
    (_FD + 82, Feature.SIMD, "vvv:v", Imm.NONE, "v128", "bitselect"),
    (_FD + 83, Feature.SIMD, "v:i", Imm.NONE, "v128", "any_true"),
    # SIMD: arithmetic
    (_FD + 94, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "demote_f64x2_zero"),
    (_FD + 95, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "promote_low_f32x4"),
    (_FD + 96, Feature.SIMD, "v:v", Imm.NONE, "i8x16", "abs neg popcnt"),
    (_FD + 99, Feature.SIMD, "v:i", Imm.NONE, "i8x16", "all_true bitmask"),
    (_FD + 101, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "narrow_i16x8_s narrow_i16x8_u"),
    (_FD + 103, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "ceil floor trunc nearest"),
    (_FD + 107, Feature.SIMD, "vi:v", Imm.NONE, "i8x16", "shl shr_s shr_u"),
    (_FD + 110, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    (_FD + 116, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "ceil floor"),
    (_FD + 118, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "min_s min_u max_s max_u"),
    (_FD + 122, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "trunc"),
    (_FD + 123, Feature.SIMD, "vv:v", Imm.NONE, "i8x16", "avgr_u"),
    (_FD + 124, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
    (_FD + 126, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
    (_FD + 128, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "abs neg"),
    (_FD + 130, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "q15mulr_sat_s"),
    (_FD + 131, Feature.SIMD, "v:i", Imm.NONE, "i16x8", "all_true bitmask"),
    (_FD + 133, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "narrow_i32x4_s narrow_i32x4_u"),
    (_FD + 135, Feature.SIMD, "v:v", Imm.NONE, "i16x8", "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u"),
    (_FD + 139, Feature.SIMD, "vi:v", Imm.NONE, "i16x8", "shl shr_s shr_u"),
    (_FD + 142, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    (_FD + 148, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "nearest"),
    (_FD + 149, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "mul min_s min_u max_s max_u - avgr_u"),
    (_FD + 156, Feature.SIMD, "vv:v", Imm.NONE, "i16x8", "extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u"),
    (_FD + 160, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "abs neg"),
    (_FD + 163, Feature.SIMD, "v:i", Imm.NONE, "i32x4", "all_true bitmask"),
    (_FD + 167, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u"),
    (_FD + 171, Feature.SIMD, "vi:v", Imm.NONE, "i32x4", "shl shr_s shr_u"),
    (_FD + 174, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", "add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s"),
    (_FD + 188, Feature.SIMD, "vv:v", Imm.NONE, "i32x4", "extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u"),
    (_FD + 192, Feature.SIMD, "v:v", Imm.NONE, "i64x2", "abs neg"),
    (_FD + 195, Feature.SIMD, "v:i", Imm.NONE, "i64x2", "all_true bitmask"),
    (_FD + 199, Feature.SIMD, "v:v", Imm.NONE, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"),
    (_FD + 203, Feature.SIMD, "vi:v", Imm.NONE, "i64x2", "shl shr_s shr_u"),
    (_FD + 206, Feature.SIMD, "vv:v", Imm.NONE, "i64x2", "add - - sub - - - mul eq ne lt_s gt_s le_s ge_s"),
    (_FD + 220, Feature.SIMD, "vv:v", Imm.NONE, "i64x2", "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u"),
    (_FD + 224, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "abs neg - sqrt"),
    (_FD + 228, Feature.SIMD, "vv:v", Imm.NONE, "f32x4", _V128_FLOAT_BINARY),
    (_FD + 236, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "abs neg - sqrt"),
    (_FD + 240, Feature.SIMD, "vv:v", Imm.NONE, "f64x2", _V128_FLOAT_BINARY),
    (_FD + 248, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"),
    (_FD + 250, Feature.SIMD, "v:v", Imm.NONE, "f32x4", "convert_i32x4_s convert_i32x4_u"),
    (_FD + 252, Feature.SIMD, "v:v", Imm.NONE, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"),
    (_FD + 254, Feature.SIMD, "v:v", Imm.NONE, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"),
    # Relaxed SIMD
    (_FD + 0x100, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "i8x16", "relaxed_swizzle"),
    (_FD + 0x101, Feature.RELAXED_SIMD, "v:v", Imm.NONE, "i32x4", "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u"),
    (_FD + 0x103, Feature.RELAXED_SIMD, "v:v", Imm.NONE, "i32x4", "relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero"),
    (_FD + 0x105, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "f32x4", "relaxed_madd relaxed_nmadd"),
    (_FD + 0x107, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "f64x2", "relaxed_madd relaxed_nmadd"),
    (_FD + 0x109, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i8x16", "relaxed_laneselect"),
    (_FD + 0x10A, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i16x8", "relaxed_laneselect"),
    (_FD + 0x10B, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i32x4", "relaxed_laneselect"),
    (_FD + 0x10C, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i64x2", "relaxed_laneselect"),
    (_FD + 0x10D, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "f32x4", "relaxed_min relaxed_max"),
    (_FD + 0x10F, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "f64x2", "relaxed_min relaxed_max"),
    (_FD + 0x111, Feature.RELAXED_SIMD, "vv:v", Imm.NONE, "i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s"),
    (_FD + 0x113, Feature.RELAXED_SIMD, "vvv:v", Imm.NONE, "i32x4", "relaxed_dot_i8x16_i7x16_add_s"),
)


def _signature(text: str) -> tuple[tuple[ValType, ...] | None, tuple[ValType, ...] | None]:
    if text == "*":
        return None, None
    params, results = (tuple(_TYPE_LETTERS[c] for c in part) for part in text.split(":"))
    return params, results


def _operators() -> Iterator[Operator]:
    for first, feature, signature, immediate, group, names in _ROWS:
        params, results = _signature(signature)
        for code, item in enumerate(names.split(), first):
            if item == "-":
                continue
            item, _, lanes = item.partition("/")
            item, _, access = item.partition(":")
            name = f"{group}.{item}" if group else item
            yield Operator(code, name, immediate, params, results, feature, int(access or 0), int(lanes or 0))


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
