"""The columns *flow* and *effects* of the operator table, against what wasmtime does.

Each operator runs on chosen operands: what traps on some is what may trap; what gives other bits where
wasmtime makes NaNs canonical is what makes NaNs.  What wasmtime's validator thinks of the code behind an
operator tells whether control goes there.
"""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
import wasmtime
from wasm.binary import code, func_type
from wasm.operators import IMMEDIATES, LOCALS, opcode, surrounded, types_of

from wanco.abi.leb128 import sleb, uleb
from wanco.wasm.columns import Effect, Flow, Imm, Operator
from wanco.wasm.opcodes import BY_NAME, CHANGED_TABLE, LABELS, OPENING, OPERATORS, STOPPING, with_effects, with_flow
from wanco.wasm.types import ValType

RUNS = 24
"""Operands that are tried of an operator at most."""

FLOATS = (float("inf"), 1e30, -2.5, 0.0)
NANS = {ValType.F32: b"\x45\x23\xd1\xff", ValType.F64: b"\x45\x23\0\0\0\0\xf9\xff"}
"""NaNs with a sign and a payload, as bytes."""


def _vectors() -> Iterator[bytes]:
    yield from (NANS[ValType.F32] * 4, NANS[ValType.F64] * 2, struct.pack("<4f", *FLOATS), struct.pack("<2d", *FLOATS[:2]))


def _constant(type_: ValType, value: bytes) -> bytes:
    return {ValType.F32: b"\x43", ValType.F64: b"\x44", ValType.V128: b"\xfd\x0c"}[type_] + value


CONSTANTS: dict[int, Sequence[bytes]] = {
    ValType.I32: [b"\x41" + sleb(v) for v in (-1, 0, 1, -(2**31), 12)],
    ValType.I64: [b"\x42" + sleb(v) for v in (-1, 0, 1, -(2**63), 12)],
    ValType.F32: [_constant(ValType.F32, v) for v in (NANS[ValType.F32], *(struct.pack("<f", v) for v in FLOATS))],
    ValType.F64: [_constant(ValType.F64, v) for v in (NANS[ValType.F64], *(struct.pack("<d", v) for v in FLOATS))],
    ValType.V128: [_constant(ValType.V128, v) for v in _vectors()],
    ValType.FUNCREF: [b"\xd0\x70", b"\xd2\0"],
}
"""Instructions that give operands, by type."""

SHOWN: dict[int, tuple[bytes, bytes]] = {
    ValType.I32: (b"\x7f", b""),
    ValType.I64: (b"\x7e", b""),
    ValType.F32: (b"\x7f", b"\xbc"),
    ValType.F64: (b"\x7e", b"\xbd"),
    ValType.V128: (b"\x7e\x7e", b"\x22\x01\xfd\x1d\0\x20\x01\xfd\x1d\x01"),
    ValType.FUNCREF: (b"\x7f", b"\xd1"),
}
"""How a result is looked at: types of integers, and the instructions that make them of it."""

RUN = [o for o in OPERATORS.values() if o.flow is Flow.NEXT]


def encoded(operator: Operator) -> bytes:
    return opcode(operator) + IMMEDIATES[operator.immediate](operator)[0]


def operands(operator: Operator) -> list[bytes]:
    """Instructions that push operands, for several runs of an operator."""
    types = [ValType.I32] * 3 if operator.params is None else types_of(operator, operator.params)
    all_ = [b"".join(choice) for choice in itertools.product(*(CONSTANTS[t] for t in types))]
    return all_ if len(all_) <= RUNS else random.Random(operator.code).sample(all_, RUNS)


@pytest.fixture(autouse=True, scope="module")
def _engines_end() -> Iterator[None]:
    yield
    _engine.cache_clear()


@cache
def _engine(canonical: bool) -> wasmtime.Engine:
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = canonical
    config.wasm_relaxed_simd = config.wasm_relaxed_simd_deterministic = config.wasm_multi_memory = config.wasm_tail_call = True
    return wasmtime.Engine(config)


@cache
def outcomes(canonical: bool) -> dict[str, list[object]]:
    """By operator the results of all runs, None where it trapped."""
    types, functions, bodies, names = [func_type(), func_type(b"\x7f")], [], [], []
    for operator in RUN:
        results = types_of(operator, operator.results) if operator.params is not None else b"\x7f"
        shown, look = SHOWN[results[0]] if results else (b"", b"")
        types.append(func_type(b"", shown))
        for pushed in operands(operator):
            functions.append(uleb(len(types) - 1))
            bodies.append(code(pushed + encoded(operator) + look, locals_=LOCALS))
            names.append(operator.name)
    engine = _engine(canonical)
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, surrounded(types, functions, bodies)), []).exports(store)
    found: dict[str, list[object]] = {}
    for number, name in enumerate(names):
        function = exports[str(number)]
        assert isinstance(function, wasmtime.Func)
        try:
            found.setdefault(name, []).append(function(store))
        except wasmtime.Trap:
            found.setdefault(name, []).append("trap")
    return found


