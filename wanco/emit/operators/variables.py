"""Locals, globals, tables and references (WebAssembly 2.0, sections 4.4.5, 4.4.6, 4.4.2)."""

from __future__ import annotations

from wanco.abi.layout import FUNCREF as FUNCREF_RECORD
from wanco.abi.layout import TABLE
from wanco.abi.symbols import FUNCTION_REFERENCES, GLOBAL
from wanco.abi.symbols import TABLE as TABLE_STATE
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import CODE, FUNCREF, IR_TYPE
from wanco.emit.operators.access import shared_index, table_index
from wanco.emit.translation import Handler, Translation
from wanco.emit.traps import place_record
from wanco.wasm.types import ValType

# ---- locals and globals -------------------------------------------------------------------


def _local_get(t: Translation, local: int, index: int) -> None:
    t.push(t.body.local_codes[local], t.get_local(local))


def _local_set(t: Translation, local: int, index: int) -> None:
    operand = t.pop()
    if not t.body.liveness[~index] >> local & 1:
        t.found.unused_sets = True
    t.set_local(local, operand)


def _local_tee(t: Translation, local: int, index: int) -> None:
    t.set_local(local, t.top())


def _global_get(t: Translation, number: int, index: int) -> None:
    code = CODE[t.module.globals[number].type.value]
    constant = t.context.constant_globals.get(number)
    t.push(code, constant if constant is not None else t.ir.load(IR_TYPE[code], f"@{GLOBAL(number)}", Tag.GLOBAL, Effect.GLOBAL))


def _global_set(t: Translation, number: int, index: int) -> None:
    code, operand = t.pop_typed()
    t.ir.store(IR_TYPE[code], t.nan.exact(code, operand), f"@{GLOBAL(number)}", Tag.GLOBAL, Effect.GLOBAL)


# ---- tables -------------------------------------------------------------------------------


def _table_get(t: Translation, table: int, index: int) -> None:
    number, element = table_index(t, table).kind, t.pop()
    text = f"call ptr @wanco_table_get(i32 {table}, {number} {element}){place_record(t, index).text}"
    t.push(CODE[t.module.tables[table].element], t.ir.assign(text, element, effect=Effect.CALL))


def _table_set(t: Translation, table: int, index: int) -> None:
    number, reference, element = table_index(t, table).kind, t.pop(), t.pop()
    text = f"call void @wanco_table_set(i32 {table}, {number} {element}, ptr {reference}){place_record(t, index).text}"
    t.ir.do(text, element, reference, effect=Effect.CALL)


def _table_size(t: Translation, table: int, index: int) -> None:
    number = table_index(t, table)
    if table in t.context.constant_tables:
        t.push(number.code, str(t.context.table_sizes[table]))
        return
    place = t.ir.offset(f"@{TABLE_STATE(table)}", TABLE.offsets()["size"])
    t.push(number.code, t.ir.load(number.kind, place, Tag.TABLE))


def _table_grow(t: Translation, table: int, index: int) -> None:
    number, delta, reference = table_index(t, table), t.pop(), t.pop()
    text = f"call {number.kind} @wanco_table_grow(i32 {table}, ptr {reference}, {number.kind} {delta})"
    t.push(number.code, t.ir.assign(text, reference, delta, effect=Effect.CALL))


def _table_fill(t: Translation, table: int, index: int) -> None:
    number, count, reference, start = table_index(t, table).kind, t.pop(), t.pop(), t.pop()
    arguments = f"i32 {table}, {number} {start}, ptr {reference}, {number} {count}"
    t.ir.do(f"call void @wanco_table_fill({arguments}){place_record(t, index).text}", start, reference, count, effect=Effect.CALL)


def _table_copy(t: Translation, immediate: tuple[int, int], index: int) -> None:
    to, origin = (table_index(t, table) for table in immediate)
    count, source, target = t.pop(), t.pop(), t.pop()
    tables = f"i32 {immediate[0]}, i32 {immediate[1]}"
    arguments = f"{tables}, {to.kind} {target}, {origin.kind} {source}, {shared_index(to, origin).kind} {count}"
    t.ir.do(f"call void @wanco_table_copy({arguments}){place_record(t, index).text}", target, source, count, effect=Effect.CALL)


def _table_init(t: Translation, immediate: tuple[int, int], index: int) -> None:
    segment, table = immediate
    count, source, target = t.pop(), t.pop(), t.pop()
    arguments = f"i32 {table}, i32 {segment}, {table_index(t, table).kind} {target}, i32 {source}, i32 {count}"
    t.ir.do(f"call void @wanco_table_init({arguments}){place_record(t, index).text}", target, source, count, effect=Effect.CALL)


def _elem_drop(t: Translation, segment: int, index: int) -> None:
    t.ir.do(f"call void @wanco_elem_drop(i32 {segment})", effect=Effect.CALL)


# ---- references ---------------------------------------------------------------------------


def _ref_null(t: Translation, kind: ValType, index: int) -> None:
    t.push(CODE[kind], "null")


def _ref_is_null(t: Translation, _: None, index: int) -> None:
    t.push_boolean(t.ir.icmp("eq", "ptr", t.pop(), "null"))


def _ref_func(t: Translation, function: int, index: int) -> None:
    t.push(FUNCREF, t.ir.offset(f"@{FUNCTION_REFERENCES}", FUNCREF_RECORD.size * function))


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
    "elem.drop": _elem_drop,
    "ref.null": _ref_null,
    "ref.is_null": _ref_is_null,
    "ref.func": _ref_func,
}
