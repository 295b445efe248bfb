"""What does not vary between runs: instructions of counted loops with checkpointing and without, and their vectors."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.loops import LOOPS, VECTORISED
from wanco.targets import TARGETS, is_native

pytestmark = pytest.mark.skipif(not is_native(TARGETS["x86_64"]), reason="counts are for x86-64")

_LIMIT = 1.05
_COLLECTED = re.compile(r"Collected : (\d+)")


def compiled(loop: str, folder: Path, *options: str) -> Path:
    source, output = folder / f"{loop}.wat", folder / f"{loop}{len(options)}"
    source.write_text(LOOPS[loop])
    command = [sys.executable, "-m", "wanco", "compile", str(source), "-O3", *options, "-o", str(output)]
    subprocess.run(command, check=True)
    return output


def instructions(program: Path) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _COLLECTED.search(done.stderr)
    assert found, done.stderr
    return int(found[1])


@pytest.mark.skipif(not shutil.which("valgrind"), reason="instructions are counted by valgrind, which is not in PATH")
@pytest.mark.parametrize("loop", LOOPS)
def test_counted_loops_cost_no_instructions(loop: str, tmp_path: Path) -> None:
    on, off = (instructions(compiled(loop, tmp_path, *options)) for options in ((), ("--no-checkpoint",)))
    assert off > 300_000, "too few to say anything"
    assert on / off <= _LIMIT


@pytest.mark.skipif(not shutil.which("valgrind"), reason="instructions are counted by valgrind, which is not in PATH")
def test_unrolled_loops_run_vectorised(tmp_path: Path) -> None:
    """The vectoriser's test at run time, of streams that are next to themselves, holds (`wanco.emit.streams`)."""
    for options in ((), ("--no-checkpoint",)):
        vectorised, scalar = (instructions(compiled("unrolled", tmp_path, level, *options)) for level in ("-O3", "-O1"))
        assert vectorised / scalar <= 0.6, options


@pytest.mark.parametrize("loop", VECTORISED)
def test_loops_stay_vectorised(loop: str, tmp_path: Path) -> None:
    for options in (("--emit", "asm"), ("--emit", "asm", "--no-checkpoint")):
        assert VECTORISED[loop] in compiled(loop, tmp_path, *options).read_text(), options
