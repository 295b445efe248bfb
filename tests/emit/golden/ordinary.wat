;;! show: wf1
;; Values are in SSA form: phis stand where values meet, for what differs and is live only.
;; The call of a function that cannot poll has a record for backtraces, which holds no values.
(module
  (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func (param i32 i32) (result i32) (local i32 i32)
    (if (i32.lt_u (local.get 0) (local.get 1))
      (then (local.set 2 (call $leaf (local.get 0))) (local.set 3 (i32.const 1)))
      (else (local.set 2 (local.get 1)) (local.set 3 (i32.const 2))))
    (block
      (br_if 0 (i32.eqz (local.get 2)))
      (local.set 2 (i32.add (local.get 2) (i32.const 7))))
    (local.get 2)))
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp ult i32 %p0, %p1
;;   %1 = zext i1 %0 to i32
;;   br i1 %0, label %b1, label %b6
;; b1:
;;   %2 = call i32 @wf0(ptr %mem, i32 %p0) [ "deopt"(i64 4611686022722355212) ]
;;   br label %b2
;; b2:
;;   %3 = phi i32 [ %2, %b1 ], [ %p1, %b6 ]
;;   %4 = icmp eq i32 %3, 0
;;   %5 = zext i1 %4 to i32
;;   br i1 %4, label %b3, label %b5
;; b3:
;;   %6 = phi i32 [ %3, %b2 ], [ %7, %b5 ]
;;   br label %b4
;; b4:
;;   ret i32 %6
;; b5:
;;   %7 = add i32 %3, 7
;;   br label %b3
;; b6:
;;   br label %b2
;; }
