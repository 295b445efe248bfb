;;! show: wf0 wf1
;; A remainder by -1 is 0 and does not overflow: the divisor is replaced.  Unsigned operators test for zero only.
(module
  (func (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1))))
;; define internal i64 @wf0(ptr nonnull %mem, i64 %p0, i64 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp eq i64 %p1, 0
;;   br i1 %0, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 5) [ "deopt"(i64 4611686018427387909) ]
;;   unreachable
;; b2:
;;   %1 = icmp eq i64 %p1, -1
;;   %2 = select i1 %1, i64 1, i64 %p1
;;   %3 = srem i64 %p0, %2
;;   br label %b3
;; b3:
;;   ret i64 %3
;; }
;;
;; define internal i64 @wf1(ptr nonnull %mem, i64 %p0, i64 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp eq i64 %p1, 0
;;   br i1 %0, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 5) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b2:
;;   %1 = urem i64 %p0, %p1
;;   br label %b3
;; b3:
;;   ret i64 %1
;; }
