"""What a valid module may ask for at most.

All that is decoded is compiled; parts of WebAssembly that are not are refused by the decoder,
by one line that names the feature and the place.
"""

from __future__ import annotations

from wanco.errors import UnsupportedError
from wanco.layout import MAX_MEMORIES
from wanco.wasm.module import Module

MAX_TABLE_SIZE = 10_000_000
"""Initial elements of a table; the limit of the JavaScript embedding.  Without one, a few bytes could ask for 64 GiB."""


def check_limits(module: Module) -> None:
    """Check that a validated module asks for no more than there is.

    Raises `UnsupportedError` for too many memories or elements of a table.
    """
    if len(module.memories) > MAX_MEMORIES:
        raise UnsupportedError(f"not supported: more than {MAX_MEMORIES} memories", None, "memory section")
    for index, table in enumerate(module.tables):
        if table.limits.minimum > MAX_TABLE_SIZE:
            raise UnsupportedError(f"not supported: more than {MAX_TABLE_SIZE} elements", None, f"table {index}")
