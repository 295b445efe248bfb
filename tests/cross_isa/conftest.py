"""Executables for the plugin's fixtures: worker processes that stay, as random programs are many."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest

from wanco.codegen.jobs import worker_pool
from wanco.codegen.workers import Pool
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS


class Builder:
    """Compiles what the plugin asks for; each module once."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="wanco-property-")
        self.pool: Pool | None = None

    def pytest_wanco_executable(self, module: bytes, isa: str, options: CompileOptions) -> Path:
        """The plugin's hook."""
        key = hashlib.sha256(f"{isa} {options.identity} ".encode() + module).hexdigest()
        path = Path(self.folder.name, key)
        if not path.exists():
            self.pool = self.pool or worker_pool(1)
            compile_module(module, [TARGETS[isa]], options, pool=self.pool)[0].write(path)
        return path

    def close(self) -> None:
        """End the processes, delete the files."""
        if self.pool is not None:
            self.pool.__exit__(None, None, None)
        self.folder.cleanup()


@pytest.fixture(scope="session")
def persistent_builder(request: pytest.FixtureRequest) -> object:
    """Registers the builder for the tests that want it."""
    builder = Builder()
    request.config.pluginmanager.register(builder)
    request.addfinalizer(builder.close)
    request.addfinalizer(lambda: request.config.pluginmanager.unregister(builder))
    return builder
