"""Host functions that are called through a table: as ours, safepoints included."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cross_isa.harness import ISAS, TIMEOUT, Program, available_isas
from wanco.run import RunOptions

# Asks for a checkpoint, then writes the digit that the request returned and one of a global.
TEXT = """(module
  (import "wanco" "checkpoint" (func $checkpoint (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\02\\00\\00\\00")
  (table funcref (elem $checkpoint $write))
  (global $n (mut i32) (i32.const 48))
  (func $ask (param i32) (result i32)
    (global.set $n (i32.add (global.get $n) (local.get 0)))
    (i32.mul (i32.const 2) (call_indirect (result i32) (i32.const 0))))
  (func (export "_start")
    (i32.store8 (i32.const 16) (i32.add (i32.const 48) (call $ask (i32.const 5))))
    (i32.store8 (i32.const 17) (global.get $n))
    (drop (call_indirect (param i32 i32 i32 i32) (result i32)
      (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 1)))))
"""


@pytest.mark.parametrize("isa", ISAS)
def test_checkpoint_in_a_host_function_called_indirectly(isa: str, tmp_path: Path) -> None:
    isas = available_isas()
    if isa not in isas:
        pytest.skip(f"no emulator for {isa}")
    program = Program.of_text(TEXT, tmp_path)
    snapshot = tmp_path / "asked.wsnap"
    first = program.executable(isa, 2).run((), RunOptions(snapshot=snapshot, quiet=True), timeout=TIMEOUT)
    assert (first.status, first.stdout, first.stderr) == (0, b"05", b"")
    for other in isas:
        again = program.executable(other, 1).restore(snapshot, RunOptions(verify=True, quiet=True), timeout=TIMEOUT)
        assert (again.status, again.stdout, again.stderr) == (0, b"25", b""), other
