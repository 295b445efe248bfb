"""The walk over one function body: each instruction is handed to its operator, in one pass and in SSA form.

What is known at a point of the walk is a `Translation`; how state is held there is its mode
(`wanco.emit.state_mode`), which the walk is given.
"""

from __future__ import annotations

from wanco.emit.context import BODY
from wanco.emit.flow import next_reachable
from wanco.emit.frames import ControlFrame
from wanco.emit.ir.values import codes
from wanco.emit.operators import HANDLERS, PASSED
from wanco.emit.stores import make_stores
from wanco.emit.translation import Translation


def open_body(t: Translation) -> None:
    """Open the construct that the body itself is."""
    results = codes(t.body.signature.results)
    body = ControlFrame(BODY, t.body.structure.end_of[BODY], 0, (), results, results, t.ir.label())
    t.frames.append(body)
    t.mode.opened(body)


def walk(t: Translation, start: int, stop: int) -> None:
    """Emit the instructions from ``start`` to ``stop``, both included."""
    instrs, handlers, passed, ir, waiting = t.body.instrs, HANDLERS, PASSED, t.ir, t.waiting
    index = start
    while index <= stop:
        if not ir.reachable:
            index = next_reachable(t)
        elif not ir.live:
            index = t.mode.skip_dead(index)
        op, _, immediate = instrs[index]
        if waiting and op not in passed:
            make_stores(t)
        handlers[op](t, immediate, index)
        index += 1


def walk_body(t: Translation) -> None:
    """Emit the whole body."""
    walk(t, 0, t.body.structure.end_of[BODY])
