;; References of both kinds at every kind of safepoint: in parameters, locals, operands, globals and tables.
(module
  (import "wanco" "checkpoint" (func $checkpoint (result i32)))
  (type $step (func (param externref funcref i32) (result externref)))
  (type $pair (func (param externref i32) (result externref funcref)))
  (table $outside 3 8 externref)
  (table $functions 2 6 funcref)
  (table $fixed 2 externref)
  (global $last (mut externref) (ref.null extern))
  (global $code (mut funcref) (ref.null func))
  (global $nothing externref (ref.null extern))
  (elem $two func $loops $recurses)
  (elem declare func $both $hands)
  (elem $none externref (ref.null extern) (ref.null extern))

  ;; A poll in a loop, the references in locals and below it on the operand stack.
  (func $loops (type $step) (local $mine externref) (local $found externref) (local $i i32)
    (local.set $mine (local.get 0))
    (local.get 0) (local.get 1) (table.get $outside (i32.const 0))
    (loop $l
      (table.set $outside (i32.rem_u (local.get $i) (table.size $outside)) (local.get $mine))
      (local.set $mine (global.get $last))
      (global.set $last (local.get 0))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 2))))
    (local.set $found) (global.set $code) (global.set $last)
    (table.set $outside (i32.const 2) (local.get $found))
    (select (result externref) (local.get $mine) (table.get $outside (i32.const 1)) (i32.and (local.get 2) (i32.const 1))))

  ;; A poll at the entry; a call below operands.
  (func $recurses (type $step)
    (if (i32.eqz (local.get 2)) (then (return (table.get $outside (i32.const 0)))))
    (local.get 0)
    (global.set $last (call $recurses (global.get $last) (local.get 1) (i32.sub (local.get 2) (i32.const 1)))))

  ;; A cycle of tail calls with unequal signatures.
  (func $hands (type $step)
    (if (i32.eqz (local.get 2)) (then (return (local.get 0))))
    (return_call $over (local.get 1) (local.get 0) (table.get $outside (i32.const 0)) (local.get 2)))
  (func $over (param funcref externref externref i32) (result externref)
    (table.set $outside (i32.const 0) (local.get 1))
    (return_call $hands (local.get 2) (local.get 0) (i32.sub (local.get 3) (i32.const 1))))

  ;; Two references as results, through memory.
  (func $both (type $pair)
    (call $loops (local.get 0) (ref.func $both) (local.get 1)) (global.get $code))

  (func (export "run") (param $a externref) (param $b externref) (param $n i32)
    (result externref externref externref i32) (local $f funcref) (local $nulls i32)
    (table.init $functions $two (i32.const 0) (i32.const 0) (i32.const 2))
    (elem.drop $two)
    (table.init $outside $none (i32.const 1) (i32.const 0) (i32.const 2))
    (drop (table.grow $outside (local.get $b) (i32.const 2)))
    (table.fill $outside (i32.const 0) (local.get $a) (i32.const 1))
    ;; Calls through a table, operands of both kinds below.
    (local.get $b)
    (global.set $last (call_indirect $functions (type $step) (local.get $a) (ref.null func) (local.get $n) (i32.const 0)))
    (global.set $last (call_indirect $functions (type $step) (local.get $b) (ref.func $hands) (local.get $n) (i32.const 1)))
    (call $both (global.get $last) (local.get $n))
    (local.set $f)
    (table.set $functions (i32.const 0) (local.get $f))
    ;; A host function that saves.
    (drop (call $checkpoint))
    (call $hands (local.get $a) (local.get $f) (local.get $n))
    (local.set $nulls (i32.add (ref.is_null (global.get $last))
      (i32.shl (i32.add (ref.is_null (table.get $functions (i32.const 0))) (ref.is_null (global.get $nothing))) (i32.const 4))))
    (table.copy $outside $outside (i32.const 1) (i32.const 0) (i32.const 4))
    (local.get $nulls))
  (func (export "at") (param i32) (result externref) (table.get $outside (local.get 0)))
  (func (export "fixed") (param i32) (result externref) (table.get $fixed (local.get 0)))
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (func (export "keep") (param externref) (global.set $kept (local.get 0))))
