;;! show: wf1
;; A loop in the merged form: a frame enters behind its call and behind its poll, so its header has phis for all that
;; is live, also for what the loop does not change; and polls have no strip.
(module (memory 1)
  (func $g (loop (br_if 0 (i32.load (i32.const 0)))))
  (func (param i32 i32) (result i32)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (loop
      (call $g)
      (br_if 0 (local.tee 0 (i32.load (local.get 0)))))
    (local.get 1)))
;; define internal i32 @wf1(ptr nonnull %tagged, i32 %p0, i32 %p1) #{noimplicitfloat noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = ptrtoint ptr %tagged to i64
;;   %1 = trunc i64 %0 to i1
;;   %2 = call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)
;;   br i1 %1, label %b1, label %b15, !prof !branch_weights
;; b1:
;;   %3 = load ptr, ptr @wanco_resume_frame
;;   %4 = getelementptr inbounds i8, ptr %3, i64 32
;;   %5 = getelementptr inbounds i8, ptr %3, i64 48
;;   %6 = load i32, ptr %4, align 16, !tbaa !{frame}
;;   %7 = load i32, ptr %5, align 16, !tbaa !{frame}
;;   %8 = getelementptr inbounds i8, ptr %3, i64 16
;;   %9 = load i64, ptr %8
;;   switch i64 %9, label %b2 [ i64 2, label %b3 i64 1, label %b14 ]
;; b2:
;;   unreachable
;; b3:
;;   %10 = load ptr, ptr %3
;;   %11 = getelementptr inbounds i8, ptr %3, i64 8
;;   %12 = load ptr, ptr %11
;;   %13 = or i64 %9, 2147483648
;;   call void %12(ptr %2, ptr %10) [ "deopt"(i64 %13, ptr %3) ]
;;   switch i64 %9, label %b2 [ i64 2, label %b4 ]
;; b4:
;;   br label %b5
;; b5:
;;   %14 = phi i32 [ %6, %b4 ], [ %26, %b10 ]
;;   %15 = phi i32 [ %7, %b4 ], [ %27, %b10 ]
;;   %16 = zext i32 %14 to i64
;;   %17 = getelementptr i8, ptr %2, i64 %16
;;   %18 = load i32, ptr %17, align 1, !tbaa !{linear memory}
;;   %19 = icmp ne i32 %18, 0
;;   br i1 %19, label %b6, label %b11
;; b6:
;;   %20 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %21 = icmp ne i32 %20, 0
;;   br i1 %21, label %b7, label %b9, !prof !branch_weights
;; b7:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 1, i32 %18, i32 %15) ]
;;   br label %b8
;; b8:
;;   %22 = phi i32 [ %18, %b7 ], [ %6, %b14 ]
;;   %23 = phi i32 [ %15, %b7 ], [ %7, %b14 ]
;;   br label %b9
;; b9:
;;   %24 = phi i32 [ %18, %b6 ], [ %22, %b8 ]
;;   %25 = phi i32 [ %15, %b6 ], [ %23, %b8 ]
;;   br label %b10
;; b10:
;;   %26 = phi i32 [ %24, %b9 ], [ %p0, %b15 ]
;;   %27 = phi i32 [ %25, %b9 ], [ %p1, %b15 ]
;;   call void @wf0(ptr %2) [ "deopt"(i64 2, i32 %26, i32 %27) ]
;;   br label %b5
;; b11:
;;   br label %b12
;; b12:
;;   br label %b13
;; b13:
;;   ret i32 %15
;; b14:
;;   br label %b8
;; b15:
;;   br label %b10
;; }
