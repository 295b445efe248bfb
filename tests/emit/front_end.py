"""The front end of some checkout, as a process: modules and options in, what it emits out.

``PYTHONPATH=CHECKOUT python -P front_end.py`` writes the path of the package that it runs; then it
reads pickled pairs of a module's bytes and a `dict` of options, and writes for each a `dict` of what was
emitted, or of the error.  It has to run on every checkout that is compared, so it imports what all of
them have, by the names that they have it under, and nothing of the tests.
"""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import sys
from typing import Any

LIBRARY = "library"
"""The option that asks for a library's functions and its header; all others are fields of `EmitOptions`."""


def _imported(name: str, *modules: str) -> Any:
    """What the first of some modules that exists has under a name."""
    for module in modules:
        try:
            return getattr(importlib.import_module(module), name)
        except ImportError:
            continue
    raise ImportError(f"{name} is in none of {', '.join(modules)}")


_emit = importlib.import_module("wanco.emit")
_decode = _imported("decode", "wanco.wasm.decode")
_validate = _imported("validate", "wanco.wasm.validate")
_check_limits = _imported("check_limits", "wanco.wasm.limits")
_imported_globals = _imported("imported_globals", "wanco.imports.settle", "wanco.imports")
_own_imports = _imported("own_imports", "wanco.imports.settle", "wanco.imports")
_NO_FILES = _imported("DEFAULTS", "wanco.options").host


def emit(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """What is emitted for a module.

    Functions and globals that it imports are taken to be given: symbols by the rule for host functions, values zero.

    Raises:
        WancoError: it is none, or not supported.
    """
    options = dict(options)
    library = options.pop(LIBRARY, False)
    module = _decode(data)
    _validate(module)
    values = {key: 0 if "ref" not in str(type_.value) else None for key, type_ in _imported_globals(module).items()}
    found = _NO_FILES.resolve(module, [], {}, values, linked=False)
    module = _own_imports(module, found.globals)
    _check_limits(module)
    emitted = _emit.emit_module(module, _emit.EmitOptions(**options, host=found.symbols, constants=repr(sorted(values.items())).encode()))
    result = {field.name: getattr(emitted, field.name) for field in dataclasses.fields(emitted)}
    if not all(isinstance(unit, str) for unit in emitted.units):
        result["units"] = [unit.ir for unit in emitted.units]
        result["compact_units"] = sum(unit.compact for unit in emitted.units)
    result["forms"] = {function: form.value for function, form in emitted.forms.items()}
    if library:
        made = _emit.Library(module, "app", found.symbols)
        result["descriptor"] += made.ir()
        result["header"] = made.header("name", "version")
    return result


def main() -> None:
    """Answer until there is nothing to read."""
    _answer(importlib.import_module("wanco").__file__)
    while True:
        try:
            data, options = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            emitted = emit(data, options)
        except Exception as error:
            emitted = {"error": f"{type(error).__name__}: {error}"}
        _answer(emitted)


def _answer(what: object) -> None:
    pickle.dump(what, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
