;; Safepoints at host calls that can block, of all kinds; ends in a way that its arguments choose:
;; one: returns; two: proc_exit in deep frames; three: a trap there; four: a fault there.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wanco" "checkpoint" (func $checkpoint (result i32)))
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (type $transfer (func (param i32 i32 i32 i32) (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) func $fd_read $fd_write)

  (func $vector (param $address i32) (param $size i32)
    (i32.store (i32.const 16) (local.get $address))
    (i32.store (i32.const 20) (local.get $size)))

  (func $note (param $value i32)
    (global.set $calls (i32.add (i32.mul (global.get $calls) (i32.const 5)) (local.get $value))))

  ;; Operands wait below the arguments of the call.
  (func $copy (param $size i32) (result i32)
    (call $vector (i32.const 64) (local.get $size))
    (i32.add (local.get $size)
      (i32.add
        (call_indirect (type $transfer) (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24) (i32.const 0))
        (block (result i32)
          (call $vector (i32.const 64) (i32.load (i32.const 24)))
          (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 28))))))

  (func $sleep
    (i64.store (i32.const 128) (i64.const 7))
    (i32.store8 (i32.const 136) (i32.const 0))
    (i32.store (i32.const 144) (i32.const 1))
    (i64.store (i32.const 152) (i64.const 3600000000000))
    (call $note (call $poll_oneoff (i32.const 128) (i32.const 192) (i32.const 1) (i32.const 24))))

  (func $refused
    (call $vector (i32.const 64) (i32.const 4))
    (call $note (call $fd_pread (i32.const 9) (i32.const 16) (i32.const 1) (i64.const 2) (i32.const 24)))
    (call $note (call $sock_recv (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 24) (i32.const 28))))

  (func $deep (param $frames i32) (param $how i32) (result i32)
    (if (i32.eqz (local.get $frames))
      (then
        (i32.store (i32.const 512) (global.get $calls))
        (if (i32.eq (local.get $how) (i32.const 2)) (then (call $proc_exit (i32.const 9))))
        (if (i32.eq (local.get $how) (i32.const 3)) (then unreachable))
        (if (i32.eq (local.get $how) (i32.const 4)) (then (i32.store (i32.const -1) (i32.const 1))))
        (return (i32.const 1))))
    (i32.add (local.get $frames) (call $deep (i32.sub (local.get $frames) (i32.const 1)) (local.get $how))))

  (func (export "_start")
    (call $note (call $copy (i32.const 3)))
    (call $note (call $copy (i32.const 5)))
    (call $sleep)
    (call $refused)
    (call $note (call $checkpoint))
    (call $note (call $copy (i32.const 50)))
    (drop (call $args_sizes_get (i32.const 24) (i32.const 28)))
    (call $note (call $deep (i32.const 5) (i32.load (i32.const 24))))
    (i32.store (i32.const 64) (i32.add (i32.const 0x0a616161) (i32.and (global.get $calls) (i32.const 0x0f0f0f))))
    (call $vector (i32.const 64) (i32.const 4))
    (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 28)))))
