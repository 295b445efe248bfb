"""Options of the test suite, and what is written at its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, Environment, build_wheel, once
from tests.spec.summary import write_summary


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-programs", type=int, default=24, help="random programs of the cross-ISA tests (a campaign: thousands)")
    parser.addoption("--storm-hops", type=int, default=30, help="checkpoints in the storm of signals (the long form: 1000)")
    parser.addoption("--cmake-full", action="store_true", help="all tests of the CMake package and of packaging (minutes)")
    group = parser.getgroup("official WebAssembly test suite")
    group.addoption("--spec-full", action="store_true", help="run every script, not just a subset")
    group.addoption("--spec-isas", metavar="ISA,...", help="instruction sets to run on (default: all that run here)")
    group.addoption("--spec-optimize", type=int, default=1, choices=range(4), help="optimisation level of the scripts' modules")
    group.addoption("--spec-without-checkpoints", action="store_true", help="compile the scripts' modules without checkpoints")
    group.addoption("--spec-checkpoint", action="store_true", help="move the state around the instruction sets between invocations")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: only with --cmake-full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--cmake-full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="takes long: --cmake-full"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this source tree, built once for all workers."""
    for package in ("scikit_build_core", "ziglang"):
        pytest.importorskip(package)
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    (path,) = once(shared, "wheel", lambda folder: build_wheel(ROOT, folder)).glob("*.whl")
    return path


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A virtual environment that has only the wheel (and what it depends on); tests leave it as it is."""
    return Environment.create(tmp_path_factory.mktemp("environment") / "venv", wheel)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write_summary(terminalreporter)
