;;! show: wf1
;; Values in the merged form: a raw one is recorded as it is and stays raw behind the site, as what a frame holds is canonical;
;; constants need no phi; results through a buffer are read behind the phis.
(module (memory 1)
  (func $g (result i32 i64) (loop (br_if 0 (i32.load (i32.const 0)))) (i32.const 1) (i64.const 2))
  (func (param i32 f64) (result f64) (local $constant i32) (local $wide i64)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (local.set $constant (i32.const 9))
    (local.set 1 (f64.add (local.get 1) (local.get 1)))
    (call $g)
    (local.set $wide)
    (i64.store offset=24 (local.get $wide))
    (i32.store (local.get $constant) (local.get 0))
    (f64.mul (local.get 1) (local.get 1))))
;; define internal double @wf1(ptr nonnull %tagged, i32 %p0, double %p1) #{noimplicitfloat noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = alloca [32 x i8], align 16
;;   %1 = ptrtoint ptr %tagged to i64
;;   %2 = trunc i64 %1 to i1
;;   %3 = call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)
;;   br i1 %2, label %b1, label %b7, !prof !branch_weights
;; b1:
;;   %4 = load ptr, ptr @wanco_resume_frame
;;   %5 = getelementptr inbounds i8, ptr %4, i64 32
;;   %6 = getelementptr inbounds i8, ptr %4, i64 48
;;   %7 = load i32, ptr %5, align 16, !tbaa !{frame}
;;   %8 = load double, ptr %6, align 16, !tbaa !{frame}
;;   %9 = getelementptr inbounds i8, ptr %4, i64 16
;;   %10 = load i64, ptr %9
;;   switch i64 %10, label %b2 [ i64 1, label %b3 ]
;; b2:
;;   unreachable
;; b3:
;;   %11 = load ptr, ptr %4
;;   %12 = getelementptr inbounds i8, ptr %4, i64 8
;;   %13 = load ptr, ptr %12
;;   %14 = or i64 %10, 2147483648
;;   call void %13(ptr %3, ptr %11, ptr %0) [ "deopt"(i64 %14, ptr %4) ]
;;   switch i64 %10, label %b2 [ i64 1, label %b4 ]
;; b4:
;;   br label %b5
;; b5:
;;   %15 = phi i32 [ %7, %b4 ], [ %p0, %b7 ]
;;   %16 = phi double [ %8, %b4 ], [ %28, %b7 ]
;;   %17 = getelementptr inbounds i8, ptr %0, i64 0
;;   %18 = load i32, ptr %17, align 16
;;   %19 = getelementptr inbounds i8, ptr %0, i64 16
;;   %20 = load i64, ptr %19, align 16
;;   %21 = zext i32 %18 to i64
;;   %22 = getelementptr i8, ptr %3, i64 %21
;;   %23 = getelementptr i8, ptr %22, i64 24
;;   store i64 %20, ptr %23, align 1, !tbaa !{linear memory}
;;   %24 = getelementptr i8, ptr %3, i64 9
;;   store i32 %15, ptr %24, align 1, !tbaa !{linear memory}
;;   %25 = fmul double %16, %16
;;   br label %b6
;; b6:
;;   %26 = fcmp uno double %25, %25
;;   %27 = select i1 %26, double 0x7FF8000000000000, double %25
;;   ret double %27
;; b7:
;;   %28 = fadd double %p1, %p1
;;   call void @wf0(ptr %3, ptr %0) [ "deopt"(i64 1, i32 %p0, double %28, i32 9) ]
;;   br label %b5
;; }
