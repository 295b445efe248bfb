;;! show: wf1 wr1
;; A function of some size that mostly calls is merged: its one version can be entered at its sites.  The lowest bit
;; of %tagged tells whether a frame is to be gone on with; behind each call phis take values from the ordinary
;; path or from the frame.  The resume function is a thunk.
(module (memory 1)
  (func $g (param i32) (result i32) (loop (br_if 0 (i32.load (local.get 0)))) (i32.const 5))
  (func (param i32 i64) (result i64)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (local.set 1 (i64.extend_i32_u (call $g (local.get 0))))
    (i64.add (local.get 1) (i64.extend_i32_u (call $g (local.get 0))))))
;; define internal i64 @wf1(ptr nonnull %tagged, i32 %p0, i64 %p1) #{noimplicitfloat noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = ptrtoint ptr %tagged to i64
;;   %1 = trunc i64 %0 to i1
;;   %2 = call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)
;;   br i1 %1, label %b1, label %b9, !prof !branch_weights
;; b1:
;;   %3 = load ptr, ptr @wanco_resume_frame
;;   %4 = getelementptr inbounds i8, ptr %3, i64 32
;;   %5 = getelementptr inbounds i8, ptr %3, i64 64
;;   %6 = load i32, ptr %4, align 16, !tbaa !{frame}
;;   %7 = getelementptr inbounds i8, ptr %3, i64 16
;;   %8 = load i64, ptr %7
;;   switch i64 %8, label %b2 [ i64 1, label %b3 i64 2, label %b3 ]
;; b2:
;;   unreachable
;; b3:
;;   %9 = load ptr, ptr %3
;;   %10 = getelementptr inbounds i8, ptr %3, i64 8
;;   %11 = load ptr, ptr %10
;;   %12 = or i64 %8, 2147483648
;;   %13 = call i32 %11(ptr %2, ptr %9) [ "deopt"(i64 %12, ptr %3) ]
;;   switch i64 %8, label %b2 [ i64 1, label %b4 i64 2, label %b8 ]
;; b4:
;;   br label %b5
;; b5:
;;   %14 = phi i32 [ %6, %b4 ], [ %p0, %b9 ]
;;   %15 = phi i32 [ %13, %b4 ], [ %23, %b9 ]
;;   %16 = zext i32 %15 to i64
;;   %17 = call i32 @wf0(ptr %2, i32 %14) [ "deopt"(i64 2, i64 %16) ]
;;   br label %b6
;; b6:
;;   %18 = phi i64 [ %16, %b5 ], [ %22, %b8 ]
;;   %19 = phi i32 [ %17, %b5 ], [ %13, %b8 ]
;;   %20 = zext i32 %19 to i64
;;   %21 = add i64 %18, %20
;;   br label %b7
;; b7:
;;   ret i64 %21
;; b8:
;;   %22 = load i64, ptr %5, align 16, !tbaa !{frame}
;;   br label %b6
;; b9:
;;   %23 = call i32 @wf0(ptr %2, i32 %p0) [ "deopt"(i64 1, i32 %p0) ]
;;   br label %b5
;; }
;;
;; define hidden i64 @wr1(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   store ptr %frame, ptr @wanco_resume_frame
;;   %0 = getelementptr i8, ptr %mem, i64 1
;;   %1 = call i64 @wf1(ptr %0, i32 poison, i64 poison) [ "deopt"(i64 2147483646) ]
;;   ret i64 %1
;; }
