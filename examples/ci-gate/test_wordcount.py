"""The gate: the program survives being stopped anywhere and continued on any machine."""

from __future__ import annotations

from pathlib import Path

from pytest_wanco import CrossIsa, ProgramFactory

TEXT = "the quick brown fox jumps over the lazy dog while the other dog sleeps\n" * 20


def test_counts(wordcount: Path, wanco_program: ProgramFactory) -> None:
    """An ordinary test, which runs without any option."""
    lines = wanco_program(wordcount).run(stdin=TEXT.encode()).stdout.decode().splitlines()
    assert "80 the" not in lines
    assert "60 the" in lines
    assert lines[-1] == "280 words, 11 different"


def test_survives(wordcount: Path, wanco_cross_isa: CrossIsa) -> None:
    """Runs with --wanco-cross-isa."""
    wanco_cross_isa(wordcount, stdin=TEXT).assert_identical()
