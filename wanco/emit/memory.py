"""Memory instructions (WebAssembly 2.0, section 4.4.7).

Bounds are checked by page protection: a 32-bit address plus a 32-bit offset stays inside
the reservation, so an access is one instruction.  The bulk instructions must check before
they write anything, so they compare with the memory's size.
"""

from __future__ import annotations

from wanco.abi.layout import WASM_PAGE, Trap
from wanco.emit.addresses import REACH
from wanco.emit.function import FunctionEmitter, Handler
from wanco.emit.stores import Extent, Store
from wanco.emit.traps import MEMORY_TAG
from wanco.emit.values import F32, F64, I32, I64, IR_TYPE, is_integer_constant

SIZE_TAG = ", !tbaa !3"

SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8}
"""Bytes of what an access of a scalar touches."""

HANDLERS: dict[str, Handler] = {}


def memory_base(f: FunctionEmitter, memory: int) -> str:
    """Native address of a memory's first byte; it never changes."""
    if memory == 0:
        return "%mem"
    place = f.assign(f"getelementptr inbounds ptr, ptr @wanco_memory_base, i64 {memory}")
    return f.assign(f"load ptr, ptr {place}, !invariant.load !5")


def address(f: FunctionEmitter, operand: str, offset: int, memory: int) -> str:
    """Native address of a linear memory address plus a static offset."""
    origin = memory_base(f, memory)
    if is_integer_constant(operand):
        total = (int(operand) & 0xFFFFFFFF) + offset
        return f.assign(f"getelementptr i8, ptr {origin}, i64 {total}")
    base = _neighbour(f, operand, offset) if memory == 0 and f.context.neighbours else _native(f, origin, operand)
    return f.assign(f"getelementptr i8, ptr {base}, i64 {offset}") if offset else base


def _native(f: FunctionEmitter, origin: str, operand: str) -> str:
    wide = f.assign(f"zext i32 {operand} to i64")
    return f.assign(f"getelementptr i8, ptr {origin}, i64 {wide}")


def _neighbour(f: FunctionEmitter, operand: str, offset: int) -> str:
    """Native address of an address in memory 0 that is now accessed with a static offset."""
    root, distance = f.sum_of(operand)
    found, computed = f.neighbours.find(root, distance, offset), None
    if found is None and -REACH <= distance < 0 and offset == 0:
        computed = _native(f, "%mem", root)
        found = computed, distance
        f.note_neighbour(root, 0, computed, accessed=False)
    if found is None:
        pointer = computed = _native(f, "%mem", operand)
    else:
        pointer, way = found
        if way:
            pointer = f.assign(f"getelementptr i8, ptr {pointer}, i64 {way}")
    f.note_neighbour(root, distance, pointer, accessed=True)
    f.streams.access(root, distance + offset, computed)
    return pointer


def extent(f: FunctionEmitter, operand: str, offset: int, memory: int, size: int) -> Extent:
    """What an access of ``size`` bytes touches."""
    root, distance = ("", int(operand)) if is_integer_constant(operand) else f.sum_of(operand)
    return Extent(memory, root, distance, offset, size)


def load(f: FunctionEmitter, kind: str, place: str) -> str:
    """Load from linear memory (`wanco.emit.traps`: what nothing uses stays)."""
    return f.assign(f"load {kind}, ptr {place}, align 1{MEMORY_TAG}")


def _load(code: int, stored: str, extend: str) -> Handler:
    kind, size = IR_TYPE[code], SIZES[stored]

    def handler(f: FunctionEmitter, immediate: tuple[int, int, int], index: int) -> None:
        where = f.pop()
        if f.waiting and f.waiting.overlap(extent(f, where, immediate[2], immediate[0], size)):
            f.make_stores()
        place = address(f, where, immediate[2], immediate[0])
        name = load(f, stored, place)
        f.push(code, f.assign(f"{extend} {stored} {name} to {kind}") if extend else name)

    return handler


