"""Options of the test suite, and what is written at its end."""

from __future__ import annotations

import pytest

from tests.spec.summary import write_summary


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-programs", type=int, default=24, help="random programs of the cross-ISA tests (a campaign: thousands)")
    group = parser.getgroup("official WebAssembly test suite")
    group.addoption("--spec-full", action="store_true", help="run every script, not just a subset")
    group.addoption("--spec-isas", metavar="ISA,...", help="instruction sets to run on (default: all that run here)")
    group.addoption("--spec-optimize", type=int, default=1, choices=range(4), help="optimisation level of the scripts' modules")
    group.addoption("--spec-checkpoint", action="store_true", help="move the state around the instruction sets between invocations")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write_summary(terminalreporter)
