"""What wasmtime makes of linked modules, in the words of the driver."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import wasmtime
from wasmtime import TrapCode

from wanco.abi.layout import TRAP_MESSAGES, Trap

_TRAPS = {
    TrapCode.STACK_OVERFLOW: (Trap.STACK_EXHAUSTED,),
    TrapCode.MEMORY_OUT_OF_BOUNDS: (Trap.MEMORY_BOUNDS,),
    TrapCode.TABLE_OUT_OF_BOUNDS: (Trap.TABLE_BOUNDS, Trap.UNDEFINED_ELEMENT),
    TrapCode.INDIRECT_CALL_TO_NULL: (Trap.INDIRECT_NULL,),
    TrapCode.BAD_SIGNATURE: (Trap.INDIRECT_TYPE,),
    TrapCode.INTEGER_OVERFLOW: (Trap.INTEGER_OVERFLOW,),
    TrapCode.INTEGER_DIVISION_BY_ZERO: (Trap.INTEGER_DIVIDE_BY_ZERO,),
    TrapCode.BAD_CONVERSION_TO_INTEGER: (Trap.INVALID_CONVERSION,),
    TrapCode.UNREACHABLE: (Trap.UNREACHABLE,),
}

Answers = tuple[str, ...]
"""Any of these is right."""


@cache
def _engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    config.wasm_relaxed_simd_deterministic = True
    config.wasm_multi_memory = True
    config.wasm_tail_call = True
    config.parallel_compilation = False
    return wasmtime.Engine(config)


class Linked:
    """Instances of components, which import nothing."""

    def __init__(self) -> None:
        self.store = wasmtime.Store(_engine())
        self.instances: list[wasmtime.Instance] = []

    def instantiate(self, data: bytes) -> Answers:
        """Add a component; the answer is that of its instantiation, and one that traps is not added."""
        try:
            instance = wasmtime.Instance(self.store, wasmtime.Module(_engine(), data), [])
        except wasmtime.Trap as trap:
            return _trap(trap)
        self.instances.append(instance)
        return ("ok",)

    def answers(self, wrapper: bytes) -> list[Answers]:
        """What the exports of a wrapper of all the components give, called in order."""
        module = wasmtime.Module(_engine(), wrapper)
        imports = [self.instances[int(item.module)].exports(self.store)[item.name or ""] for item in module.imports]
        exports = wasmtime.Instance(self.store, module, imports).exports(self.store)
        return [self._call(exports[export.name]) for export in module.exports]

    def _call(self, function: object) -> Answers:
        assert isinstance(function, wasmtime.Func)
        try:
            result = function(self.store)
        except wasmtime.Trap as trap:
            return _trap(trap)
        values: Sequence[int] = [] if result is None else result if isinstance(result, list) else [result]
        return (" ".join(["ok", *(f"{value % (1 << 64):032x}" for value in values)]),)


def _trap(trap: wasmtime.Trap) -> Answers:
    code = trap.trap_code
    if code not in _TRAPS:
        raise ValueError(f"a trap that no module of ours can have: {trap}")
    return tuple(f"trap {TRAP_MESSAGES[kind]}" for kind in _TRAPS[code])
