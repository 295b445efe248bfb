"""Options of the test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-programs", type=int, default=24, help="random programs of the cross-ISA tests (a campaign: thousands)")
