"""Programs of ``programs/``, compiled when a test asks for them."""

from __future__ import annotations

import functools

import pytest

from tests.runtime.programs import Build, module
from wanco.build import cached_executable
from wanco.cache import Cache
from wanco.options import CompileOptions
from wanco.run import Executable
from wanco.run.emulator import search
from wanco.targets import TARGETS, native


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compiles programs, each once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    cache = Cache((base.parent if base.name.startswith("popen-") else base) / "runtime-programs")

    @functools.cache
    def executable(name: str, isa: str | None = None, **options: object) -> Executable:
        target = TARGETS[isa] if isa else native()
        settings = CompileOptions(jobs=1, **{"optimize": 1, **options})  # type: ignore[arg-type]
        return Executable.open(cached_executable(module(name), target, settings, cache))

    return executable


@pytest.fixture(params=list(TARGETS))
def isa(request: pytest.FixtureRequest) -> str:
    """Each ISA in turn that can run here."""
    name: str = request.param
    if search(TARGETS[name]) is None:
        pytest.skip(f"nothing runs {name} here")
    return name
