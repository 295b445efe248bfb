;;! show: wf0
;; Arithmetic that the stores do not need goes behind their test, into the block of what comes later; the load stays.
(module (memory 1)
  (func (param i32 f64 f64)
    (f64.store (local.get 0) (f64.add (local.get 1) (local.get 2)))
    (local.set 1 (f64.mul (f64.sub (local.get 1) (local.get 2)) (f64.load offset=16 (local.get 0))))
    (f64.store offset=16 (local.get 0) (local.get 2))
    (if (local.get 0) (then (f64.store offset=8 (local.get 0) (local.get 1))))))
;; define internal void @wf0(ptr nonnull %mem, i32 %p0, double %p1, double %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fadd double %p1, %p2
;;   %1 = zext i32 %p0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = getelementptr i8, ptr %2, i64 16
;;   %4 = load double, ptr %3, align 1, !tbaa !{linear memory}
;;   %5 = getelementptr i8, ptr %2, i64 16
;;   %6 = fcmp uno double %0, %0
;;   br i1 %6, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   br label %b2
;; b2:
;;   %7 = phi double [ %0, %b0 ], [ 0x7FF8000000000000, %b1 ]
;;   %8 = fsub double %p1, %p2
;;   %9 = fmul double %8, %4
;;   store double %7, ptr %2, align 1, !tbaa !{linear memory}
;;   store double %p2, ptr %5, align 1, !tbaa !{linear memory}
;;   %10 = icmp ne i32 %p0, 0
;;   br i1 %10, label %b3, label %b6
;; b3:
;;   %11 = getelementptr i8, ptr %2, i64 8
;;   %12 = fcmp uno double %9, %9
;;   br i1 %12, label %b4, label %b5, !prof !branch_weights
;; b4:
;;   br label %b5
;; b5:
;;   %13 = phi double [ %9, %b3 ], [ 0x7FF8000000000000, %b4 ]
;;   store double %13, ptr %11, align 1, !tbaa !{linear memory}
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   ret void
;; }
