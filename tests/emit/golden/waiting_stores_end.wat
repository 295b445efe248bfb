;;! show: wf0
;; A load that can overlap what waits makes the stores before it; with one value the cold block needs no select, as it is a NaN.
;; Behind the test the value is canonical: the return does not test it again.
(module (memory 1)
  (func (param i32 i32 f64) (result f64)
    (local.set 2 (f64.add (local.get 2) (local.get 2)))
    (f64.store (local.get 0) (local.get 2))
    (i32.store offset=8 (local.get 0) (i32.load (local.get 1)))
    (local.get 2)))
;; define internal double @wf0(ptr nonnull %mem, i32 %p0, i32 %p1, double %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fadd double %p2, %p2
;;   %1 = zext i32 %p0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = fcmp uno double %0, %0
;;   br i1 %3, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   br label %b2
;; b2:
;;   %4 = phi double [ %0, %b0 ], [ 0x7FF8000000000000, %b1 ]
;;   store double %4, ptr %2, align 1, !tbaa !{linear memory}
;;   %5 = zext i32 %p1 to i64
;;   %6 = getelementptr i8, ptr %mem, i64 %5
;;   %7 = load i32, ptr %6, align 1, !tbaa !{linear memory}
;;   %8 = getelementptr i8, ptr %2, i64 8
;;   store i32 %7, ptr %8, align 1, !tbaa !{linear memory}
;;   br label %b3
;; b3:
;;   ret double %4
;; }
