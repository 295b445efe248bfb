"""Edges and joins in SSA form: phis are placed where WebAssembly's structured control says that values meet."""

from __future__ import annotations

from wanco.emit.context import bits
from wanco.emit.frames import ControlFrame, Edge, IfFrame
from wanco.emit.ir.values import DEAD, IR_TYPE
from wanco.emit.nan import FLOATING
from wanco.emit.translation import Translation


def edge(t: Translation, height: int, count: int) -> Edge:
    """The edge that the next terminator makes, carrying the top ``count`` operands over the lowest ``height``."""
    if len(t.stack) > height + count:
        t.found.discards = True
    t.context.budget.carry(len(t.locals) + height + count)
    stack = t.stack[:height] + (t.stack[-count:] if count else [])
    return Edge(t.ir.block, list(t.locals), stack)


def edge_to(t: Translation, frame: ControlFrame) -> Edge:
    """The edge that the next terminator makes to a construct's label."""
    return edge(t, frame.height, len(frame.branch_codes))


def branch(t: Translation, frame: ControlFrame) -> None:
    """Branch unconditionally to a construct's label."""
    if t.ir.live:
        t.ir.jump(t.mode.target(frame, conditional=False))
    t.ir.live = t.ir.reachable = False


def fall_through(t: Translation, label: str) -> Edge:
    """Branch to ``label`` with the whole state; code stays reachable."""
    t.context.budget.carry(len(t.locals) + len(t.stack))
    whole = Edge(t.ir.block, list(t.locals), list(t.stack))
    t.ir.jump(label)
    t.ir.live = False
    return whole


def join(t: Translation, edges: list[Edge], label: str, live: int) -> None:
    """Open block ``label``, where ``edges`` meet; only locals in the mask ``live`` matter."""
    if not edges:
        t.ir.live = False
        return
    t.ir.start(label)
    first = edges[0]
    t.locals = list(first.locals)
    t.stack = list(first.stack)
    if len(edges) == 1:
        return
    merged = [DEAD] * len(t.locals)
    for local in bits(live):
        merged[local] = merge(t, t.body.local_codes[local], [e.locals[local] for e in edges], edges)
    t.locals = merged
    for position, (code, _) in enumerate(first.stack):
        t.stack[position] = (code, merge(t, code, [e.stack[position][1] for e in edges], edges))


def merge(t: Translation, code: int, operands: list[str], edges: list[Edge]) -> str:
    """One value from several edges: a phi where they differ."""
    first = operands[0]
    if operands.count(first) == len(operands):
        return first
    name = t.ir.value()
    if code in FLOATING:
        lanes = t.nan.common_lanes(operands)
        if lanes is not None:
            t.nan.note(code, name, lanes)
        else:
            operands = [t.nan.exact_on(e.block, code, operand) for e, operand in zip(edges, operands, strict=True)]
    return t.ir.phi(IR_TYPE[code], [(operand, e.block) for operand, e in zip(operands, edges, strict=True)], name)


def open_frame(t: Translation, frame: ControlFrame) -> None:
    """Open a construct in the innermost one."""
    frame.mark = t.neighbours.mark()
    t.frames.append(frame)


def next_reachable(t: Translation) -> int:
    """Index of the `else` or `end` that closes the unreachable code."""
    frame = t.frames[-1]
    if isinstance(frame, IfFrame) and not frame.in_else:
        return t.body.structure.else_of.get(frame.start, frame.end)
    return frame.end
