"""Programs as test items of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_wanco.activation import session_of
from pytest_wanco.errors import Mismatch, PluginError
from pytest_wanco.names import MARKER
from wanco.errors import WancoError


class WancoFile(pytest.File):
    """A ``.wasm`` or ``.wat`` file: one test, that the program survives."""

    def collect(self) -> Iterator[pytest.Item]:
        """The one test."""
        yield WancoItem.from_parent(self, name="cross-isa")


class WancoItem(pytest.Item):
    """The verification of a program without arguments."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.add_marker(MARKER)

    def runtest(self) -> None:
        """Verify it."""
        session = session_of(self.config)
        assert session is not None  # it would have been skipped
        session.check(self.path).assert_identical()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report of a failure is its text; nobody wants to see the plugin's own code."""
        if isinstance(excinfo.value, Mismatch | PluginError | WancoError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where the test is."""
        return self.path, None, f"{self.path.name}: cross-ISA"
