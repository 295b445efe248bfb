"""The emission of each operator: one table, filled from the families."""

from __future__ import annotations

from wanco.emit import control, memory, numeric, simd, state, tail_calls
from wanco.emit.function import Handler
from wanco.wasm.opcodes import BY_NAME

HANDLERS: dict[int, Handler] = {
    BY_NAME[name].code: handler
    for family in (control.HANDLERS, numeric.HANDLERS, memory.HANDLERS, simd.HANDLERS, state.HANDLERS, tail_calls.HANDLERS)
    for name, handler in family.items()
    if name in BY_NAME
}
