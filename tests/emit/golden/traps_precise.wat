;;! show: wf0
;;! options: precise_traps=True
;; With precise traps every access is volatile, and no store waits for another: each has its own test for NaNs.
(module (memory 1)
  (func (param i32 f64 f64)
    (f64.store (local.get 0) (f64.add (local.get 1) (local.get 2)))
    (f64.store offset=8 (local.get 0) (f64.mul (local.get 1) (f64.load offset=16 (local.get 0))))))
;; define internal void @wf0(ptr nonnull %mem, i32 %p0, double %p1, double %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fadd double %p1, %p2
;;   %1 = zext i32 %p0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = fcmp uno double %0, %0
;;   br i1 %3, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   br label %b2
;; b2:
;;   %4 = phi double [ %0, %b0 ], [ 0x7FF8000000000000, %b1 ]
;;   store volatile double %4, ptr %2, align 1, !tbaa !{linear memory}
;;   %5 = getelementptr i8, ptr %2, i64 16
;;   %6 = load volatile double, ptr %5, align 1, !tbaa !{linear memory}
;;   %7 = fmul double %p1, %6
;;   %8 = getelementptr i8, ptr %2, i64 8
;;   %9 = fcmp uno double %7, %7
;;   br i1 %9, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   br label %b4
;; b4:
;;   %10 = phi double [ %7, %b2 ], [ 0x7FF8000000000000, %b3 ]
;;   store volatile double %10, ptr %8, align 1, !tbaa !{linear memory}
;;   br label %b5
;; b5:
;;   ret void
;; }
