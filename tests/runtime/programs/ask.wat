;; Asks for a snapshot in the middle of an expression and says what the call returned.
(module
  (import "wanco" "checkpoint" (func $checkpoint (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $digit (param i32)
    (i32.store8 (i32.const 64) (i32.add (i32.const 48) (local.get 0)))
    (i32.store8 (i32.const 65) (i32.const 10))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 2))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start") (local i32)
    (local.set 0 (i32.const 4))
    (call $digit (i32.add (i32.sub (i32.load (i32.const 0)) (i32.const -3)) (i32.add (local.get 0) (call $checkpoint))))))
