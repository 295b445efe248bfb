"""Memory instructions (WebAssembly 2.0, section 4.4.7).

Page protection checks the bounds of loads and stores (`wanco.emit.operators.access`).  The bulk
instructions must check before they write anything, so they compare with the memory's size.
"""

from __future__ import annotations

from wanco.abi.layout import WASM_PAGE, Trap
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import F32, F64, I32, I64, INTRINSIC_SUFFIX, IR_TYPE
from wanco.emit.operators.access import WIDE, address, extent, load, memory_base, memory_index, shared_index
from wanco.emit.operators.computations import EXTENSIONS
from wanco.emit.stores import make_stores, put_store
from wanco.emit.translation import Handler, Translation
from wanco.emit.traps import place_record, trap_if
from wanco.emit.waiting import Store

SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8}
"""Bytes of what an access of a scalar touches."""

_NARROW = {I32: (8, 16), I64: (8, 16, 32)}
"""Widths of the accesses that touch a part of a value."""


# ---- loads and stores ---------------------------------------------------------------------


def _load(code: int, stored: str, extend: str = "") -> Handler:
    kind, size = IR_TYPE[code], SIZES[stored]

    def handler(t: Translation, immediate: tuple[int, int, int], index: int) -> None:
        where = t.pop()
        if t.waiting and t.waiting.overlap(extent(t, where, immediate[2], immediate[0], size)):
            make_stores(t)
        place = address(t, where, immediate[2], immediate[0])
        name = load(t, stored, place)
        t.push(code, t.ir.cast(extend, stored, name, kind) if extend else name)

    return handler


def _store(code: int, stored: str) -> Handler:
    kind, size = IR_TYPE[code], SIZES[stored]

    def handler(t: Translation, immediate: tuple[int, int, int], index: int) -> None:
        operand, where = t.pop(), t.pop()
        raw = code if t.nan.needs_canonical(operand) else None
        place = address(t, where, immediate[2], immediate[0])
        if stored != kind:
            operand = t.ir.cast("trunc", kind, operand, stored)
        put_store(t, Store(stored, operand, place, extent(t, where, immediate[2], immediate[0], size), raw))

    return handler


def _accesses(code: int) -> dict[str, Handler]:
    """Loads and stores of one type."""
    widths = _NARROW.get(code, ())
    return {
        "load": _load(code, IR_TYPE[code]),
        "store": _store(code, IR_TYPE[code]),
        **{f"load{width}_{sign}": _load(code, f"i{width}", op) for width in widths for sign, op in EXTENSIONS.items()},
        **{f"store{width}": _store(code, f"i{width}") for width in widths},
    }


# ---- whole memories -----------------------------------------------------------------------


def memory_bytes(t: Translation, memory: int) -> str:
    """Present size of a memory in bytes, an i64."""
    place = "@wanco_memory_bytes" if not memory else t.ir.element(WIDE, "@wanco_memory_bytes", memory)
    return t.ir.load(WIDE, place, Tag.TABLE)


def _size(t: Translation, memory: int, index: int) -> None:
    number = memory_index(t, memory)
    pages = t.ir.binary("lshr", WIDE, memory_bytes(t, memory), str(WASM_PAGE.bit_length() - 1))
    t.push(number.code, number.narrow(t, pages))


def _grow(t: Translation, memory: int, index: int) -> None:
    number, delta = memory_index(t, memory), t.pop()
    text = f"call {number.kind} @wanco_memory_grow(i32 {memory}, {number.kind} {delta})"
    t.push(number.code, t.ir.assign(text, delta, effect=Effect.CALL))


def _check_range(t: Translation, memory: int, start: str, wide_count: str, index: int) -> str:
    """Trap unless [start, start + count) lies in a memory, both of 32 bits; its native address."""
    wide_start = memory_index(t, memory).wide(t, start)
    end = t.ir.binary("add nuw nsw", WIDE, wide_start, wide_count)
    trap_if(t, t.ir.icmp("ugt", WIDE, end, memory_bytes(t, memory)), Trap.MEMORY_BOUNDS, index)
    return t.ir.offset(memory_base(t, memory), wide_start, inbounds=False)


def _copy(t: Translation, immediate: tuple[int, int], index: int) -> None:
    to_memory, from_memory = immediate
    count, source, target = t.pop(), t.pop(), t.pop()
    length = shared_index(memory_index(t, to_memory), memory_index(t, from_memory)).wide(t, count)
    to = _check_range(t, to_memory, target, length, index)
    origin = _check_range(t, from_memory, source, length, index)
    t.ir.do(f"call void @llvm.memmove.p0.p0.i64(ptr {to}, ptr {origin}, i64 {length}, i1 false)", to, origin, length)


def _fill(t: Translation, memory: int, index: int) -> None:
    count, value, target = t.pop(), t.pop(), t.pop()
    length = memory_index(t, memory).wide(t, count)
    to = _check_range(t, memory, target, length, index)
    byte = t.ir.cast("trunc", "i32", value, "i8")
    t.ir.do(f"call void @llvm.memset.p0.i64(ptr {to}, i8 {byte}, i64 {length}, i1 false)", to, byte, length)


def _init(t: Translation, immediate: tuple[int, int], index: int) -> None:
    segment, memory = immediate
    count, source, target = t.pop(), t.pop(), t.pop()
    arguments = f"i32 {memory}, i32 {segment}, {memory_index(t, memory).kind} {target}, i32 {source}, i32 {count}"
    t.ir.do(f"call void @wanco_memory_init({arguments}){place_record(t, index).text}", target, source, count, effect=Effect.CALL)


def _drop(t: Translation, segment: int, index: int) -> None:
    t.ir.do(f"call void @wanco_data_drop(i32 {segment})", effect=Effect.CALL)


HANDLERS: dict[str, Handler] = {
    **{f"{INTRINSIC_SUFFIX[code]}.{op}": handler for code in (I32, I64, F32, F64) for op, handler in _accesses(code).items()},
    "memory.size": _size,
    "memory.grow": _grow,
    "memory.copy": _copy,
    "memory.fill": _fill,
    "memory.init": _init,
    "data.drop": _drop,
}
