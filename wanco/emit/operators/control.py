"""Control instructions, calls and the parametric ones (WebAssembly 2.0, sections 4.4.8, 4.4.4)."""

from __future__ import annotations

from typing import Any

from wanco.abi.layout import FUNCREF, TABLE, SiteKind, Trap
from wanco.abi.symbols import FUNCTION, TABLE_ENTRIES
from wanco.abi.symbols import TABLE as TABLE_STATE
from wanco.emit.calls import call_function, emit_return, host_call
from wanco.emit.context import BODY
from wanco.emit.flow import branch, edge, open_frame
from wanco.emit.frames import ControlFrame, IfFrame, LoopFrame, PartialLoopFrame
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import IR_TYPE, codes
from wanco.emit.loops import counted_limit, end_strip
from wanco.emit.translation import Handler, Translation
from wanco.emit.traps import cold_path, trap, trap_if
from wanco.wasm.types import FuncType, ValType

# ---- structure --------------------------------------------------------------------------


def _block(t: Translation, signature: FuncType, index: int) -> None:
    results, parameters = codes(signature.results), codes(signature.params)
    height, end = len(t.stack) - len(parameters), t.body.structure.end_of[index]
    frame = ControlFrame(index, end, height, parameters, results, results, t.ir.label())
    open_frame(t, frame)
    t.mode.opened(frame)


def _loop(t: Translation, signature: FuncType, index: int) -> None:
    t.mode.open_loop(signature, index)


def _if(t: Translation, signature: FuncType, index: int) -> None:
    condition = t.pop_condition()
    results, parameters = codes(signature.results), codes(signature.params)
    height, end = len(t.stack) - len(parameters), t.body.structure.end_of[index]
    frame = IfFrame(index, end, height, parameters, results, results, t.ir.label())
    open_frame(t, frame)
    t.mode.opened(frame)
    has_else = index in t.body.structure.else_of
    frame.else_label = t.ir.label() if has_else else frame.label
    if not t.ir.live:
        return
    around = edge(t, frame.height, len(signature.params))
    if has_else:
        frame.else_edge = around
    else:
        frame.edges.append(around)
    then = t.ir.label()
    t.ir.fork(condition, then, frame.else_label)
    t.ir.start(then)


def _else(t: Translation, _: None, index: int) -> None:
    frame = t.frames[-1]
    assert isinstance(frame, IfFrame)
    branch(t, frame)
    t.neighbours.forget(frame.mark)
    frame.in_else = True
    t.mode.open_else(frame)


def _end(t: Translation, _: None, index: int) -> None:
    frame = t.frames.pop()
    is_loop = isinstance(frame, LoopFrame | PartialLoopFrame)
    only_falls_through = t.ir.live and not frame.spilled and (is_loop or not frame.edges)
    if not only_falls_through:
        t.neighbours.forget(frame.mark)
    if is_loop:
        t.mode.close_loop(frame)
    else:
        branch(t, frame)
        t.mode.join(frame.edges, frame.label, t.body.liveness.get(index, 0))
    t.mode.after_end(frame, index)
    if frame.start == BODY and t.ir.live:
        emit_return(t)


# ---- branches ---------------------------------------------------------------------------


def _br(t: Translation, depth: int, _: int) -> None:
    branch(t, t.frames[-1 - depth])


def _return(t: Translation, _: None, index: int) -> None:
    branch(t, t.frames[0])


def _br_if(t: Translation, depth: int, index: int) -> None:
    operand = t.top()
    condition = t.pop_condition()
    if not t.ir.live:
        return
    frame = t.frames[-1 - depth]
    following = t.ir.label()
    strip = frame.strip if isinstance(frame, LoopFrame) else None
    if isinstance(frame, LoopFrame) and strip and (limit := counted_limit(t, frame, strip, operand, condition)):
        end_strip(t, frame, strip, limit, condition, following)
    else:
        t.ir.fork(condition, t.mode.target(frame, conditional=True), following)
    t.ir.start(following)


