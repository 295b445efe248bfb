"""The programs that the tests of the command line compile."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

COUNT = b"""
(module $count
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $sum (mut i32) (i32.const 0))
  (func $print (param $n i32) (local $at i32)
    (local.set $at (i32.const 64))
    (i32.store8 (local.get $at) (i32.const 10))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (br_if $digit (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (i32.sub (i32.const 65) (local.get $at)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $fib (param $n i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add
        (call $fib (i32.sub (local.get $n) (i32.const 1)))
        (call $fib (i32.sub (local.get $n) (i32.const 2)))))))
  (func (export "_start") (local $i i32)
    (loop $next
      (global.set $sum (i32.add (global.get $sum) (call $fib (local.get $i))))
      (call $print (global.get $sum))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 15))))
    (call $proc_exit (i32.const 5))))
"""
"""Prints the sums of the first Fibonacci numbers and exits with status 5."""

COUNT_OUTPUT = "".join(f"{n}\n" for n in (0, 1, 2, 4, 7, 12, 20, 33, 54, 88, 143, 232, 376, 609, 986)).encode()

SPIN = b"""
(module $spin
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\20\\00\\00\\00\\01\\00\\00\\00")
  (func (export "_start") (local $n i64)
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $next
      (i64.store (i32.const 8) (local.get $n))
      (br_if $next (i64.ne (local.tee $n (i64.add (local.get $n) (i64.const 1))) (i64.const 0))))))
"""
"""Writes a byte, then counts for some hundred years."""

Wanco = Callable[..., "subprocess.CompletedProcess[bytes]"]
"""The fixture ``wanco``: runs the command line with the given arguments."""
