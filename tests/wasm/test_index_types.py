"""Operators on memories and tables that i64 addresses (WebAssembly 3.0): validation knows them, the decoder refuses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import wasmtime
from wasm.binary import code, func_type
from wasm.operators import IMMEDIATES, LOCALS, opcode, surrounded, types_of

from wanco.abi.leb128 import uleb
from wanco.errors import UnsupportedError, ValidationError
from wanco.wasm.columns import Imm, Operator, TypeVariable
from wanco.wasm.decode import decode
from wanco.wasm.opcodes import OPERATORS
from wanco.wasm.types import Limits, ValType
from wanco.wasm.validate import validate

FIRST: dict[Imm, Callable[[Any], int]] = {
    Imm.MEMARG: lambda i: i[0],
    Imm.MEMARG_LANE: lambda i: i[0],
    Imm.MEMORY: int,
    Imm.TABLE: int,
    Imm.DATA_MEMORY: lambda i: i[1],
    Imm.ELEMENT_TABLE: lambda i: i[1],
    Imm.MEMORY_MEMORY: lambda i: i[0],
    Imm.TABLE_TABLE: lambda i: i[0],
}
"""The memory or table, or the destination, in an immediate."""

POLYMORPHIC = [o for o in OPERATORS.values() if TypeVariable.INDEX in (*(o.params or ()), *(o.results or ()))]


def right_types(operator: Operator, wide: set[int]) -> tuple[bytes, bytes]:
    """Parameters and results, where some memories and tables are wide."""
    immediate = IMMEDIATES[operator.immediate](operator)[1]
    first = FIRST[operator.immediate](immediate) in wide
    second = operator.immediate in (Imm.MEMORY_MEMORY, Imm.TABLE_TABLE) and immediate[1] in wide
    known = {TypeVariable.INDEX: first, TypeVariable.SOURCE_INDEX: second, TypeVariable.LENGTH: first and second}
    signature = []
    for types in (operator.params or (), operator.results or ()):
        narrow = types_of(operator, types)
        signature.append(
            bytes(ValType.I64 if isinstance(t, TypeVariable) and known.get(t) else n for t, n in zip(types, narrow, strict=True))
        )
    return signature[0], signature[1]


def written(operator: Operator, signature: tuple[bytes, bytes], wide: set[int]) -> bytes:
    gets = b"".join(b"\x20" + uleb(i) for i in range(len(signature[0])))
    body = code(gets + opcode(operator) + IMMEDIATES[operator.immediate](operator)[0], locals_=LOCALS)
    return surrounded([func_type(), func_type(b"\x7f"), func_type(*signature)], [uleb(2)], [body], wide)


def ours_accepts(data: bytes, wide: set[int]) -> bool:
    """Whether validation accepts a module whose memories and tables have become wide."""

    def widened(limits: Limits, index: int) -> Limits:
        return dataclasses.replace(limits, index=ValType.I64) if index in wide else limits

    module = decode(data)
    module.memories = [dataclasses.replace(m, limits=widened(m.limits, i)) for i, m in enumerate(module.memories)]
    module.tables = [dataclasses.replace(t, limits=widened(t.limits, i)) for i, t in enumerate(module.tables)]
    try:
        validate(module)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("wide", [{0}, {1}, {0, 1}])
def test_the_type_of_addresses_is_that_of_the_memory_or_table(wide: set[int]) -> None:
    config = wasmtime.Config()
    config.wasm_memory64 = config.wasm_multi_memory = True
    engine = wasmtime.Engine(config)
    for operator in POLYMORPHIC:
        for widths in ({0}, {1}, {0, 1}, set()):
            signature = right_types(operator, widths)
            accepted = ours_accepts(written(operator, signature, set()), wide)
            assert accepted == (signature == right_types(operator, wide)), operator
            try:
                wasmtime.Module.validate(engine, written(operator, signature, wide))
            except wasmtime.WasmtimeError:
                assert not accepted, operator
            else:
                assert accepted, operator


def test_they_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="64-bit memories and tables"):
        decode(surrounded([func_type()], [uleb(0)], [code(b"", locals_=LOCALS)], {0}))


def test_all_operators_on_memories_and_tables_are_polymorphic() -> None:
    assert [o for o in OPERATORS.values() if o.access or o.name.startswith(("memory.", "table."))] == POLYMORPHIC