def named(effect: Effect) -> set[str]:
    return {o.name for o in RUN if o.effects & effect}


def test_what_may_trap_traps() -> None:
    trapping = {name for name, results in outcomes(True).items() if "trap" in results}
    assert trapping == named(Effect.MAY_TRAP)


def test_what_makes_nans_is_made_canonical() -> None:
    canonical, exact = outcomes(True), outcomes(False)
    assert {name for name in exact if exact[name] != canonical[name]} == named(Effect.MAKES_NAN)


def test_effects_are_those_of_the_names() -> None:
    """The names say what is touched: the family before the dot, and what is done with it."""
    for o in RUN:
        family, _, action = o.name.rpartition(".")
        reads, writes = o.name in ("memory.copy", "table.copy") or action == "get", action in ("set", "tee", "fill", "copy", "init")
        expected = {
            Effect.READS_LOCAL: family == "local" and reads,
            Effect.WRITES_LOCAL: family == "local" and writes,
            Effect.READS_GLOBAL: family == "global" and reads,
            Effect.WRITES_GLOBAL: family == "global" and writes,
            Effect.READS_TABLE: family == "table" and reads,
            Effect.WRITES_TABLE: family == "table" and (writes or action == "grow"),
            Effect.READS_MEMORY: action.startswith("load") or (family == "memory" and reads),
            Effect.WRITES_MEMORY: action.startswith("store") or (family == "memory" and writes),
            Effect.READS_SIZE: action in ("size", "grow"),
            Effect.GROWS: action == "grow",
            Effect.READS_SEGMENT: action == "init",
            Effect.DROPS_SEGMENT: family in ("data", "elem"),
        }
        assert {e: bool(o.effects & e) for e in expected} == expected, o


OPERANDS = {"if": 1, "br_if": 1, "br_table": 1, "call_indirect": 1, "return_call_indirect": 1, "select": 3}
"""How many i32 the operators take whose types the table does not give."""


def accepted(operator: Operator, *behind: bytes) -> bool:
    """Whether wasmtime accepts an operator in a function, with some instructions behind it."""
    if operator.params is None:
        pushed = CONSTANTS[ValType.I32][0] * OPERANDS.get(operator.name, 0)
        results = b"\x7f" if operator.name == "select" else b""
    else:
        pushed, results = operands(operator)[0], types_of(operator, operator.results)
    before = b"\x02\x40" if operator.flow is Flow.END else b""
    written = opcode(operator) + b"\x40" if operator.immediate is Imm.BLOCK else encoded(operator)
    body = before + pushed + written + b"\x1a" * len(results) + b"".join(behind)
    try:
        wasmtime.Module.validate(_engine(True), surrounded([func_type(), func_type()], [uleb(0)], [code(body, locals_=LOCALS)]))
    except wasmtime.WasmtimeError:
        return False
    return True


END, ADD, DROP = b"\x0b", b"\x6a", b"\x1a"


def test_flow_is_that_of_the_validator() -> None:
    """Code that cannot be reached may take operands that are not there; an open construct needs an end."""
    operators = [o for o in OPERATORS.values() if o.flow is not Flow.ELSE]
    assert {o.code for o in operators if accepted(o, END)} == OPENING
    assert {o.code for o in operators if accepted(o)} == {o.code for o in operators} - OPENING
    assert {o.code for o in operators if accepted(o, ADD, DROP, *[END] * (o.code in OPENING))} == STOPPING - with_flow(Flow.ELSE)


def _decoded(name: str) -> Any:
    return IMMEDIATES[BY_NAME[name].immediate](BY_NAME[name])[1]


def test_what_immediates_name() -> None:
    assert LABELS.keys() == with_flow(Flow.BRANCH, Flow.BRANCH_IF)
    assert LABELS[BY_NAME["br"].code](_decoded("br")) == (0,)
    assert LABELS[BY_NAME["br_table"].code](((1, 2), 3)) == (1, 2, 3)
    assert CHANGED_TABLE.keys() == {code for code in with_effects(Effect.WRITES_TABLE) if OPERATORS[code].flow is Flow.NEXT}
    names = [OPERATORS[code].name for code in CHANGED_TABLE]
    changed = {name: CHANGED_TABLE[BY_NAME[name].code](_decoded(name)) for name in names}
    assert changed == {"table.set": 1, "table.grow": 1, "table.fill": 1, "table.init": 0, "table.copy": 1}
