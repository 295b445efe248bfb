"""Safepoints at host calls are stops like any other, and every way of ending is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_wanco.config import PointSpec, Settings
from pytest_wanco.program import Inputs, Program
from pytest_wanco.report.coverage import everywhere
from pytest_wanco.result import Verification
from pytest_wanco.verify import verify_program
from tests.plugin.conftest import PROGRAMS
from wanco.abi.layout import SiteKind

TEXT = b"one two three four\n"


@pytest.fixture
def program() -> Program:
    return Program.read(PROGRAMS / "waiting.wat")


def verify(program: Program, folder: Path, isas: tuple[str, ...], ending: int, points: PointSpec) -> Verification:
    settings = Settings(isas=isas, points=points, mode="both", poll_interval=1, chain=3)
    folder.mkdir()
    return verify_program(program, Inputs.of(["x"] * (ending - 1), stdin=TEXT), settings, folder)


def test_every_safepoint_counts(program: Program, isas: tuple[str, ...], tmp_path: Path) -> None:
    found = verify(program, tmp_path / "all", isas, 1, PointSpec("all"))
    assert found.failure is None, found.failure
    host = {number for number, (_, _, kind) in enumerate(found.sites) if kind == SiteKind.HOST}
    # Two in the table's functions, six calls; all of them reached, but for the table's fd_write.
    assert len(host) == 8
    assert len(host - set(found.reached)) == 1
    assert everywhere(found) == set(found.reached)
    assert len(found.sites) - len(found.reached) == 1
    # Three reads and writes, and five calls more; the recursion is entered six times.
    assert found.points == list(range(1, found.stops + 1))
    assert sum(site in host for site in found.point_sites) == 3 * 2 + 5
    assert found.stops == 11 + 6


@pytest.mark.parametrize("ending", [2, 3, 4], ids=["proc_exit", "trap", "fault"])
def test_ends_in_deep_frames(program: Program, isas: tuple[str, ...], tmp_path: Path, ending: int) -> None:
    found = verify(program, tmp_path / "end", isas[:2], ending, PointSpec("every", 4))
    assert found.failure is None, found.failure