def _store(code: int, stored: str) -> Handler:
    kind, size = IR_TYPE[code], SIZES[stored]

    def handler(f: FunctionEmitter, immediate: tuple[int, int, int], index: int) -> None:
        operand, where = f.pop(), f.pop()
        raw = code if f.needs_canonical(operand) else None
        place = address(f, where, immediate[2], immediate[0])
        if stored != kind:
            operand = f.assign(f"trunc {kind} {operand} to {stored}")
        f.store(Store(stored, operand, place, extent(f, where, immediate[2], immediate[0], size), raw))

    return handler


for _name, _code in (("i32", I32), ("i64", I64), ("f32", F32), ("f64", F64)):
    HANDLERS[f"{_name}.load"] = _load(_code, IR_TYPE[_code], "")
    HANDLERS[f"{_name}.store"] = _store(_code, IR_TYPE[_code])
for _name, _code, _widths in (("i32", I32, (8, 16)), ("i64", I64, (8, 16, 32))):
    for _width in _widths:
        HANDLERS[f"{_name}.load{_width}_s"] = _load(_code, f"i{_width}", "sext")
        HANDLERS[f"{_name}.load{_width}_u"] = _load(_code, f"i{_width}", "zext")
        HANDLERS[f"{_name}.store{_width}"] = _store(_code, f"i{_width}")


def memory_bytes(f: FunctionEmitter, memory: int) -> str:
    """Present size of a memory in bytes, an i64."""
    place = "@wanco_memory_bytes" if not memory else f.assign(f"getelementptr inbounds i64, ptr @wanco_memory_bytes, i64 {memory}")
    return f.assign(f"load i64, ptr {place}{SIZE_TAG}")


def _size(f: FunctionEmitter, memory: int, index: int) -> None:
    pages = f.assign(f"lshr i64 {memory_bytes(f, memory)}, {WASM_PAGE.bit_length() - 1}")
    f.push(I32, f.assign(f"trunc i64 {pages} to i32"))


def _grow(f: FunctionEmitter, memory: int, index: int) -> None:
    f.push(I32, f.assign(f"call i32 @wanco_memory_grow(i32 {memory}, i32 {f.pop()})"))


def _check_range(f: FunctionEmitter, memory: int, start: str, wide_count: str, index: int) -> str:
    """Trap unless [start, start + count) lies in a memory; its native address."""
    wide_start = f.assign(f"zext i32 {start} to i64")
    end = f.assign(f"add nuw nsw i64 {wide_start}, {wide_count}")
    f.trap_if(f.assign(f"icmp ugt i64 {end}, {memory_bytes(f, memory)}"), Trap.MEMORY_BOUNDS, index)
    return f.assign(f"getelementptr i8, ptr {memory_base(f, memory)}, i64 {wide_start}")


def _copy(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    to_memory, from_memory = immediate
    count, source, target = f.pop(), f.pop(), f.pop()
    length = f.assign(f"zext i32 {count} to i64")
    to = _check_range(f, to_memory, target, length, index)
    origin = _check_range(f, from_memory, source, length, index)
    f.line(f"  call void @llvm.memmove.p0.p0.i64(ptr {to}, ptr {origin}, i64 {length}, i1 false)")


def _fill(f: FunctionEmitter, memory: int, index: int) -> None:
    count, value, target = f.pop(), f.pop(), f.pop()
    length = f.assign(f"zext i32 {count} to i64")
    to = _check_range(f, memory, target, length, index)
    byte = f.assign(f"trunc i32 {value} to i8")
    f.line(f"  call void @llvm.memset.p0.i64(ptr {to}, i8 {byte}, i64 {length}, i1 false)")


def _init(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    segment, memory = immediate
    count, source, target = f.pop(), f.pop(), f.pop()
    f.line(
        f"  call void @wanco_memory_init(i32 {memory}, i32 {segment}, i32 {target}, i32 {source}, i32 {count}) "
        f'[ "deopt"(i64 {f.location(index)}) ]'
    )


HANDLERS["memory.size"] = _size
HANDLERS["memory.grow"] = _grow
HANDLERS["memory.copy"] = _copy
HANDLERS["memory.fill"] = _fill
HANDLERS["memory.init"] = _init
HANDLERS["data.drop"] = lambda f, segment, _: f.line(f"  call void @wanco_data_drop(i32 {segment})")
