"""What a valid module may ask for at most.

All that is decoded is compiled; parts of WebAssembly that are not are refused by the decoder,
by one line that names the feature and the place.
"""

from __future__ import annotations

from collections.abc import Callable

from wanco.abi.layout import MAX_MEMORIES
from wanco.errors import UnsupportedError
from wanco.wasm.module import Module

MAX_TABLE_SIZE = 10_000_000
"""Initial elements of all tables; the limit of the JavaScript embedding for one.  Without it, a few bytes could ask for 64 GiB."""

MAX_FUNCTION_SIZE = 7_654_321
"""Bytes of a function body."""

_LIMITS: tuple[tuple[str, str, int, Callable[[Module], int]], ...] = (
    ("types", "type section", 1_000_000, lambda m: len(m.types)),
    ("imports", "import section", 1_000_000, lambda m: len(m.imports)),
    ("functions", "function section", 1_000_000, lambda m: len(m.functions)),
    ("tables", "table section", 100_000, lambda m: len(m.tables)),
    ("elements of tables", "table section", MAX_TABLE_SIZE, lambda m: sum(table.limits.minimum for table in m.tables)),
    ("memories", "memory section", MAX_MEMORIES, lambda m: len(m.memories)),
    ("globals", "global section", 1_000_000, lambda m: len(m.globals)),
    ("exports", "export section", 1_000_000, lambda m: len(m.exports)),
    ("data segments", "data section", 100_000, lambda m: len(m.data)),
)
"""What a module may have at most: (what, where, how many, how many it has).  But for the memories and the sum over
tables, these are the limits of the JavaScript embedding, as is `MAX_FUNCTION_SIZE`."""


def check_limits(module: Module) -> None:
    """Check that a validated module asks for no more than there is.

    Raises `UnsupportedError` for the first thing of which there is too much.
    """
    for what, where, most, count in _LIMITS:
        if count(module) > most:
            raise UnsupportedError(f"not supported: more than {most} {what}", None, where)
    for index, code in enumerate(module.code, module.imported_functions):
        if len(code.body) > MAX_FUNCTION_SIZE:
            reason = f"not supported: a function of more than {MAX_FUNCTION_SIZE} bytes"
            raise UnsupportedError(reason, code.offset, module.describe_function(index))
