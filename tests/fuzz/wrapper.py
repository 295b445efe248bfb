"""A module that calls and reads other modules, so that everything is comparable as numbers.

It imports all that components export: each of its functions has no parameters, and its
results are i64.  One calls an exported function with constants, others give the values of
the globals, and hash the memories and tables.  wasmtime links it with the components; for
us all become one module (`tests.spec.merge`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wanco.abi.layout import ExternKind
from wanco.wasm.module import Export, Module
from wanco.wasm.text import read_module
from wanco.wasm.types import FuncType, Limits, ValType

CALLS_PER_FUNCTION = 3
MAX_CALLS = 12
"""Calls for each component."""

_WORDS = 32
"""Words that are hashed between two polls."""

_INTEGERS = (0, 1, 2, 7, -1, 255, 65535, 65536, (1 << 31) - 1, -(1 << 31), 1 << 40, (1 << 63) - 1, -(1 << 63))
_FLOATS = ("0", "-0", "1", "-1.5", "inf", "-inf", "nan", "nan:0x200001", "3e9", "1e-40", "-2147483649", "9223372036854775808", "0x1p-149")

# What makes an i64 of a value in a local; v128 gives two, references whether they are null.
_AS_I64: dict[ValType, tuple[str, ...]] = {
    ValType.I32: ("(i64.extend_i32_u {})",),
    ValType.I64: ("{}",),
    ValType.F32: ("(i64.extend_i32_u (i32.reinterpret_f32 {}))",),
    ValType.F64: ("(i64.reinterpret_f64 {})",),
    ValType.V128: ("(i64x2.extract_lane 0 {})", "(i64x2.extract_lane 1 {})"),
    ValType.FUNCREF: ("(i64.extend_i32_u (ref.is_null {}))",),
    ValType.EXTERNREF: ("(i64.extend_i32_u (ref.is_null {}))",),
}


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The module, and for each of its exports the component that it acts on."""

    data: bytes
    acts_on: tuple[int, ...]


def make_wrapper(components: Sequence[Module], rng: random.Random) -> Wrapper:
    """Calls in random order, then the state of each component."""
    imports: list[str] = []
    calls: list[tuple[int, str]] = []
    states: list[tuple[int, str]] = []
    for number, component in enumerate(components):
        own = []
        for position, export in enumerate(component.exports):
            symbol = f"$c{number}_{position}"
            imports.append(f'(import "{number}" {_quoted(export.name)} {_import(component, export, symbol)})')
            if export.kind is ExternKind.FUNCTION:
                type_ = component.func_type(export.index)
                own += [(number, _call(symbol, type_, rng)) for _ in range(CALLS_PER_FUNCTION)]
            else:
                states.append((number, _STATES[export.kind](component, export.index, symbol)))
        rng.shuffle(own)
        calls += own[:MAX_CALLS]
    rng.shuffle(calls)
    everything = calls + states
    functions = [f'(func (export "{position}") {text})' for position, (_, text) in enumerate(everything)]
    data = read_module("\n".join(["(module", *imports, *functions, ")"]).encode())
    return Wrapper(data, tuple(number for number, _ in everything))


def _quoted(name: str) -> str:
    return '"' + "".join(f"\\{byte:02x}" for byte in name.encode()) + '"'


def _import(component: Module, export: Export, symbol: str) -> str:
    if export.kind is ExternKind.FUNCTION:
        type_ = component.func_type(export.index)
        return f"(func {symbol} (param {_types(type_.params)}) (result {_types(type_.results)}))"
    if export.kind is ExternKind.GLOBAL:
        global_type = component.globals[export.index].type
        return f"(global {symbol} {f'(mut {global_type.value})' if global_type.mutable else global_type.value})"
    if export.kind is ExternKind.MEMORY:
        return f"(memory {symbol} {_limits(component.memories[export.index].limits)})"
    table = component.tables[export.index]
    return f"(table {symbol} {_limits(table.limits)} {table.element})"


def _types(types: Sequence[ValType]) -> str:
    return " ".join(map(str, types))


def _limits(limits: Limits) -> str:
    return f"{limits.minimum}" if limits.maximum is None else f"{limits.minimum} {limits.maximum}"


def _call(symbol: str, type_: FuncType, rng: random.Random) -> str:
    arguments = " ".join(_constant(value, rng) for value in type_.params)
    locals_ = f"(local {_types(type_.results)})"
    stores = " ".join(f"(local.set {i})" for i in reversed(range(len(type_.results))))
    results = [form.format(f"(local.get {i})") for i, value in enumerate(type_.results) for form in _AS_I64[value]]
    return f"{_result(len(results))} {locals_} (call {symbol} {arguments}) {stores} {' '.join(results)}"


def _result(count: int) -> str:
    return f"(result {'i64 ' * count})"


def _constant(type_: ValType, rng: random.Random) -> str:
    if type_.is_reference:
        return f"(ref.null {'func' if type_ is ValType.FUNCREF else 'extern'})"
    if type_ in (ValType.F32, ValType.F64):
        return f"({type_}.const {rng.choice(_FLOATS)})"
    number = rng.choice(_INTEGERS) if rng.random() < 0.7 else rng.getrandbits(64)
    if type_ is ValType.V128:
        return f"(v128.const i64x2 {number % (1 << 64)} {rng.getrandbits(64)})"
    return f"({type_}.const {number % (1 << (32 if type_ is ValType.I32 else 64))})"


def _global(component: Module, index: int, symbol: str) -> str:
    forms = _AS_I64[component.globals[index].type.value]
    return f"{_result(len(forms))} {' '.join(form.format(f'(global.get {symbol})') for form in forms)}"


def _memory(_component: Module, _index: int, symbol: str) -> str:
    """Its size, and a hash of its contents."""
    words = "".join(
        f"(local.set 2 (i64.xor (local.get 2) (i64.load {symbol} offset={8 * word} (local.get 0))))"
        "(local.set 2 (i64.rotl (i64.mul (local.get 2) (i64.const 0x9e3779b97f4a7c15)) (i64.const 31)))"
        for word in range(_WORDS)
    )
    return f"""(result i64 i64) (local i32 i32 i64)
      (local.set 1 (i32.mul (memory.size {symbol}) (i32.const 65536)))
      (block $done (loop $next
        (br_if $done (i32.eq (local.get 0) (local.get 1)))
        {words}
        (local.set 0 (i32.add (local.get 0) (i32.const {8 * _WORDS})))
        (br $next)))
      (i64.extend_i32_u (local.get 1)) (local.get 2)"""


def _table(_component: Module, _index: int, symbol: str) -> str:
    """Its size, and a hash of which entries are null."""
    return f"""(result i64 i64) (local i32 i64)
      (block $done (loop $next
        (br_if $done (i32.eq (local.get 0) (table.size {symbol})))
        (local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 5))
          (i64.extend_i32_u (ref.is_null (table.get {symbol} (local.get 0))))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br $next)))
      (i64.extend_i32_u (table.size {symbol})) (local.get 1)"""


_STATES: dict[ExternKind, Callable[[Module, int, str], str]] = {
    ExternKind.GLOBAL: _global,
    ExternKind.MEMORY: _memory,
    ExternKind.TABLE: _table,
}
