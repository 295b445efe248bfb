from __future__ import annotations

from pathlib import Path

import pytest

from tests.host.building import CompileHost, compile_c
from wanco.targets import Target


@pytest.fixture
def compile_host(tmp_path: Path) -> CompileHost:
    """Compiles C to objects, each of another name."""
    count = 0

    def compile_to_file(source: str, target: Target) -> Path:
        nonlocal count
        count += 1
        return compile_c(source, target, tmp_path / f"host-{target.name}-{count}.o")

    return compile_to_file
