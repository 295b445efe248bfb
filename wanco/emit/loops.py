"""Loops in SSA form: headers with phis for all that changes, polls on back edges, strips.

A header's phis are filled in when the back edge is known.  A loop that polls does so on its latch,
between the back edges and the header.  An innermost loop without other safepoints polls once in a
*strip* of iterations (docs/architecture.md, "Safepoints"):

* *counted*, where the number of iterations is known before they start: an outer header, which
  computes the strip's length, and an inner one, whose back edge counts to it; so LLVM sees a loop with one
  exit and a known count, and can vectorise it;
* else *uncounted*: back edges count up to the poll interval, and the poll is a way around.
"""

from __future__ import annotations

from collections.abc import Iterable

from wanco.abi.layout import SiteKind
from wanco.analysis.structure import Loop, countdown
from wanco.emit.context import bits
from wanco.emit.flow import edge, edge_to, open_frame
from wanco.emit.frames import Edge, Header, LoopFrame, Phi, Strip
from wanco.emit.ir.builder import Block, fill
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.values import DEAD, I32, IR_TYPE, codes, is_integer_constant
from wanco.emit.nan import FLOATING
from wanco.emit.safepoints import site_for
from wanco.emit.streams import annotation
from wanco.emit.translation import Translation
from wanco.wasm.types import FuncType

# ---- opening ------------------------------------------------------------------------------


def open_loop(t: Translation, signature: FuncType, index: int) -> None:
    """`loop`: open the header, or both headers of a strip-mined loop."""
    loop = t.body.structure.loops[index]
    parameters = codes(signature.params)
    height = len(t.stack) - len(parameters)
    frame = LoopFrame(index, loop.end, height, parameters, codes(signature.results), parameters, t.ir.label())
    open_frame(t, frame)
    if not loop.back_edges:
        return
    live = t.body.liveness[index]
    if not t.context.checkpoint or not t.context.plan.loop_polls(loop) or t.mode.is_short(loop):
        frame.header = t.mode.open_header(frame, live)
        return
    frame.site = site_for(t, SiteKind.LOOP, index, 0, live, t.stack)
    strip = t.mode.may_strip(loop)
    frame.header = t.mode.open_header(frame, live)
    if strip:
        number, outer = t.ir.values, t.ir.block
        inner = t.mode.open_header(frame, live)
        counter = t.ir.value()
        frame.strip = Strip(inner, outer, counter, t.ir.open_phi(counter), number)


def may_strip(t: Translation, loop: Loop) -> bool:
    """Whether polls can be counted: nothing else in the loop is a safepoint."""
    return loop.innermost and t.context.poll_interval > 1 and not any(map(t.is_safepoint_call, loop.calls))


def is_short(t: Translation, loop: Loop) -> bool:
    """Whether a loop ends before its first poll would come: it counts down from ``x & C``."""
    local = countdown(t.body.instrs, loop) if loop.innermost else None
    if local is None or t.known.masked.get(t.locals[local], t.context.poll_interval) >= t.context.poll_interval:
        return False
    if any(map(t.is_safepoint_call, loop.calls)):
        return False
    t.found.short_loops.add(loop.start)
    return True


def start_header(t: Translation, frame: LoopFrame) -> Header:
    """Branch to a new loop header, which has no phis yet."""
    label = t.ir.label()
    entry = edge_to(t, frame)
    t.ir.jump(label)
    t.ir.start(label)
    return Header(frame.start, label, entry, [])


def open_header(t: Translation, frame: LoopFrame, live: int) -> Header:
    """Branch to a new loop header and make a phi for all that may change in the loop."""
    header = start_header(t, frame)
    assigned = t.body.structure.loops[frame.start].assigned
    for local in bits(assigned & live):
        t.locals[local] = header_phi(t, header, local, t.body.local_codes[local], t.locals[local])
    for local in bits(assigned & ~live):
        t.locals[local] = DEAD
    for position in range(frame.height, len(t.stack)):
        code, operand = t.stack[position]
        t.stack[position] = (code, header_phi(t, header, ~position, code, operand))
    if t.body.structure.loops[frame.start].innermost:
        t.streams.open(phi.name for phi in header.phis if phi.code == I32)
    return header


