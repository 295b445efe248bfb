"""Modules whose functions take one i32 and give one i64: their IR, and what they answer here and under wasmtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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


def emitted(text: str, checkpoint: bool = True, precise_traps: bool = False) -> str:
    """LLVM IR of a module in text form."""
    decoded = decode(read_module(text.encode()))
    validate(decoded)
    return "\n".join(emit_module(decoded, EmitOptions(checkpoint=checkpoint, wrappers="all", precise_traps=precise_traps)).units)


def answers(text: str, calls: Sequence[Call], target: Target, optimize: int, folder: Path) -> list[str]:
    """Answers to calls, in the driver's form."""
    module = read_module(text.encode())
    (artifact,) = compile_module(module, [target], CompileOptions(optimize=optimize, driver=True, jobs=1))
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
