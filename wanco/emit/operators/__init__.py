"""The emission of each operator: one table, filled from the families."""

from __future__ import annotations

from wanco.emit.operators import control, memory, numeric, simd, tail_calls, variables
from wanco.emit.translation import Handler
from wanco.wasm.columns import Effect, Flow, Imm, Operator, TypeVariable
from wanco.wasm.opcodes import BY_NAME, OPERATORS
from wanco.wasm.types import ValType

HANDLERS: dict[int, Handler] = {
    BY_NAME[name].code: handler
    for family in (control.HANDLERS, numeric.HANDLERS, memory.HANDLERS, simd.HANDLERS, variables.HANDLERS, tail_calls.HANDLERS)
    for name, handler in family.items()
}

_HARMLESS = Effect.READS_LOCAL | Effect.WRITES_LOCAL | Effect.READS_GLOBAL | Effect.MAKES_NAN
_ACCESS = Effect.READS_MEMORY | Effect.WRITES_MEMORY | Effect.MAY_TRAP
_NOT_PASSED = (ValType.V128, ValType.FUNCREF, TypeVariable.REFERENCE)
"""Types on which the families' emission does not look at waiting stores."""


def _passes(operator: Operator) -> bool:
    effects = operator.effects & ~_HARMLESS
    if operator.flow is not Flow.NEXT or operator.immediate is Imm.REF_TYPE:
        return False
    if effects and (effects & ~_ACCESS or not operator.access):
        return False
    return not any(type_ in _NOT_PASSED for type_ in (*(operator.params or ()), *(operator.results or ())))


PASSED = frozenset(code for code, operator in OPERATORS.items() if _passes(operator))
"""Operators that stores can wait for (`wanco.emit.stores`): they end no block, trap by nothing but an
access of memory, and the accesses look themselves."""
