"""Wanco: WebAssembly to native executables that can be checkpointed and moved between ISAs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wanco.build import cached_executable
    from wanco.errors import WancoError
    from wanco.options import CompileOptions
    from wanco.pipeline import Artifact, compile_module
    from wanco.run import Executable, Result, RunOptions, checkpoint_process, find_emulator
    from wanco.snapshot import Difference, Snapshot, diff
    from wanco.targets import TARGETS, Target
    from wanco.wasm.text import read_module

__version__ = "0.1.0"

_HOMES = {
    "Artifact": "wanco.pipeline",
    "CompileOptions": "wanco.options",
    "Difference": "wanco.snapshot",
    "Executable": "wanco.run",
    "Result": "wanco.run",
    "RunOptions": "wanco.run",
    "Snapshot": "wanco.snapshot",
    "TARGETS": "wanco.targets",
    "Target": "wanco.targets",
    "WancoError": "wanco.errors",
    "cached_executable": "wanco.build",
    "checkpoint_process": "wanco.run",
    "compile_module": "wanco.pipeline",
    "diff": "wanco.snapshot",
    "find_emulator": "wanco.run",
    "read_module": "wanco.wasm.text",
}
"""Where each public name is defined; imported on first use, as LLVM takes long to load."""

__all__ = [
    "TARGETS",
    "Artifact",
    "CompileOptions",
    "Difference",
    "Executable",
    "Result",
    "RunOptions",
    "Snapshot",
    "Target",
    "WancoError",
    "__version__",
    "cached_executable",
    "checkpoint_process",
    "compile_module",
    "diff",
    "find_emulator",
    "read_module",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
