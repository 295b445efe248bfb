;;! show: wf0
;; Stores of results of arithmetic wait for each other, and the store of an integer behind them for them: one branch tests
;; the values of all for NaNs, two of a type by one comparison, and the stores follow in their order.
;; A load that none of them can change does not wait.
(module (memory 1)
  (func (param i32 f64 f64 f32) (result i64)
    (f64.store (local.get 0) (f64.add (local.get 1) (local.get 2)))
    (f64.store offset=8 (local.get 0) (f64.mul (local.get 1) (local.get 2)))
    (i32.store offset=16 (local.get 0) (i32.const 7))
    (f32.store offset=20 (local.get 0) (f32.div (local.get 3) (local.get 3)))
    (i64.load offset=24 (local.get 0))))
;; define internal i64 @wf0(ptr nonnull %mem, i32 %p0, double %p1, double %p2, float %p3) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fadd double %p1, %p2
;;   %1 = zext i32 %p0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = fmul double %p1, %p2
;;   %4 = getelementptr i8, ptr %2, i64 8
;;   %5 = getelementptr i8, ptr %2, i64 16
;;   %6 = fdiv float %p3, %p3
;;   %7 = getelementptr i8, ptr %2, i64 20
;;   %8 = getelementptr i8, ptr %2, i64 24
;;   %9 = load i64, ptr %8, align 1, !tbaa !{linear memory}
;;   %10 = fcmp uno float %6, %6
;;   %11 = fcmp uno double %0, %3
;;   %12 = or i1 %10, %11
;;   br i1 %12, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   %13 = fcmp uno double %0, %0
;;   %14 = select i1 %13, double 0x7FF8000000000000, double %0
;;   %15 = fcmp uno double %3, %3
;;   %16 = select i1 %15, double 0x7FF8000000000000, double %3
;;   %17 = fcmp uno float %6, %6
;;   %18 = select i1 %17, float 0x7FF8000000000000, float %6
;;   br label %b2
;; b2:
;;   %19 = phi double [ %0, %b0 ], [ %14, %b1 ]
;;   %20 = phi double [ %3, %b0 ], [ %16, %b1 ]
;;   %21 = phi float [ %6, %b0 ], [ %18, %b1 ]
;;   store double %19, ptr %2, align 1, !tbaa !{linear memory}
;;   store double %20, ptr %4, align 1, !tbaa !{linear memory}
;;   store i32 7, ptr %5, align 1, !tbaa !{linear memory}
;;   store float %21, ptr %7, align 1, !tbaa !{linear memory}
;;   br label %b3
;; b3:
;;   ret i64 %9
;; }
