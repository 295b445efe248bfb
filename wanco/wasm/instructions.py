"""Decoder for instruction sequences (WebAssembly 2.0, section 5.4).

One flat loop over the bytes of an expression.  What follows each opcode comes from the
operator table: the shapes that make up nearly all of real code are read in the loop
itself, with single-byte numbers on a fast path; the rest by one small function per
immediate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wanco.abi.leb128 import Leb128Error, read_sleb, read_uleb
from wanco.errors import DecodeError, ValidationError
from wanco.wasm.columns import Feature, Flow, Imm
from wanco.wasm.module import ConstExpr, Instr, Module
from wanco.wasm.opcodes import FLOW, OPERATORS, PREFIX_SHIFT, REFUSED
from wanco.wasm.reader import UNEXPECTED_END, VAL_TYPES, Reader, ref_type_of, unsupported, val_type_of
from wanco.wasm.types import FuncType, ValType

_MULTI_MEMORY_FLAG = 0x40
"""Bit of a memory operand's alignment that says that a memory index follows (WebAssembly 3.0)."""

Read = tuple[Any, int]


def _u32(data: bytes, pos: int) -> Read:
    return read_uleb(data, pos, 32)


def _two_u32(data: bytes, pos: int) -> Read:
    first, pos = read_uleb(data, pos, 32)
    second, pos = read_uleb(data, pos, 32)
    return (first, second), pos


def _labels(data: bytes, pos: int) -> Read:
    count, pos = read_uleb(data, pos, 32)
    labels = []
    for _ in range(count):
        label, pos = read_uleb(data, pos, 32)
        labels.append(label)
    default, pos = read_uleb(data, pos, 32)
    return (tuple(labels), default), pos


def _memarg(data: bytes, pos: int) -> tuple[tuple[int, int, int], int]:
    start = pos
    memory = 0
    align, pos = read_uleb(data, pos, 32)
    if align >= 2 * _MULTI_MEMORY_FLAG:
        raise DecodeError("malformed memop flags", start)
    if align & _MULTI_MEMORY_FLAG:
        align ^= _MULTI_MEMORY_FLAG
        memory, pos = read_uleb(data, pos, 32)
    offset, pos = read_uleb(data, pos, 64)
    return (memory, align, offset), pos


def _memarg_lane(data: bytes, pos: int) -> Read:
    (memory, align, offset), pos = _memarg(data, pos)
    return (memory, align, offset, data[pos]), pos + 1


def _lane(data: bytes, pos: int) -> Read:
    return data[pos], pos + 1


def _i32(data: bytes, pos: int) -> Read:
    return read_sleb(data, pos, 32)


def _i64(data: bytes, pos: int) -> Read:
    return read_sleb(data, pos, 64)


def _f32(data: bytes, pos: int) -> Read:
    return int.from_bytes(_fixed(data, pos, 4), "little"), pos + 4


def _f64(data: bytes, pos: int) -> Read:
    return int.from_bytes(_fixed(data, pos, 8), "little"), pos + 8


def _sixteen_bytes(data: bytes, pos: int) -> Read:
    return _fixed(data, pos, 16), pos + 16


def _fixed(data: bytes, pos: int, size: int) -> bytes:
    raw = data[pos : pos + size]
    if len(raw) != size:
        raise IndexError
    return raw


def _ref_type(data: bytes, pos: int) -> Read:
    heap_type, _ = read_sleb(data, pos, 33)
    if heap_type >= 0:
        raise unsupported(Feature.FUNCTION_REFERENCES, f"a reference to type {heap_type}", pos)
    return ref_type_of(data[pos], pos + 1), pos + 1


def _val_types(data: bytes, pos: int) -> Read:
    count, pos = read_uleb(data, pos, 32)
    types: list[ValType] = []
    for _ in range(count):
        types.append(val_type_of(data[pos], pos + 1))
        pos += 1
    return tuple(types), pos


_READERS: dict[Imm, Callable[[bytes, int], Read]] = {
    Imm.NONE: lambda _, pos: (None, pos),
    Imm.LABEL: _u32,
    Imm.LABELS: _labels,
    Imm.FUNCTION: _u32,
    Imm.TYPE_TABLE: _two_u32,
    Imm.LOCAL: _u32,
    Imm.GLOBAL: _u32,
    Imm.TABLE: _u32,
    Imm.MEMORY: _u32,
    Imm.DATA: _u32,
    Imm.ELEMENT: _u32,
    Imm.DATA_MEMORY: _two_u32,
    Imm.ELEMENT_TABLE: _two_u32,
    Imm.MEMORY_MEMORY: _two_u32,
    Imm.TABLE_TABLE: _two_u32,
    Imm.MEMARG: _memarg,
    Imm.MEMARG_LANE: _memarg_lane,
    Imm.LANE: _lane,
    Imm.I32: _i32,
    Imm.I64: _i64,
    Imm.F32: _f32,
    Imm.F64: _f64,
    Imm.V128: _sixteen_bytes,
    Imm.SHUFFLE: _sixteen_bytes,
    Imm.REF_TYPE: _ref_type,
    Imm.VAL_TYPES: _val_types,
}

_OPERATOR_READERS = {code: _READERS[o.immediate] for code, o in OPERATORS.items() if o.immediate is not Imm.BLOCK}

_BLOCK_TYPES: dict[int, FuncType] = {
    0x40: FuncType((), ()),
    **{byte: FuncType((), (value,)) for byte, value in VAL_TYPES.items()},
}


