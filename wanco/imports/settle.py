"""Imports that are settled at compile time (WebAssembly 2.0, section 4.5.3).

An executable holds one instance, so a table, a memory or a global that its module imports
can as well be its own: `settle_imports` gives the module one with the type, and the value,
of what is provided; `own_imports` one with the type that is wanted.  Host functions stay
imports, and get a symbol for the linker.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wanco.abi.layout import ExternKind
from wanco.abi.wasi import WASI_MODULE
from wanco.errors import LinkError, UsageError
from wanco.wasm.constexpr import Value
from wanco.wasm.module import ConstExpr, ExternType, Global, Import, Module
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, ValType


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A C function ``RESULT symbol(struct wanco_instance *, ARGUMENT...)``."""

    symbol: str
    type: FuncType


@dataclass(frozen=True, slots=True)
class ProvidedGlobal:
    """A global with its initial value (bits; a reference: only None, which is null)."""

    type: GlobalType
    value: Value


Provided = HostFunction | ProvidedGlobal | TableType | MemoryType
"""What an import can be settled with; a table or memory begins empty or zero, with its smallest size."""

Key = tuple[str, str]
"""Module name and name of an import."""

BUILT_IN_MODULES = (WASI_MODULE, "wanco")
"""Modules of functions that the runtime itself has."""


def settle_imports(module: Module, provided: Mapping[Key, Provided]) -> Module:
    """A module that imports functions only; with nothing provided, ``module`` itself.

    Raises `LinkError` where something is not provided, or with a type that does not match;
    the message starts with the wording of the official test suite.
    """
    if not provided:
        return module
    functions, tables, memories, globals_ = [], list(module.tables), list(module.memories), list(module.globals)
    counts = dict.fromkeys(ExternKind, 0)
    for item in module.imports:
        position = counts[item.kind]
        counts[item.kind] += 1
        if item.kind is ExternKind.FUNCTION:
            functions.append(item)
        if item.module in BUILT_IN_MODULES:
            continue
        found = _find(item, provided)
        if isinstance(found, TableType):
            tables[position] = found
        elif isinstance(found, MemoryType):
            memories[position] = found
        elif isinstance(found, ProvidedGlobal):
            globals_[position] = Global(found.type, _constant(found))
    return dataclasses.replace(module, imports=functions, tables=tables, memories=memories, globals=globals_)


def imported_globals(module: Module) -> dict[Key, GlobalType]:
    """The globals that a module imports, with their types.

    Raises:
        LinkError: one is imported with two types.
    """
    result: dict[Key, GlobalType] = {}
    for item in module.imported(ExternKind.GLOBAL):
        assert isinstance(item.type, GlobalType)
        if result.setdefault((item.module, item.name), item.type) != item.type:
            raise LinkError(f"incompatible import type: the global {item.module}.{item.name} is imported with two types")
    return result


def own_imports(module: Module, values: Mapping[Key, Value]) -> Module:
    """A module that imports functions only: it has its own tables and memories, of the declared
    smallest size, and globals with the ``values`` given for all of them."""
    if all(item.kind is ExternKind.FUNCTION for item in module.imports):
        return module
    globals_ = list(module.globals)
    for index, item in enumerate(module.imported(ExternKind.GLOBAL)):
        type_ = module.globals[index].type
        globals_[index] = Global(type_, _constant(ProvidedGlobal(type_, values[item.module, item.name])))
    return dataclasses.replace(module, imports=module.imported(ExternKind.FUNCTION), globals=globals_)


