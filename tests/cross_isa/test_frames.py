"""Frames whose unwind information LLVM leaves incomplete (`wanco.objects.safepoint_table`)."""

from __future__ import annotations

from pathlib import Path

from pytest_wanco import CrossIsa
from tests.cross_isa.harness import Program, available_isas, reference

LATE_FRAME = Path(__file__).with_name("late_frame.wat")
"""On RISC-V a poll follows an epilogue in the middle of a function, whose prologue is behind an
early return."""


def test_frame_behind_an_early_return(wanco_cross_isa: CrossIsa, tmp_path: Path) -> None:
    program = Program.of_text(LATE_FRAME.read_text(), tmp_path, poll_interval=7)
    expected = reference(program.module, tmp_path)
    for isa in available_isas():
        assert program.run(isa, 3) == expected
    check = wanco_cross_isa(LATE_FRAME, opt_level=3, poll_interval=7, points="every:3", mode="lockstep")
    check.assert_identical()