def _block_type(data: bytes, pos: int, types: Sequence[FuncType]) -> tuple[FuncType, int]:
    inline = _BLOCK_TYPES.get(data[pos])
    if inline is not None:
        return inline, pos + 1
    index, end = read_sleb(data, pos, 33)
    if index < 0:
        val_type_of(data[pos], pos + 1, "malformed block type")  # names the feature of other types
        raise DecodeError("malformed block type", pos)
    if index >= len(types):
        raise ValidationError(f"unknown type {index}", pos)
    return types[index], end


# How the loop reads what follows a one-byte opcode.
_INDEX, _PLAIN, _SMALL_INT, _MEMARG, _BLOCK, _ELSE, _END, _OTHER = range(8)

_SHAPE_OF_IMM = {
    **dict.fromkeys((Imm.LABEL, Imm.FUNCTION, Imm.LOCAL, Imm.GLOBAL, Imm.TABLE, Imm.MEMORY), _INDEX),
    Imm.NONE: _PLAIN,
    Imm.I32: _SMALL_INT,
    Imm.MEMARG: _MEMARG,
    Imm.BLOCK: _BLOCK,
}

_SHAPE_OF_FLOW = {Flow.ELSE: _ELSE, Flow.END: _END}

_NEED_DATA_COUNT = frozenset(o.code for o in OPERATORS.values() if o.immediate in (Imm.DATA, Imm.DATA_MEMORY))


def _shapes() -> bytes:
    shapes = bytearray([_OTHER] * 256)
    for code, operator in OPERATORS.items():
        if code < 256:
            shapes[code] = _SHAPE_OF_FLOW.get(operator.flow, _SHAPE_OF_IMM.get(operator.immediate, _OTHER))
    return bytes(shapes)


_SHAPES = _shapes()


def read_expression(data: bytes, pos: int, types: Sequence[FuncType], has_data_count: bool) -> tuple[list[Instr], int]:
    """Decode the instructions from ``pos`` up to and including the ``end`` that closes the expression.

    ``types`` resolves block types; ``has_data_count`` says whether the module has a data
    count section.  Returns the instructions, with offsets from the start of ``data``, and
    the position after them.  Errors (`DecodeError`, `UnsupportedError`, and
    `ValidationError` for an unknown block type) have offsets from the start of ``data``.
    """
    try:
        return _read_instructions(data, pos, types, has_data_count)
    except Leb128Error as error:
        raise DecodeError(error.reason, error.at) from None
    except IndexError:
        raise DecodeError(UNEXPECTED_END, len(data)) from None


def _read_instructions(data: bytes, pos: int, types: Sequence[FuncType], has_data_count: bool) -> tuple[list[Instr], int]:
    """Does what `read_expression` does, but for what it raises for malformed numbers and at the end of the bytes."""
    instrs: list[Instr] = []
    append = instrs.append
    shapes = _SHAPES
    openers: list[int] = []
    while True:
        start = pos
        op = data[pos]
        pos += 1
        shape = shapes[op]
        if shape == _INDEX:
            number = data[pos]
            if number < 0x80:
                pos += 1
            else:
                number, pos = read_uleb(data, pos, 32)
            append((op, start, number))
        elif shape == _PLAIN:
            append((op, start, None))
        elif shape == _SMALL_INT:
            number = data[pos]
            if number < 0x40:
                pos += 1
            elif number < 0x80:
                number -= 0x80
                pos += 1
            else:
                number, pos = read_sleb(data, pos, 32)
            append((op, start, number))
        elif shape == _MEMARG:
            align = data[pos]
            offset = data[pos + 1]
            if align < _MULTI_MEMORY_FLAG and offset < 0x80:
                pos += 2
                append((op, start, (0, align, offset)))
            else:
                memarg, pos = _memarg(data, pos)
                append((op, start, memarg))
        elif shape == _END:
            append((op, start, None))
            if not openers:
                return instrs, pos
            openers.pop()
        elif shape == _BLOCK:
            block_type, pos = _block_type(data, pos, types)
            openers.append(op)
            append((op, start, block_type))
        elif shape == _ELSE:
            if not openers or FLOW[openers[-1]] is not Flow.IF:
                raise DecodeError("END opcode expected", start)
            openers[-1] = op
            append((op, start, None))
        else:
            code, read, pos = _other(data, start, op, pos)
            if code in _NEED_DATA_COUNT and not has_data_count:
                raise DecodeError("data count section required", start)
            immediate, pos = read(data, pos)
            append((code, start, immediate))


def _other(data: bytes, start: int, op: int, pos: int) -> tuple[int, Callable[[bytes, int], Read], int]:
    """Operator code, reader of the immediate and position after the opcode at ``start``."""
    read = _OPERATOR_READERS.get(op)
    if read is not None:
        return op, read, pos
    code = op
    if op in REFUSED:
        raise unsupported(REFUSED[op], f"opcode {op:#04x}", start)
    if op in (0xFC, 0xFD):
        number, pos = read_uleb(data, pos, 32)
        code = op << PREFIX_SHIFT | number
        read = _OPERATOR_READERS.get(code) if number < 1 << PREFIX_SHIFT else None
        if read is not None:
            return code, read, pos
        if code in REFUSED:
            raise unsupported(REFUSED[code], f"opcode {op:#04x} {number}", start)
        raise DecodeError(f"illegal opcode {op:02x} {number:02x}", start)
    raise DecodeError(f"illegal opcode {op:02x}", start)


def const_expr(reader: Reader, module: Module) -> ConstExpr:
    """Read a constant expression; its offsets count from the start of the file."""
    instrs, reader.pos = read_expression(reader.data, reader.pos, module.types, True)
    base = reader.base
    return tuple([(op, base + offset, immediate) for op, offset, immediate in instrs[:-1]])