def header_phi(t: Translation, header: Header, slot: int, code: int, entry: str) -> str:
    """A phi whose back edge is not known yet."""
    name = t.ir.value()
    if code in FLOATING:
        entry = t.nan.into_header(header.loop, slot, code, name, entry, header.entry.block)
    header.phis.append(Phi(slot, code, name, entry, t.ir.open_phi(name)))
    return name


# ---- closing ------------------------------------------------------------------------------


def close_loop(t: Translation, frame: LoopFrame) -> None:
    """`end` of a loop: emit its latch and go on after it."""
    exits: list[Edge] = []
    after = t.ir.label()
    if t.ir.live:
        exits.append(t.mode.fall_through(after))
    if frame.header:
        _emit_latch(t, frame, frame.header)
    t.mode.join(exits, after, t.body.liveness.get(frame.end, 0))


def _emit_latch(t: Translation, frame: LoopFrame, header: Header) -> None:
    """Everything between the back edges of a loop and its header."""
    live = t.body.liveness[frame.start]
    strip = frame.strip
    if strip and strip.counted:
        to_inner, to_poll = strip.counted
        _close_strip(t, strip, to_inner)
        t.mode.join([to_poll], frame.label, live)
    else:
        t.mode.join(frame.edges, frame.label, live)
        if strip:
            _emit_strip_latch(t, frame, strip)
            close_header(t, header, None)
            return
    if not t.ir.live:
        close_header(t, header, None)
        return
    if frame.site:
        t.mode.note_raw(frame.site)
        t.mode.poll(frame.site)
    back = edge_to(t, frame)
    t.ir.leave(f"br label %{header.label}")
    close_header(t, header, back)


def _emit_strip_latch(t: Translation, frame: LoopFrame, strip: Strip) -> None:
    """The latch of an uncounted strip.  A poll changes no values: it is a way around, and the loop has one header."""
    if not t.ir.live:
        _close_strip(t, strip, None)
        return
    advanced = t.ir.assign(f"add nuw nsw i32 {strip.counter}, 1", strip.counter)
    done = t.ir.icmp("eq", "i32", advanced, str(t.context.poll_interval))
    poll, back, latch = t.ir.label(), t.ir.label(), t.ir.block
    t.ir.fork(done, poll, back, rare=True)
    t.ir.start(poll)
    if frame.site:
        t.mode.note_raw(frame.site)
        t.mode.poll(frame.site)
    polled = t.ir.block
    t.ir.jump(back)
    t.ir.start(back)
    strip.next_counter = t.ir.phi("i32", [(advanced, latch), ("0", polled)])
    around = edge_to(t, frame)
    t.ir.leave(f"br label %{strip.inner.label}")
    _close_strip(t, strip, around)


def _close_strip(t: Translation, strip: Strip, back: Edge | None) -> None:
    """Fill in the inner header and the strip's counter."""
    close_header(t, strip.inner, back)
    incoming = [("0", strip.inner.entry.block)]
    if back:
        incoming.append((strip.next_counter, back.block))
    fill(strip.counter_phi, "i32", incoming)


def close_header(t: Translation, header: Header, back: Edge | None) -> None:
    """Fill in the phis of a header from its back edge."""
    _separate(t, t.streams.close(), header.entry.block)
    for phi in header.phis:
        incoming = [(phi.entry, header.entry.block)]
        if back:
            operand = back.locals[phi.slot] if phi.slot >= 0 else back.stack[~phi.slot][1]
            if phi.code in FLOATING:
                operand = t.nan.around(header.loop, phi.slot, phi.code, phi.name, phi.entry, operand, back.block)
            incoming.append((operand, back.block))
        fill(phi.instruction, IR_TYPE[phi.code], incoming)


def _separate(t: Translation, streams: list[list[Instruction]], entry: Block) -> None:
    """Give the pointers of each stream of a loop, which is entered from a block, a base of their own."""
    bases = [t.ir.value() for _ in streams]
    for base, pointers in zip(bases, streams, strict=True):
        for pointer in pointers:
            offset = pointer.operands[-1]
            pointer.text = f"getelementptr i8, ptr {base}, i64 {offset}"
            pointer.operands = (base, offset)
    if bases:
        entry.before_end([annotation(base, number) for number, base in enumerate(bases)])


