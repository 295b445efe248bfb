"""Wanco: WebAssembly to native executables that can be checkpointed and moved between ISAs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from wanco.version import VERSION as __version__

if TYPE_CHECKING:
    from wanco.artifact import Artifact
    from wanco.build import cached_executable
    from wanco.errors import (
        CompileError,
        CpuLimitError,
        DecodeError,
        InstallError,
        LinkError,
        RunError,
        SnapshotError,
        UnsupportedError,
        UsageError,
        ValidationError,
        WancoError,
    )
    from wanco.options import CompileOptions
    from wanco.pipeline import compile_module
    from wanco.run import Executable, Result, RunOptions, checkpoint_process, find_emulator
    from wanco.snapshot import Difference, Snapshot, diff
    from wanco.targets import TARGETS, Target
    from wanco.wasm.text import read_module

_HOMES = {
    "Artifact": "wanco.artifact",
    "cached_executable": "wanco.build",
    "checkpoint_process": "wanco.run",
    "compile_module": "wanco.pipeline",
    "CompileError": "wanco.errors",
    "CompileOptions": "wanco.options",
    "CpuLimitError": "wanco.errors",
    "DecodeError": "wanco.errors",
    "diff": "wanco.snapshot",
    "Difference": "wanco.snapshot",
    "Executable": "wanco.run",
    "find_emulator": "wanco.run",
    "InstallError": "wanco.errors",
    "LinkError": "wanco.errors",
    "read_module": "wanco.wasm.text",
    "Result": "wanco.run",
    "RunError": "wanco.errors",
    "RunOptions": "wanco.run",
    "Snapshot": "wanco.snapshot",
    "SnapshotError": "wanco.errors",
    "Target": "wanco.targets",
    "TARGETS": "wanco.targets",
    "UnsupportedError": "wanco.errors",
    "UsageError": "wanco.errors",
    "ValidationError": "wanco.errors",
    "WancoError": "wanco.errors",
}
"""Where each public name is defined; imported on first use, as LLVM takes long to load."""

__all__ = [
    "TARGETS",
    "Artifact",
    "CompileError",
    "CompileOptions",
    "CpuLimitError",
    "DecodeError",
    "Difference",
    "Executable",
    "InstallError",
    "LinkError",
    "Result",
    "RunError",
    "RunOptions",
    "Snapshot",
    "SnapshotError",
    "Target",
    "UnsupportedError",
    "UsageError",
    "ValidationError",
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
