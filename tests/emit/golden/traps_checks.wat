;;! show: wf0
;; Division and conversion are guarded; a constant divisor needs no test.  Traps are calls out of line, with a
;; record that names the place of the instruction.
(module
  (func (param i32 i32 f64) (result i32)
    (if (i32.div_u (local.get 0) (i32.const 10)) (then (unreachable)))
    (i32.add (i32.div_s (local.get 0) (local.get 1)) (i32.trunc_f64_s (local.get 2)))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1, double %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = udiv i32 %p0, 10
;;   %1 = icmp ne i32 %0, 0
;;   br i1 %1, label %b1, label %b2
;; b1:
;;   call void @wanco_trap(i32 0) [ "deopt"(i64 4611686018427387912) ]
;;   unreachable
;; b2:
;;   %2 = icmp eq i32 %p1, 0
;;   br i1 %2, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call void @wanco_trap(i32 5) [ "deopt"(i64 4611686018427387918) ]
;;   unreachable
;; b4:
;;   %3 = icmp eq i32 %p1, -1
;;   %4 = icmp eq i32 %p0, -2147483648
;;   %5 = and i1 %3, %4
;;   br i1 %5, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call void @wanco_trap(i32 6) [ "deopt"(i64 4611686018427387918) ]
;;   unreachable
;; b6:
;;   %6 = sdiv i32 %p0, %p1
;;   %7 = fcmp ogt double %p2, 0xC1E0000000200000
;;   %8 = fcmp olt double %p2, 0x41E0000000000000
;;   %9 = and i1 %7, %8
;;   %10 = xor i1 %9, true
;;   br i1 %10, label %b7, label %b8, !prof !branch_weights
;; b7:
;;   %11 = fcmp uno double %p2, %p2
;;   %12 = select i1 %11, i32 7, i32 6
;;   call void @wanco_trap(i32 %12) [ "deopt"(i64 4611686018427387921) ]
;;   unreachable
;; b8:
;;   %13 = fptosi double %p2 to i32
;;   %14 = add i32 %6, %13
;;   br label %b9
;; b9:
;;   ret i32 %14
;; }