# ---- counted strips -----------------------------------------------------------------------


def counted_limit(t: Translation, frame: LoopFrame, strip: Strip, operand: str, condition: str) -> str | None:
    """The iterations to run before the loop's condition must be looked at, if countable.

    A loop is countable where its only back edge is taken while ``i + step != end``, i being
    a local that the loop header holds and that this iteration has already advanced, step a
    power of two and end defined outside.  Then the condition first fails after exactly
    ``(end - i) / step`` iterations, or not within this strip.  Returns the operand that
    holds the strip's length, its computation put in front of the inner header.
    """
    if t.body.structure.loops[frame.start].back_edges != 1 or frame.branch_codes:
        return None
    for advanced, end in _counters(t, operand, condition):
        increment = t.known.increment.get(advanced)
        if increment is None or not _is_invariant(end, strip.number):
            continue
        base, step = increment
        size = abs(step)
        if size == 0 or size & (size - 1):
            continue
        for phi in strip.inner.phis:
            if phi.name == base and phi.slot >= 0 and t.locals[phi.slot] == advanced:
                start, stop = (phi.entry, end) if step > 0 else (end, phi.entry)
                return _place_limit(t, strip, IR_TYPE[phi.code], start, stop, size)
    return None


def _counters(t: Translation, operand: str, condition: str) -> Iterable[tuple[str, str]]:
    """What can be (i + step, end) in a condition that takes the back edge."""
    comparison = t.known.compare.get(condition)
    if comparison is None:
        return [(operand, "0")]
    predicate, _, a, b = comparison
    return [(a, b), (b, a)] if predicate == "ne" else []


def _is_invariant(operand: str, number: int) -> bool:
    if operand.startswith("%v"):
        return int(operand[2:]) <= number
    return is_integer_constant(operand) or operand.startswith("%p")


def _place_limit(t: Translation, strip: Strip, kind: str, start: str, stop: str, size: int) -> str:
    interval = t.context.poll_interval
    distance, count, remainder, inexact, none, unknown, large, whole, limit = (t.ir.value() for _ in range(9))

    def add(name: str, text: str, *operands: str) -> None:
        strip.outer.body.append(Instruction(name, text, operands, Effect.NONE))

    add(distance, f"sub {kind} {stop}, {start}", stop, start)
    add(count, f"lshr {kind} {distance}, {size.bit_length() - 1}", distance)
    add(remainder, f"and {kind} {distance}, {size - 1}", distance)
    add(inexact, f"icmp ne {kind} {remainder}, 0", remainder)
    add(none, f"icmp eq {kind} {distance}, 0", distance)
    add(unknown, f"or i1 {inexact}, {none}", inexact, none)
    add(large, f"icmp ugt {kind} {count}, {interval}", count)
    add(whole, f"or i1 {unknown}, {large}", unknown, large)
    add(limit, f"select i1 {whole}, {kind} {interval}, {kind} {count}", whole, count)
    if kind == "i64":
        narrow = t.ir.value()
        add(narrow, f"trunc i64 {limit} to i32", limit)
        limit = narrow
    return limit


def end_strip(t: Translation, frame: LoopFrame, strip: Strip, limit: str, condition: str, following: str) -> None:
    """The back edge of a counted strip: the loop's own condition is looked at only after
    ``limit`` iterations, so LLVM sees a loop with one exit and a known count."""
    strip.next_counter = t.ir.assign(f"add nuw nsw i32 {strip.counter}, 1", strip.counter)
    more = t.ir.icmp("ne", "i32", strip.next_counter, limit)
    used_up = t.ir.label()
    to_inner = edge(t, frame.height, 0)
    t.ir.fork(more, strip.inner.label, used_up)
    t.ir.start(used_up)
    to_poll = edge(t, frame.height, 0)
    t.ir.fork(condition, frame.label, following)
    strip.counted = (to_inner, to_poll)
