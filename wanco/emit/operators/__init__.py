"""The emission of each operator: one table, filled from the families."""

from __future__ import annotations

import re

from wanco.emit.operators import control, memory, numeric, simd, tail_calls, variables
from wanco.emit.translation import Handler
from wanco.wasm.opcodes import BY_NAME

HANDLERS: dict[int, Handler] = {
    BY_NAME[name].code: handler
    for family in (control.HANDLERS, numeric.HANDLERS, memory.HANDLERS, simd.HANDLERS, variables.HANDLERS, tail_calls.HANDLERS)
    for name, handler in family.items()
    if name in BY_NAME
}

_MEMORY_PASSED = tuple(name for name in memory.HANDLERS if ".load" in name or ".store" in name)
_STATE_PASSED = ("local.get", "local.set", "local.tee", "global.get")
_TRAPPING = re.compile(r"i\d+\.(div|rem|trunc_f)")

PASSED = frozenset(
    BY_NAME[name].code
    for name in (*numeric.HANDLERS, *_MEMORY_PASSED, *_STATE_PASSED, "drop", "select", "select_t", "nop")
    if not _TRAPPING.match(name)
)
"""Operators that stores can wait for (`wanco.emit.stores`): they end no block, trap by nothing but an
access of memory, and the accesses look themselves."""