def given_globals(module: Module, texts: Sequence[str]) -> dict[Key, Value]:
    """The values that texts ``MODULE.NAME=VALUE`` give to globals that a module imports.

    Raises:
        UsageError: one names no such global, or its value is none of the global's type.
    """
    wanted = imported_globals(module)
    result: dict[Key, Value] = {}
    for text in texts:
        # The names may hold dots and equals signs themselves; the longest that fits is meant.
        fitting = [key for key in wanted if text.startswith(f"{'.'.join(key)}=")]
        if not fitting:
            raise UsageError(f"--global {text}: the module imports no such global; MODULE.NAME=VALUE is wanted")
        key = max(fitting, key=lambda key: len(".".join(key)))
        result[key] = _parsed(text, text[len(".".join(key)) + 1 :], wanted[key].value)
    return result


def _parsed(text: str, value: str, type_: ValType) -> Value:
    try:
        return _PARSERS[type_](value)
    except (ValueError, OverflowError):
        raise UsageError(f"--global {text}: '{value}' is no value of type {type_}") from None


def _integer(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text, 0)
        if not -(1 << bits - 1) <= value < 1 << bits:
            raise ValueError
        return value % (1 << bits)

    return parse


def _float(code: str, integer: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = float.fromhex(text) if "x" in text.lower() else float(text)
        return int(struct.unpack(f"<{integer}", struct.pack(f"<{code}", value))[0])

    return parse


def _null(text: str) -> None:
    if text != "null":
        raise ValueError


_PARSERS: dict[ValType, Callable[[str], Value]] = {
    ValType.I32: _integer(32),
    ValType.I64: _integer(64),
    ValType.F32: _float("f", "I"),
    ValType.F64: _float("d", "Q"),
    ValType.V128: _integer(128),
    ValType.FUNCREF: _null,
    ValType.EXTERNREF: _null,
}


def host_symbols(provided: Mapping[Key, Provided]) -> dict[Key, str]:
    """The symbols of the host functions among what is provided."""
    return {key: item.symbol for key, item in provided.items() if isinstance(item, HostFunction)}


def _find(item: Import, provided: Mapping[Key, Provided]) -> Provided:
    what = f"{item.kind.name.lower()} {item.module}.{item.name}"
    found = provided.get((item.module, item.name))
    if found is None:
        raise LinkError(f"unknown import: nothing is provided for {what}")
    type_ = found.type if isinstance(found, HostFunction | ProvidedGlobal) else found
    if not matches(type_, item.type):
        raise LinkError(f"incompatible import type: {what} is wanted as {_show(item.type)}, provided is {_show(type_)}")
    return found


def matches(provided: ExternType, wanted: ExternType) -> bool:
    """Whether something of a type can be imported as another (section 3.4.12, import matching)."""
    if isinstance(provided, TableType) and isinstance(wanted, TableType):
        return provided.element is wanted.element and _limits_match(provided.limits, wanted.limits)
    if isinstance(provided, MemoryType) and isinstance(wanted, MemoryType):
        return _limits_match(provided.limits, wanted.limits)
    return provided == wanted


def _limits_match(provided: Limits, wanted: Limits) -> bool:
    if provided.minimum < wanted.minimum:
        return False
    return wanted.maximum is None or (provided.maximum is not None and provided.maximum <= wanted.maximum)


_CONST_OPERATORS = {value: BY_NAME[f"{value}.const"].code for value in (ValType.I32, ValType.I64, ValType.F32, ValType.F64, ValType.V128)}


def _constant(item: ProvidedGlobal) -> ConstExpr:
    value = item.type.value
    if item.value is None:
        return ((BY_NAME["ref.null"].code, 0, value),)
    immediate = item.value.to_bytes(16, "little") if value is ValType.V128 else item.value
    return ((_CONST_OPERATORS[value], 0, immediate),)


def _show(type_: ExternType) -> str:
    if isinstance(type_, FuncType):
        return f"a function {type_}"
    if isinstance(type_, GlobalType):
        return f"a {'mutable ' if type_.mutable else ''}global {type_.value}"
    size = f"{type_.limits.minimum}..{'' if type_.limits.maximum is None else type_.limits.maximum}"
    return f"a table of {size} {type_.element}" if isinstance(type_, TableType) else f"a memory of {size} pages"
