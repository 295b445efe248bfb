"""What is emitted for modules in text form; and of those whose functions take one i32 and give one i64,
what they answer here and under wasmtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wasmtime

from tests.spec.execution import execute
from wanco.emit import EmitOptions, emit_module
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.targets import Target
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

Call = tuple[str, int]
"""The name of an exported function, and its argument, as an unsigned number."""


def emitted_units(source: str | Path, **options: Any) -> list[str]:
    """LLVM IR of each codegen unit of a module, given as text or as a file; ``options`` are fields of `EmitOptions`.

    All exports have wrappers, as there need not be a command.
    """
    decoded = decode(read_module(source if isinstance(source, Path) else source.encode()))
    validate(decoded)
    return [unit.ir for unit in emit_module(decoded, EmitOptions(**{"wrappers": "all"} | options)).units]


def emitted(source: str | Path, **options: Any) -> str:
    """LLVM IR of a module of one unit."""
    (unit,) = emitted_units(source, **options)
    return unit


def answers(text: str, calls: Sequence[Call], target: Target, optimize: int, folder: Path, checkpoint: bool = True) -> list[str]:
    """Answers to calls, in the driver's form."""
    module = read_module(text.encode())
    (artifact,) = compile_module(module, [target], CompileOptions(optimize=optimize, checkpoint=checkpoint, driver=True, jobs=1))
    artifact.write(folder / "program")
    numbers = {export.name: number for number, export in enumerate(decode(module).exports)}
    commands = [f"invoke {numbers[name]} {argument:x}" for name, argument in calls]
    return execute([Executable.open(folder / "program")], commands, folder).answers


def expected(text: str, calls: Sequence[Call]) -> list[str]:
    """Answers to calls, in the driver's form, by wasmtime, which then makes every NaN canonical."""
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, text), []).exports(store)
    found = []
    for name, argument in calls:
        function = exports[name]
        assert isinstance(function, wasmtime.Func)
        try:
            found.append(f"ok {function(store, argument - (argument >> 31 << 32)) & (1 << 64) - 1:032x}")
        except wasmtime.Trap as trap:
            assert trap.trap_code is wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS
            found.append("trap out of bounds memory access")
    return found
