"""Hooks that the plugin offers to conftest files and other plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wanco.options import CompileOptions


@pytest.hookspec(firstresult=True)
def pytest_wanco_executable(module: bytes, isa: str, options: CompileOptions) -> Path | None:
    """Give the executable of a module (binary form) for an ISA, in place of one that the plugin compiles.

    It must have been compiled with the poll interval in ``options``.  None: no opinion.
    """
