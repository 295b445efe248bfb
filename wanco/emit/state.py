"""Locals, globals, tables and references (WebAssembly 2.0, sections 4.4.5, 4.4.6, 4.4.2)."""

from __future__ import annotations

from wanco.abi.layout import FUNCREF as FUNCREF_RECORD
from wanco.abi.layout import TABLE
from wanco.emit.function import FunctionEmitter, Handler
from wanco.emit.traps import GLOBAL_TAG
from wanco.emit.values import CODE, FUNCREF, I32, IR_TYPE
from wanco.wasm.types import ValType

TABLE_TAG = ", !tbaa !3"


def _local_get(f: FunctionEmitter, local: int, index: int) -> None:
    f.push(f.body.local_codes[local], f.get_local(local))


def _local_set(f: FunctionEmitter, local: int, index: int) -> None:
    operand = f.pop()
    if not f.body.liveness[~index] >> local & 1:
        f.unused_sets = True
    f.set_local(local, operand)


def _local_tee(f: FunctionEmitter, local: int, index: int) -> None:
    f.set_local(local, f.top())


def _global_get(f: FunctionEmitter, number: int, index: int) -> None:
    code = CODE[f.module.globals[number].type.value]
    constant = f.context.constant_globals.get(number)
    f.push(code, constant if constant is not None else f.assign(f"load {IR_TYPE[code]}, ptr @wg{number}{GLOBAL_TAG}"))


def _global_set(f: FunctionEmitter, number: int, index: int) -> None:
    code, operand = f.pop_typed()
    operand = f.exact(code, operand)
    f.line(f"  store {IR_TYPE[code]} {operand}, ptr @wg{number}{GLOBAL_TAG}")


def _table_get(f: FunctionEmitter, table: int, index: int) -> None:
    f.push(CODE[f.module.tables[table].element], f.assign(f"call ptr @wanco_table_get(i32 {table}, i32 {f.pop()}) {_place(f, index)}"))


def _table_set(f: FunctionEmitter, table: int, index: int) -> None:
    reference, element = f.pop(), f.pop()
    f.line(f"  call void @wanco_table_set(i32 {table}, i32 {element}, ptr {reference}) {_place(f, index)}")


def _table_size(f: FunctionEmitter, table: int, index: int) -> None:
    if table in f.context.constant_tables:
        f.push(I32, str(f.context.table_sizes[table]))
        return
    place = f.assign(f"getelementptr inbounds i8, ptr @wt{table}, i64 {TABLE.offsets()['size']}")
    f.push(I32, f.assign(f"load i32, ptr {place}{TABLE_TAG}"))


def _table_grow(f: FunctionEmitter, table: int, index: int) -> None:
    delta, reference = f.pop(), f.pop()
    f.push(I32, f.assign(f"call i32 @wanco_table_grow(i32 {table}, ptr {reference}, i32 {delta})"))


def _table_fill(f: FunctionEmitter, table: int, index: int) -> None:
    count, reference, start = f.pop(), f.pop(), f.pop()
    f.line(f"  call void @wanco_table_fill(i32 {table}, i32 {start}, ptr {reference}, i32 {count}) {_place(f, index)}")


def _table_copy(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    target_table, source_table = immediate
    count, source, target = f.pop(), f.pop(), f.pop()
    f.line(
        f"  call void @wanco_table_copy(i32 {target_table}, i32 {source_table}, i32 {target}, i32 {source}, i32 {count}) {_place(f, index)}"
    )


def _table_init(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    segment, table = immediate
    count, source, target = f.pop(), f.pop(), f.pop()
    f.line(f"  call void @wanco_table_init(i32 {table}, i32 {segment}, i32 {target}, i32 {source}, i32 {count}) {_place(f, index)}")


def _place(f: FunctionEmitter, index: int) -> str:
    """Record of a runtime call that can trap."""
    return f'[ "deopt"(i64 {f.location(index)}) ]'


def _ref_null(f: FunctionEmitter, kind: ValType, index: int) -> None:
    f.push(CODE[kind], "null")


def _ref_is_null(f: FunctionEmitter, _: None, index: int) -> None:
    f.push_boolean(f.assign(f"icmp eq ptr {f.pop()}, null"))


def _ref_func(f: FunctionEmitter, function: int, index: int) -> None:
    f.push(FUNCREF, f.assign(f"getelementptr inbounds i8, ptr @wanco_funcrefs, i64 {FUNCREF_RECORD.size * function}"))


HANDLERS: dict[str, Handler] = {
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_tee,
    "global.get": _global_get,
    "global.set": _global_set,
    "table.get": _table_get,
    "table.set": _table_set,
    "table.size": _table_size,
    "table.grow": _table_grow,
    "table.fill": _table_fill,
    "table.copy": _table_copy,
    "table.init": _table_init,
    "elem.drop": lambda f, segment, _: f.line(f"  call void @wanco_elem_drop(i32 {segment})"),
    "ref.null": _ref_null,
    "ref.is_null": _ref_is_null,
    "ref.func": _ref_func,
}
