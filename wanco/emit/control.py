"""Control instructions, calls and the parametric ones (WebAssembly 2.0, sections 4.4.8, 4.4.4)."""

from __future__ import annotations

from typing import Any

from wanco.abi.layout import FUNCREF, TABLE, SiteKind, Trap
from wanco.abi.wasi import BLOCKING, WASI_MODULE
from wanco.analysis.structure import OP_BLOCK, OP_ELSE, OP_IF, OP_LOOP
from wanco.emit.function import BODY, Frame, FunctionEmitter, Handler, Strip
from wanco.emit.values import CODE, I32, IR_TYPE, codes, is_integer_constant
from wanco.wasm.types import FuncType, ValType


def _block(f: FunctionEmitter, signature: FuncType, index: int) -> None:
    results = codes(signature.results)
    parameters = codes(signature.params)
    height, end = len(f.stack) - len(parameters), f.body.structure.end_of[index]
    f.open_frame(Frame(OP_BLOCK, index, end, height, results, results, f.new_label(), parameters))
    f.opened(f.frames[-1])


def _loop(f: FunctionEmitter, signature: FuncType, index: int) -> None:
    f.open_loop(signature, index)


def _if(f: FunctionEmitter, signature: FuncType, index: int) -> None:
    condition = f.pop_condition()
    _block(f, signature, index)
    frame = f.frames[-1]
    frame.op = OP_IF
    frame.else_label = f.new_label() if index in f.body.structure.else_of else frame.label
    if not f.live:
        return
    edge = f.edge(frame.height, len(signature.params))
    if index in f.body.structure.else_of:
        frame.else_edge = edge
    else:
        frame.edges.append(edge)
    then = f.new_label()
    f.out.append(f"  br i1 {condition}, label %{then}, label %{frame.else_label}")
    f.start_block(then)


def _else(f: FunctionEmitter, _: None, index: int) -> None:
    frame = f.frames[-1]
    f.branch(frame)
    f.neighbours.forget(frame.mark)
    frame.op = OP_ELSE
    f.open_else(frame)


def _end(f: FunctionEmitter, _: None, index: int) -> None:
    frame = f.frames.pop()
    if not f.only_falls_through(frame):
        f.neighbours.forget(frame.mark)
    if frame.op == OP_LOOP:
        f.close_loop(frame)
    else:
        f.branch(frame)
        f.join(frame.edges, frame.label, f.body.liveness.get(index, 0))
    f.after_end(frame, index)
    if frame.start == BODY and f.live:
        f.emit_return()


def _br(f: FunctionEmitter, depth: int, _: int) -> None:
    f.branch(f.frames[-1 - depth])


def _return(f: FunctionEmitter, _: None, index: int) -> None:
    f.branch(f.frames[0])


def _br_if(f: FunctionEmitter, depth: int, index: int) -> None:
    operand = f.top()
    condition = f.pop_condition()
    if not f.live:
        return
    frame = f.frames[-1 - depth]
    following = f.new_label()
    limit = counted_limit(f, frame, operand, condition) if frame.strip else None
    if frame.strip and limit:
        strip_end(f, frame, frame.strip, limit, condition, following)
    else:
        target = f.target(frame, conditional=True)
        f.out.append(f"  br i1 {condition}, label %{target}, label %{following}")
    f.start_block(following)


def counted_limit(f: FunctionEmitter, frame: Frame, operand: str, condition: str) -> str | None:
    """The iterations to run before the loop's condition must be looked at, if countable.

    A loop is countable where its only back edge is taken while ``i + step != end``, i being
    a local that the loop header holds and that this iteration has already advanced, step a
    power of two and end defined outside.  Then the condition first fails after exactly
    ``(end - i) / step`` iterations, or not within this strip.  Returns the operand that
    holds the strip's length, its computation put in front of the inner header.
    """
    strip = frame.strip
    assert strip is not None
    if f.body.structure.loops[frame.start].back_edges != 1 or frame.branch_codes:
        return None
    comparison = f.compare.get(condition)
    if comparison is None:
        pairs = [(operand, "0")]
    elif comparison[0] == "ne":
        pairs = [(comparison[2], comparison[3]), (comparison[3], comparison[2])]
    else:
        return None
    for advanced, end in pairs:
        increment = f.increment.get(advanced)
        if increment is None or not _is_invariant(end, strip.number):
            continue
        base, step = increment
        size = abs(step)
        if size == 0 or size & (size - 1):
            continue
        for phi in strip.inner.phis:
            if phi.name == base and phi.slot >= 0 and f.locals[phi.slot] == advanced:
                start, stop = (phi.entry, end) if step > 0 else (end, phi.entry)
                return _place_limit(f, strip, IR_TYPE[phi.code], start, stop, size)
    return None


