"""Programs and a cache for the tests of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.programs import COUNT, SPIN, Wanco
from wanco.wasm.text import read_module


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A cache that all workers of one test session share."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "wanco-cache"


@pytest.fixture
def environment(cache: Path) -> dict[str, str]:
    """The environment of the commands under test."""
    return {**os.environ, "WANCO_CACHE_DIR": str(cache)}


@pytest.fixture
def wanco(environment: dict[str, str], tmp_path: Path) -> Wanco:
    """Runs ``wanco`` with arguments in the test's folder."""

    def run(*arguments: object, input: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "wanco", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, env=environment | changes, input=input, capture_output=True, check=False, timeout=120)

    return run


@pytest.fixture(scope="session")
def count(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`COUNT` as a .wasm file."""
    path = tmp_path_factory.mktemp("count") / "count.wasm"
    path.write_bytes(read_module(COUNT))
    return path


@pytest.fixture(scope="session")
def spin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`SPIN` as a .wasm file."""
    path = tmp_path_factory.mktemp("spin") / "spin.wasm"
    path.write_bytes(read_module(SPIN))
    return path
