"""What asks for too much is refused."""

from __future__ import annotations

import pytest

from wanco.abi.layout import MAX_MEMORIES
from wanco.errors import UnsupportedError
from wanco.wasm.decode import decode
from wanco.wasm.limits import MAX_TABLE_SIZE, check_limits
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate


def check(fields: str) -> None:
    module = decode(read_module(f"(module {fields})".encode()))
    validate(module)
    check_limits(module)


def test_a_table_cannot_ask_for_gigabytes() -> None:
    check(f"(table {MAX_TABLE_SIZE} externref)")
    with pytest.raises(UnsupportedError, match="more than 10000000 elements of tables in table section"):
        check("(table 4000000000 funcref)")


def test_memories_are_limited() -> None:
    check("(memory 0)" * MAX_MEMORIES)
    with pytest.raises(UnsupportedError, match=f"more than {MAX_MEMORIES} memories"):
        check("(memory 0)" * (MAX_MEMORIES + 1))
