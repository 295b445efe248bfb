"""Imported functions: the symbols of the C functions behind them, and which of them can wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wanco.abi.functions import Function, Kind
from wanco.abi.layout import ExternKind, ValueCode
from wanco.abi.runtime import CHECKPOINT, CHECKPOINT_IMPORT
from wanco.abi.wasi import WASI_FUNCTIONS, WASI_MODULE
from wanco.emit.calls import host_result, host_type
from wanco.emit.ir.prelude import Attributes
from wanco.emit.ir.values import CODE, codes
from wanco.errors import LinkError
from wanco.wasm.module import Module
from wanco.wasm.types import FuncType

_Codes = tuple[int, ...]


def _runtime_function(module: str, name: str) -> tuple[Function, _Codes, _Codes] | None:
    """The runtime's function for an import, with the codes of its parameters and results; None where it has none."""
    if (module, name) == CHECKPOINT_IMPORT:
        return CHECKPOINT, (), (ValueCode.I32,)
    if module == WASI_MODULE and (function := WASI_FUNCTIONS.get(name)):
        return function.runtime, function.parameters, function.results
    return None


def blocking_imports(module: Module) -> frozenset[int]:
    """Indices of the imported functions that can wait, so that a checkpoint can be taken in them."""
    functions = (_runtime_function(item.module, item.name) for item in module.imported(ExternKind.FUNCTION))
    return frozenset(index for index, known in enumerate(functions) if known and known[0].kind is Kind.BLOCKING)


def import_symbols(module: Module, host: Mapping[tuple[str, str], str]) -> list[str]:
    """The symbol behind each imported function; ``host`` has those besides the runtime's.

    Raises:
        LinkError: there is none for some imports, or with another type; all of them are listed.
    """
    symbols, missing = [], []
    for index, item in enumerate(module.imported(ExternKind.FUNCTION)):
        key = (item.module, item.name)
        signature, known = module.func_type(index), _runtime_function(*key)
        symbol = host.get(key) or (known[0].name if known else None)
        if symbol is None or (item.module == WASI_MODULE and known is None):
            missing.append(f"{item.module}.{item.name} {_show(signature)}")
        elif known is not None and known[1:] != (codes(signature.params), codes(signature.results)):
            missing.append(f"{item.module}.{item.name} with type {_show(signature)}")
        symbols.append(symbol or "")
    if missing:
        raise LinkError(f"no host function for the import{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    return symbols


def declarations(module: Module, symbols: Sequence[str]) -> Iterator[str]:
    """LLVM's declarations of the functions behind imports."""
    seen = set()
    for index, symbol in enumerate(symbols):
        if symbol in seen:
            continue
        seen.add(symbol)
        signature = module.func_type(index)
        parameters = "".join(f", {host_type(CODE[t])}" for t in signature.params)
        yield f"declare hidden {host_result(signature)} @{symbol}(ptr{parameters}) {Attributes.RUNTIME}"


def _show(signature: FuncType) -> str:
    parameters, results = (" ".join(t.name.lower() for t in types) for types in (signature.params, signature.results))
    return f"({parameters}) -> ({results})"