def _is_invariant(operand: str, number: int) -> bool:
    if operand.startswith("%v"):
        return int(operand[2:]) <= number
    return is_integer_constant(operand) or operand.startswith("%p")


def _place_limit(f: FunctionEmitter, strip: Strip, kind: str, start: str, stop: str, size: int) -> str:
    interval = f.context.poll_interval
    names = [f.value() for _ in range(9)]
    distance, count, remainder, inexact, none, unknown, large, whole, limit = names
    lines = [
        f"  {distance} = sub {kind} {stop}, {start}",
        f"  {count} = lshr {kind} {distance}, {size.bit_length() - 1}",
        f"  {remainder} = and {kind} {distance}, {size - 1}",
        f"  {inexact} = icmp ne {kind} {remainder}, 0",
        f"  {none} = icmp eq {kind} {distance}, 0",
        f"  {unknown} = or i1 {inexact}, {none}",
        f"  {large} = icmp ugt {kind} {count}, {interval}",
        f"  {whole} = or i1 {unknown}, {large}",
        f"  {limit} = select i1 {whole}, {kind} {interval}, {kind} {count}",
    ]
    if kind == "i64":
        narrow = f.value()
        lines.append(f"  {narrow} = trunc i64 {limit} to i32")
        limit = narrow
    f.out[strip.limit_position] = "\n".join(lines)
    return limit


def strip_end(f: FunctionEmitter, frame: Frame, strip: Strip, limit: str, condition: str, following: str) -> None:
    """The back edge of a counted strip: the loop's own condition is looked at only after
    ``limit`` iterations, so LLVM sees a loop with one exit and a known count."""
    strip.next_counter = f.assign(f"add nuw nsw i32 {strip.counter}, 1")
    more = f.assign(f"icmp ne i32 {strip.next_counter}, {limit}")
    used_up = f.new_label()
    to_inner = f.edge(frame.height, 0)
    f.out.append(f"  br i1 {more}, label %{strip.inner.label}, label %{used_up}")
    f.start_block(used_up)
    to_poll = f.edge(frame.height, 0)
    f.out.append(f"  br i1 {condition}, label %{frame.label}, label %{following}")
    strip.counted = (to_inner, to_poll)


def _br_table(f: FunctionEmitter, immediate: tuple[tuple[int, ...], int], _: int) -> None:
    operand = f.pop()
    if f.live:
        depths, default = immediate
        labels: dict[int, str] = {}
        for depth in (*depths, default):
            frame = f.frames[-1 - depth]
            if depth in labels:
                frame.edges.append(frame.edges[-1])  # LLVM counts each case as an edge
            else:
                labels[depth] = f.target(frame, conditional=True)
        cases = " ".join(f"i32 {case}, label %{labels[depth]}" for case, depth in enumerate(depths))
        f.out.append(f"  switch i32 {operand}, label %{labels[default]} [ {cases} ]")
    f.live = f.reachable = False


def _unreachable(f: FunctionEmitter, _: None, index: int) -> None:
    for operand in f.stack:
        f.discard(operand[1])
    f.terminate(f.trap(Trap.UNREACHABLE, index))


def _call(f: FunctionEmitter, function: int, index: int) -> None:
    signature = f.module.func_type(function)
    if function < f.module.imported_functions:
        host_call(f, function, signature, index, f.body.liveness[index + 1])
    else:
        safepoint = function in f.context.plan.may_poll
        f.call_function(f"@wf{function}", signature, index, SiteKind.CALL, function, safepoint)


