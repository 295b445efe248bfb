"""Fixtures: each target, and the code generation of each backend."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

from wanco.codegen.backend import GENERATORS
from wanco.targets import TARGETS, Target


@pytest.fixture(params=list(TARGETS.values()), ids=list(TARGETS))
def target(request: pytest.FixtureRequest) -> Target:
    """Each target in turn."""
    result: Target = request.param
    return result


CompileIr = Callable[..., bytes]
"""`wanco.codegen.llvmlite.compile_ir`, or what stands in for it."""


@pytest.fixture(params=GENERATORS)
def compile_ir(request: pytest.FixtureRequest) -> CompileIr:
    """The function ``compile_ir`` of each backend in turn."""
    if request.param == "clang":
        pytest.importorskip("ziglang")
    result: CompileIr = importlib.import_module(GENERATORS[request.param]).compile_ir
    return result
