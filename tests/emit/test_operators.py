"""What the emitter makes of the operator table."""

from __future__ import annotations

import re

from wanco.emit.operators import HANDLERS, PASSED
from wanco.wasm.opcodes import OPERATORS


def test_every_operator_is_emitted() -> None:
    assert HANDLERS.keys() == OPERATORS.keys()


def test_stores_wait_for_numbers_and_variables_that_are_read() -> None:
    waited = re.compile(r"[if](32|64)\.(?!(div|rem)_|trunc_f)|f(32|64)\.(div|trunc)$|local\.|global\.get$|(drop|select|select_t|nop)$")
    assert {o.name for o in OPERATORS.values() if waited.match(o.name)} == {OPERATORS[code].name for code in PASSED}
