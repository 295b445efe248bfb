;; Every kind of state that a program can have, each used by a function of its own: what a
;; checkpoint loses shows in what that function writes.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (type $operation (func (param i32 i32) (result i32)))
  (memory (export "memory") 1 8)
  (table $operations 4 8 funcref)
  (global $first (mut i64) (i64.const 11))
  (global $second (mut i32) (i32.const 22))
  (elem (table $operations) (i32.const 0) func $add $subtract $exclusive)
  (elem $spare func $multiply)
  (data (i32.const 976)
    "\05\00\00\00\00\00\00\00\11\00\00\00\00\00\00\00\04\00\00\00\03\00\00\00"
    "0123456789abcdef")
  (data $note "note")

  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $subtract (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func $exclusive (param i32 i32) (result i32) (i32.xor (local.get 0) (local.get 1)))
  (func $multiply (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1)))

  (func $emit (param $value i64) (local $digit i32)
    (loop $digits
      (i32.store8 (i32.sub (i32.const 1039) (local.get $digit))
        (i32.load8_u (i32.add (i32.const 1000) (i32.wrap_i64 (i64.and (local.get $value) (i64.const 15))))))
      (local.set $value (i64.shr_u (local.get $value) (i64.const 4)))
      (local.set $digit (i32.add (local.get $digit) (i32.const 1)))
      (br_if $digits (i32.lt_u (local.get $digit) (i32.const 16))))
    (i32.store8 (i32.const 1040) (i32.const 10))
    (i32.store (i32.const 1044) (i32.const 1024))
    (i32.store (i32.const 1048) (i32.const 17))
    (drop (call $fd_write (i32.const 1) (i32.const 1044) (i32.const 1) (i32.const 1052))))

  ;; A loop with nothing else, so that a checkpoint falls between two things.
  (func $wait (param $times i32)
    (loop $again
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  ;; Six locals that are alive across a loop.
  (func $locals (param $a i32) (param $b i64) (result i64) (local $c i32) (local $d i64) (local $e i32) (local $n i32)
    (local.set $c (i32.mul (local.get $a) (i32.const 7)))
    (local.set $d (i64.xor (local.get $b) (i64.const 0x5555)))
    (local.set $e (i32.add (local.get $a) (i32.const 1000)))
    (loop $again
      (local.set $a (i32.add (local.get $a) (i32.mul (local.get $c) (i32.const 3))))
      (local.set $b (i64.add (local.get $b) (i64.rotl (local.get $d) (i64.const 9))))
      (local.set $c (i32.xor (local.get $c) (i32.add (local.get $e) (local.get $n))))
      (local.set $d (i64.sub (local.get $d) (i64.extend_i32_u (local.get $a))))
      (local.set $e (i32.rotl (local.get $e) (i32.and (local.get $n) (i32.const 5))))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5))))
    (i64.add (i64.add (local.get $b) (local.get $d)) (i64.extend_i32_u (i32.add (local.get $a) (i32.add (local.get $c) (local.get $e))))))

  ;; Recursion with values that wait in every frame.
  (func $recursion (param $n i32) (param $x i64) (result i64) (local $y i64) (local $z i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $x))))
    (local.set $y (i64.mul (local.get $x) (i64.const 0x9e3779b97f4a7c15)))
    (local.set $z (i32.wrap_i64 (i64.shr_u (local.get $y) (i64.const 40))))
    (i64.add
      (i64.xor (local.get $y)
        (call $recursion (i32.sub (local.get $n) (i32.const 1)) (i64.add (local.get $y) (i64.const 3))))
      (i64.extend_i32_u (local.get $z))))

  ;; Values on the operand stack under a loop and under a call.
  (func $operands (param $n i32) (param $x i64) (result i64)
    (i64.sub (i64.mul (local.get $x) (i64.const 31)) (i64.const 5))
    (i64.add (local.get $x) (i64.const 77))
    (call $wait (local.get $n))
    (i64.const 1)
    (loop $again (param i64) (result i64)
      (i64.shl (i64.const 1))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.add)
    (i64.sub))

  ;; Two loops, one after the other.
  (func $loops (result i64) (local $n i32) (local $sum i64)
    (loop $up
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.const 1)))
      (br_if $up (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4))))
    (loop $down
      (local.set $sum (i64.xor (i64.mul (local.get $sum) (i64.const 5)) (i64.const 2)))
      (br_if $down (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  ;; A NaN that arithmetic made.
  (func $nan (param $zero f64) (result i64) (local $x f64) (local $n i32)
    (local.set $x (f64.div (local.get $zero) (local.get $zero)))
    (loop $again
      (local.set $x (f64.add (local.get $x) (f64.const 1)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
    (i64.reinterpret_f64 (local.get $x)))

  (func $vector (param $v v128) (result i64) (local $n i32)
    (loop $again
      (local.set $v (i32x4.add (i32x4.mul (local.get $v) (v128.const i32x4 3 5 7 11)) (v128.const i32x4 1 2 3 4)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
    (i64.add (i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $v))))

  (func $globals
    (global.set $first (i64.const 1234567))
    (global.set $second (i32.const 7654321))
    (call $wait (i32.const 3))
    (call $emit (i64.add (global.get $first) (i64.extend_i32_u (global.get $second)))))

  (func $tables (local $n i32) (local $sum i32)
    (table.set $operations (i32.const 3) (ref.func $multiply))
    (drop (table.grow $operations (ref.func $subtract) (i32.const 2)))
    (local.set $sum (i32.const 9))
    (loop $again
      (local.set $sum (call_indirect $operations (type $operation) (local.get $sum) (i32.const 6) (local.get $n)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (table.size $operations))))
    (call $emit (i64.extend_i32_u (local.get $sum))))

  (func $memories (local $n i32) (local $sum i64)
    (drop (memory.grow (i32.const 2)))
    (i64.store (i32.const 70000) (i64.const 0x1122334455667788))
    (i64.store (i32.const 196600) (i64.const 0x99aabbccddeeff00))
    (call $wait (i32.const 3))
    (call $emit (i64.add (i64.load (i32.const 70000)) (i64.load (i32.const 196600))))
    (call $emit (i64.extend_i32_u (memory.size))))

  (func $segments
    (memory.init $note (i32.const 2000) (i32.const 0) (i32.const 4))
    (data.drop $note)
    (elem.drop $spare)
    (call $wait (i32.const 3))
    (call $emit (i64.load32_u (i32.const 2000))))

  (func $clocks
    (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 2048)))
    (call $wait (i32.const 3))
    (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 2056)))
    (call $emit (i64.sub (i64.load (i32.const 2056)) (i64.load (i32.const 2048)))))

  (func $random
    (drop (call $random_get (i32.const 2064) (i32.const 8)))
    (call $wait (i32.const 3))
    (drop (call $random_get (i32.const 2072) (i32.const 8)))
    (call $emit (i64.xor (i64.load (i32.const 2064)) (i64.load (i32.const 2072)))))

  (func (export "_start")
    ;; The arguments come from memory: an optimiser that knew them would compute the results, and leave nothing to stop in.
    (call $emit (call $locals (i32.load (i32.const 976)) (i64.load (i32.const 984))))
    (call $emit (call $recursion (i32.load (i32.const 992)) (i64.const 1)))
    (call $emit (call $operands (i32.load (i32.const 996)) (i64.const 13)))
    (call $emit (call $loops))
    (call $emit (call $nan (f64.const 0)))
    (call $emit (call $vector (v128.const i64x2 3 0x700000005)))
    (call $globals)
    (call $tables)
    (call $memories)
    (call $segments)
    (call $clocks)
    (call $random)))