def _br_table(t: Translation, immediate: tuple[tuple[int, ...], int], _: int) -> None:
    operand = t.pop()
    if t.ir.live:
        depths, default = immediate
        labels: dict[int, str] = {}
        for depth in (*depths, default):
            frame = t.frames[-1 - depth]
            if depth in labels:
                frame.edges.append(frame.edges[-1])  # LLVM counts each case as an edge
            else:
                labels[depth] = t.mode.target(frame, conditional=True)
        cases = " ".join([f"i32 {case}, label %{labels[depth]}" for case, depth in enumerate(depths)])
        t.ir.end(f"switch i32 {operand}, label %{labels[default]} [ {cases} ]", operand)
    t.ir.live = t.ir.reachable = False


def _unreachable(t: Translation, _: None, index: int) -> None:
    for _code, operand in t.stack:
        t.discard(operand)
    trap(t, Trap.UNREACHABLE, index)


# ---- calls ------------------------------------------------------------------------------


def _call(t: Translation, function: int, index: int) -> None:
    signature = t.module.func_type(function)
    if function < t.module.imported_functions:
        host_call(t, function, signature, index, t.body.liveness[index + 1])
    else:
        safepoint = function in t.context.plan.may_poll
        call_function(t, f"@{FUNCTION(function)}", signature, index, SiteKind.CALL, function, safepoint)


def _call_indirect(t: Translation, immediate: tuple[int, int], index: int) -> None:
    canonical = t.context.plan.canonical[immediate[0]]
    target = t.ir.load("ptr", indirect_entry(t, immediate, index), Tag.TABLE)
    safepoint = canonical in t.context.plan.indirect_may_poll
    call_function(t, target, t.module.types[immediate[0]], index, SiteKind.CALL_INDIRECT, canonical, safepoint)


def indirect_entry(t: Translation, immediate: tuple[int, int], index: int) -> str:
    """The address of the table entry that an indirect call means: bounds and type are checked."""
    type_index, table = immediate
    canonical = t.context.plan.canonical[type_index]
    element = t.pop()
    if table in t.context.constant_tables:
        size, entries = str(t.context.table_sizes[table]), f"@{TABLE_ENTRIES(table)}"
    else:
        state = f"@{TABLE_STATE(table)}"
        size = t.ir.load("i32", t.ir.offset(state, TABLE.offsets()["size"]), Tag.TABLE)
        entries = t.ir.load("ptr", state, Tag.TABLE)
    trap_if(t, t.ir.icmp("uge", "i32", element, size), Trap.UNDEFINED_ELEMENT, index)
    entry = t.ir.element("{ ptr, i32, i32 }", entries, t.ir.cast("zext", "i32", element, "i64"))
    actual = t.ir.load("i32", t.ir.offset(entry, FUNCREF.offsets()["type"]), Tag.TABLE)
    mismatch = t.ir.icmp("ne", "i32", actual, str(canonical + 1))
    # A null entry has type 0, so one test covers both and the trap tells them apart.
    with cold_path(t, mismatch):
        null = t.ir.icmp("eq", "i32", actual, "0")
        trap(t, t.ir.select(null, "i32", str(int(Trap.INDIRECT_NULL)), f"{int(Trap.INDIRECT_TYPE)}"), index)
    return entry


# ---- parametric -------------------------------------------------------------------------


def _drop(t: Translation, _: None, index: int) -> None:
    t.discard(t.pop())


def _select(t: Translation, types: tuple[ValType, ...] | None, index: int) -> None:
    condition = t.pop_condition()
    code, second = t.pop_typed()
    first = t.pop()
    lanes = t.nan.common_lanes([first, second])
    if lanes is None:
        first, second = t.nan.exact(code, first), t.nan.exact(code, second)
    name = t.ir.select(condition, IR_TYPE[code], first, second)
    if lanes is not None:
        t.nan.note(code, name, lanes)
    t.push(code, name)


def _nop(t: Translation, _: Any, index: int) -> None:
    pass


HANDLERS: dict[str, Handler] = {
    "unreachable": _unreachable,
    "nop": _nop,
    "block": _block,
    "loop": _loop,
    "if": _if,
    "else": _else,
    "end": _end,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "return": _return,
    "call": _call,
    "call_indirect": _call_indirect,
    "drop": _drop,
    "select": _select,
    "select_t": _select,
}
