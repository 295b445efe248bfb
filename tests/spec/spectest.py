"""The module ``spectest`` that scripts import from (interpreter/README.md of the specification).

Each instance has a table, a memory and globals of its own; no script of one module can tell.
"""

from __future__ import annotations

import struct

from wanco.imports.settle import HostFunction, Key, Provided, ProvidedGlobal
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, ValType

MODULE = "spectest"

I32, I64, F32, F64 = ValType.I32, ValType.I64, ValType.F32, ValType.F64
_FUNCTIONS: dict[str, tuple[ValType, ...]] = {
    "print": (),
    "print_i32": (I32,),
    "print_i64": (I64,),
    "print_f32": (F32,),
    "print_f64": (F64,),
    "print_i32_f32": (I32, F32),
    "print_f64_f64": (F64, F64),
}
_VALUE = 666.6

SPECTEST: dict[Key, Provided] = {
    **{(MODULE, name): HostFunction(f"wanco_spectest_{name}", FuncType(params, ())) for name, params in _FUNCTIONS.items()},
    (MODULE, "global_i32"): ProvidedGlobal(GlobalType(I32, False), 666),
    (MODULE, "global_i64"): ProvidedGlobal(GlobalType(I64, False), 666),
    (MODULE, "global_f32"): ProvidedGlobal(GlobalType(F32, False), int.from_bytes(struct.pack("<f", _VALUE), "little")),
    (MODULE, "global_f64"): ProvidedGlobal(GlobalType(F64, False), int.from_bytes(struct.pack("<d", _VALUE), "little")),
    (MODULE, "table"): TableType(ValType.FUNCREF, Limits(10, 20)),
    (MODULE, "memory"): MemoryType(Limits(1, 2)),
}
"""What the driver has of it, for `CompileOptions.imports`."""