def host_call(f: FunctionEmitter, function: int, signature: FuncType, index: int, live: int) -> None:
    """Call an imported function; ``live`` is the mask of the locals that are live after it."""
    suffix = ""
    if f.context.checkpoint and function in f.context.plan.may_poll:
        # The operands are recorded with the arguments: a restored frame issues the call again.
        site = f.site(SiteKind.HOST, index, function, live)
        f.host_safepoint(site)
        suffix = " " + f.bundle(site)
    arguments = f.pop_many(len(signature.params))
    text = "ptr @wanco_instance" + "".join(f", {host_type(code)} {f.exact(code, operand)}" for code, operand in arguments)
    result = host_result(signature)
    call = f"call {result} @{f.context.host_symbols[function]}({text}){suffix}"
    if signature.results:
        f.push(CODE[signature.results[0]], f.assign(call))
    else:
        f.line("  " + call)


def host_type(code: int) -> str:
    """Type of a value that crosses to C: RISC-V wants i32 sign-extended."""
    return "i32 signext" if code == I32 else IR_TYPE[code]


def host_result(signature: FuncType) -> str:
    """Result type of a host function; attributes stand before it."""
    if not signature.results:
        return "void"
    code = CODE[signature.results[0]]
    return "signext i32" if code == I32 else IR_TYPE[code]


def host_symbol(module: str, name: str) -> str | None:
    """Symbol of an imported function, or None where the runtime has none."""
    if module == WASI_MODULE:
        return f"wanco_block_wasi_{name}" if name in BLOCKING else f"wanco_wasi_{name}"
    if (module, name) == ("wanco", "checkpoint"):
        return "wanco_block_checkpoint"
    return None


def _call_indirect(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> None:
    canonical = f.context.plan.canonical[immediate[0]]
    target = f.assign(f"load ptr, ptr {indirect_entry(f, immediate, index)}, !tbaa !3")
    safepoint = canonical in f.context.plan.indirect_may_poll
    f.call_function(target, f.module.types[immediate[0]], index, SiteKind.CALL_INDIRECT, canonical, safepoint)


def indirect_entry(f: FunctionEmitter, immediate: tuple[int, int], index: int) -> str:
    """The address of the table entry that an indirect call means: bounds and type are checked."""
    type_index, table = immediate
    canonical = f.context.plan.canonical[type_index]
    element = f.pop()
    if table in f.context.constant_tables:
        size, entries = str(f.context.table_sizes[table]), f"@wt{table}_entries"
    else:
        state = f"@wt{table}"
        size_address = f.assign(f"getelementptr inbounds i8, ptr {state}, i64 {TABLE.offsets()['size']}")
        size = f.assign(f"load i32, ptr {size_address}, !tbaa !3")
        entries = f.assign(f"load ptr, ptr {state}, !tbaa !3")
    outside = f.assign(f"icmp uge i32 {element}, {size}")
    f.trap_if(outside, Trap.UNDEFINED_ELEMENT, index)
    wide = f.assign(f"zext i32 {element} to i64")
    entry = f.assign(f"getelementptr inbounds {{ ptr, i32, i32 }}, ptr {entries}, i64 {wide}")
    type_address = f.assign(f"getelementptr inbounds i8, ptr {entry}, i64 {FUNCREF.offsets()['type']}")
    actual = f.assign(f"load i32, ptr {type_address}, !tbaa !3")
    mismatch = f.assign(f"icmp ne i32 {actual}, {canonical + 1}")
    # A null entry has type 0, so one test covers both and the trap tells them apart.
    null, code = f.value(), f.value()
    f.trap_if_text(
        mismatch,
        f"  {null} = icmp eq i32 {actual}, 0\n"
        f"  {code} = select i1 {null}, i32 {int(Trap.INDIRECT_NULL)}, i32 {int(Trap.INDIRECT_TYPE)}\n" + f.trap(code, index),
    )
    return entry


def _drop(f: FunctionEmitter, _: None, index: int) -> None:
    f.discard(f.pop())


def _select(f: FunctionEmitter, types: tuple[ValType, ...] | None, index: int) -> None:
    condition = f.pop_condition()
    code, second = f.pop_typed()
    first = f.pop()
    lanes = f.common_lanes([first, second])
    if lanes is None:
        first, second = f.exact(code, first), f.exact(code, second)
    kind = IR_TYPE[code]
    name = f.assign(f"select i1 {condition}, {kind} {first}, {kind} {second}")
    if lanes is not None:
        f.note_raw(code, name, lanes)
    f.push(code, name)


def _nop(f: FunctionEmitter, _: Any, index: int) -> None:
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
