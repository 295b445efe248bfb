"""Loops that are left in unusual ways, entered again by a restored frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cross_isa.harness import Program, available_isas
from wanco.run import RunOptions

LEFT_BY_BRANCHES = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func $work (param i32) (result i32)
    (local.get 0) (i32.const 3)
    (block
      (loop (result i32)  ;; neither loop ever comes to its end
        (loop (result f64)
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (br_if 0 (i32.lt_u (global.get $count) (i32.const 10)))
          (br_if 1 (i32.lt_u (global.get $count) (i32.const 20)))
          (br 2))
        (drop) (i32.const 1))
      (drop))
    (i32.mul) (i32.add (global.get $count)))
  (func (export "_start") (call $exit (call $work (i32.const 7)))))
"""


@pytest.mark.parametrize("polls", [1, 5, 12, 18])
def test_loops_that_only_branches_leave(polls: int, tmp_path: Path) -> None:
    """What lies on the operand stack below such loops was lost to the code after the block around them."""
    isas = available_isas()
    program = Program.of_text(LEFT_BY_BRANCHES, tmp_path, poll_interval=1)
    first, second = isas[polls % len(isas)], isas[(polls + 1) % len(isas)]
    snapshot = tmp_path / "state.wsnap"
    left = program.executable(first).run((), RunOptions(checkpoint_at=polls, snapshot=snapshot))
    assert left.checkpointed
    done = program.executable(second).run((), RunOptions(restore=snapshot))
    assert (done.status, done.stderr) == (7 * 3 + 20, b"")
