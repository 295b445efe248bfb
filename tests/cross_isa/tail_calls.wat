;; Tail calls of every form, with values of every type handed over.  Each part prints a line.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (type $narrow (func (param i32 i64) (result i64)))
  (type $wide (func (param i32 i64 f32 f64 v128 funcref) (result i64)))
  (type $buffered (func (param i32 v128) (result v128 i64)))
  (type $write (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (table $t funcref (elem $hop $wide $skip $mix $leaf $fd_write))
  (elem declare func $odd)
  (data (i32.const 1000) "0123456789abcdef")

  (func $line (param i64) (result i32) (local i32)
    (loop $digits
      (i32.store8 (i32.sub (i32.const 1039) (local.get 1))
        (i32.load8_u (i32.add (i32.const 1000) (i32.wrap_i64 (i64.and (local.get 0) (i64.const 15))))))
      (local.set 0 (i64.shr_u (local.get 0) (i64.const 4)))
      (br_if $digits (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 16))))
    (i32.store8 (i32.const 1040) (i32.const 10))
    (i32.store (i32.const 1044) (i32.const 1024))
    (i32.store (i32.const 1048) (i32.const 17))
    ;; A host function that can block, by a tail call.
    (return_call $fd_write (i32.const 1) (i32.const 1044) (i32.const 1) (i32.const 1052)))

  ;; The same through a table, where it has a frame of its own.
  (func $again (result i32)
    (return_call_indirect (type $write) (i32.const 1) (i32.const 1044) (i32.const 1) (i32.const 1052) (i32.const 5)))

  ;; Equal prototypes, mutual: jumps.
  (func $even (type $narrow)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 3))))
  (func $odd (type $narrow)
    (if (i32.eqz (local.get 0)) (then (return (i64.mul (local.get 1) (i64.const 7)))))
    (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.rotl (local.get 1) (i64.const 9))))

  ;; A cycle of different prototypes, direct and through the table.
  (func $hop (type $narrow)
    (if (i32.eqz (local.get 0)) (then (return_call $leaf (i32.const 4) (local.get 1))))
    (return_call $wide (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (f32.convert_i32_u (local.get 0))
      (f64.convert_i64_s (local.get 1)) (i64x2.splat (local.get 1)) (ref.func $odd)))
  (func $wide (type $wide)
    (local.set 1 (i64.xor (i64.rotl (local.get 1) (i64.const 5))
      (i64.add (i64.extend_i32_u (i32.reinterpret_f32 (local.get 2))) (i64.reinterpret_f64 (local.get 3)))))
    (if (i32.eqz (local.get 0)) (then (return (i64.add (local.get 1) (i64x2.extract_lane 1 (local.get 4))))))
    (block $b
      (br_if $b (ref.is_null (local.get 5)))
      (return_call_indirect $t (type $narrow) (i32.sub (local.get 0) (i32.const 1)) (local.get 1)
        (i32.mul (i32.rem_u (local.get 0) (i32.const 2)) (i32.const 2))))
    (return_call $mix (local.get 0) (local.get 1) (local.get 2) (f64.const nan) (local.get 4) (ref.null func)))
  (func $skip (type $narrow) (local $i i32)
    ;; A poll in a loop, below operands, and a tail call out of the loop.
    (local.set $i (i32.const 3))
    (i64.const 11)
    (loop $l (param i64) (result i64)
      (i64.mul (i64.extend_i32_u (local.get $i)))
      (if (i32.eqz (local.tee $i (i32.sub (local.get $i) (i32.const 1))))
        (then (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
          (return_call_indirect $t (type $wide) (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))
            (f32.const 0.5) (f64.sqrt (f64.const -1)) (i32x4.splat (local.get 0))
            (if (result funcref) (i32.and (local.get 0) (i32.const 3)) (then (ref.func $wide)) (else (ref.null func)))
            (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.rem_u (local.get 0) (i32.const 2)))))))
      (br $l))
    )
  (func $mix (type $wide)
    (if (i32.eqz (local.get 0)) (then (return (i64.reinterpret_f64 (local.get 3)))))
    (return_call $hop (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (call $even (i32.const 3) (local.get 1)))))
  ;; No part of a cycle, though tail-called by one: by a call in its place.
  (func $leaf (type $narrow)
    (loop $l (local.set 1 (i64.mul (local.get 1) (i64.const 3))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))

  ;; Results in memory: more than one, a vector among them; the recursion below holds operands.
  (func $twice (type $buffered)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1) (i64x2.extract_lane 0 (local.get 1)))))
    (return_call $thrice (f64.const 2.5) (i32.sub (local.get 0) (i32.const 1)) (i64x2.add (local.get 1) (i64x2.splat (i64.const 5)))))
  (func $thrice (param f64 i32 v128) (result v128 i64)
    (if (i32.eqz (i32.rem_u (local.get 1) (i32.const 5)))
      (then (return_call $sum (call $twice (i32.div_u (local.get 1) (i32.const 5)) (local.get 2)) (local.get 0))))
    (return_call $twice (i32.sub (local.get 1) (i32.const 1)) (f64x2.mul (local.get 2) (f64x2.splat (local.get 0)))))
  (func $sum (param v128 i64 f64) (result v128 i64)
    (i32x4.add (local.get 0) (i64x2.splat (local.get 1))) (i64.trunc_sat_f64_s (local.get 2)))

  ;; More arguments than registers.
  (func $long (param i32 i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 f64 v128) (result i64)
    (if (i32.eqz (local.get 0)) (then (return (i64.add (local.get 1) (i64.add (i64.mul (local.get 8) (i64.const 5))
      (i64.xor (i64.reinterpret_f64 (f64.div (local.get 9) (local.get 17))) (i64x2.extract_lane 1 (local.get 18))))))))
    (return_call $long (i32.sub (local.get 0) (i32.const 1)) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
      (local.get 7) (local.get 8) (i64.add (local.get 1) (i64.const 1)) (local.get 10) (local.get 11) (local.get 12) (local.get 13)
      (local.get 14) (local.get 15) (local.get 16) (local.get 17) (f64.add (local.get 9) (f64.const 0.25))
      (i64x2.add (local.get 18) (i64x2.splat (local.get 1)))))

  (func $print (param i64) (drop (call $line (local.get 0))) (drop (call $again)))

  ;; The entry itself is replaced.
  (func $rest (param i32) (local $v v128) (local $n i64)
    (call $twice (i32.const 57) (i64x2.splat (i64.const 1)))
    (local.set $n) (local.set $v)
    (call $print (local.get $n))
    (call $print (i64x2.extract_lane 1 (local.get $v)))
    (call $print (call $long (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
      (i64.const 7) (i64.const 8) (f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4) (f64.const 5) (f64.const 6) (f64.const 7)
      (f64.const 8) (f64.const 9) (i32x4.splat (i32.const 3)))))
  (func (export "_start")
    (call $print (call $even (i32.const 25) (i64.const 1)))
    (call $print (call $hop (i32.const 60) (i64.const 1)))
    (call $print (call_indirect $t (type $narrow) (i32.const 33) (i64.const 77) (i32.const 2)))
    (return_call $rest (i32.const 31))))
