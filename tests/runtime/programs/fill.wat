;; Writes a pattern over parts of 40 pages: a few single words far apart, and a long stretch; then
;; reads it all: "right" or "wrong". The start function does the writing.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 40)
  (data (i32.const 64) "right\nwrong\n")
  (global $sum (mut i64) (i64.const 0))
  (func $say (param i32 i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $put (param i32 i64)
    (i64.store (local.get 0) (local.get 1))
    (global.set $sum (i64.add (global.get $sum) (local.get 1))))
  (func $write (local $at i32)
    (loop $next
      (if (i32.or (i32.eqz (i32.and (local.get $at) (i32.const 0x3fff))) (i32.gt_u (local.get $at) (i32.const 1000000)))
        (then (call $put (i32.add (local.get $at) (i32.const 4096)) (i64.extend_i32_u (local.get $at)))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 2000000)))))
  (func (export "_start") (local $at i32) (local $sum i64)
    (local.set $at (i32.const 4096))
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 2621440))))
    (if (i64.eq (local.get $sum) (global.get $sum))
      (then (call $say (i32.const 64) (i32.const 6)))
      (else (call $say (i32.const 70) (i32.const 6)))))
  (start $write))
