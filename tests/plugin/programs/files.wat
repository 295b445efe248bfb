;; Writes a file in pieces, reads it back, and lists its folder in pieces, with polls in between.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "log.txt")
  (data (i32.const 200) "line 0\n")

  (func $wait (param $times i32)
    (loop $again
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  (func $put (param $file i32) (param $address i32) (param $size i32)
    (i32.store (i32.const 40) (local.get $address))
    (i32.store (i32.const 44) (local.get $size))
    (drop (call $fd_write (local.get $file) (i32.const 40) (i32.const 1) (i32.const 48))))

  (func $writing (param $file i32) (local $n i32)
    (loop $lines
      (i32.store8 (i32.const 205) (i32.add (i32.const 48) (local.get $n)))
      (call $put (local.get $file) (i32.const 200) (i32.const 7))
      (br_if $lines (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4)))))

  (func $reading (param $file i32)
    (drop (call $fd_seek (local.get $file) (i64.const 0) (i32.const 0) (i32.const 48)))
    (loop $pieces
      (i32.store (i32.const 40) (i32.const 300))
      (i32.store (i32.const 44) (i32.const 10))
      (drop (call $fd_read (local.get $file) (i32.const 40) (i32.const 1) (i32.const 52)))
      (call $put (i32.const 1) (i32.const 300) (i32.load (i32.const 52)))
      (br_if $pieces (i32.load (i32.const 52)))))

  ;; The folder's entries, one at a time: their names, and their cookies.
  (func $listing (local $cookie i64)
    (loop $entries
      (drop (call $fd_readdir (i32.const 3) (i32.const 1024) (i32.const 64) (local.get $cookie) (i32.const 52)))
      (if (i32.gt_u (i32.load (i32.const 52)) (i32.const 24))
        (then
          (call $put (i32.const 1) (i32.const 1048) (i32.load (i32.const 1040)))
          (i32.store8 (i32.const 60) (i32.const 10))
          (call $put (i32.const 1) (i32.const 60) (i32.const 1))
          (local.set $cookie (i64.load (i32.const 1024)))
          (br $entries)))))

  (func (export "_start") (local $file i32)
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 7) (i32.const 9)
          (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 56))
      (then (unreachable)))
    (local.set $file (i32.load (i32.const 56)))
    (call $writing (local.get $file))
    (call $wait (i32.const 2))
    (call $reading (local.get $file))
    (call $listing)))
