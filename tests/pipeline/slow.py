"""A small module that keeps LLVM busy."""

from __future__ import annotations

from wanco.targets import TARGETS, Target
from wanco.wasm.text import read_module

TARGET: Target = TARGETS["riscv64"]
"""It has no vectors: each swizzle below becomes sixteen accesses of an array on the stack, and hundreds of dependencies."""

_SWIZZLE = "(local.set 0 (i8x16.add (i8x16.swizzle (local.get 0) (v128.load (i32.const 0))) (local.get 0)))"


def slow_module(count: int = 1000) -> bytes:
    """Code for `TARGET` takes several seconds at level 0, and much more at others."""
    body = _SWIZZLE * count
    return read_module(
        f'(module (memory 1) (func (export "_start") (local v128) {body} (v128.store (i32.const 16) (local.get 0))))'.encode()
    )
