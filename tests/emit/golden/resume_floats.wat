;;! show: wf0 wr0
;;! options: poll_interval=1
;; A raw phi in a loop: the poll records it as it is, and the runtime canonicalises it (the site's table says so).  In the
;; loop body of the resume function it is raw, too, though it was loaded from a frame; what is stored in one is canonical.
(module (memory 1)
  (func (param i32) (result f64) (local f64)
    (loop
      (local.set 1 (f64.add (local.get 1) (f64.load (local.get 0))))
      (br_if 0 (local.tee 0 (i32.load offset=8 (local.get 0)))))
    (local.get 1)))
;; define internal double @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ], [ %7, %b4 ]
;;   %1 = phi double [ 0x0000000000000000, %b0 ], [ %5, %b4 ]
;;   %2 = zext i32 %0 to i64
;;   %3 = getelementptr i8, ptr %mem, i64 %2
;;   %4 = load double, ptr %3, align 1, !tbaa !{linear memory}
;;   %5 = fadd double %1, %4
;;   %6 = getelementptr i8, ptr %3, i64 8
;;   %7 = load i32, ptr %6, align 1, !tbaa !{linear memory}
;;   %8 = icmp ne i32 %7, 0
;;   br i1 %8, label %b2, label %b5
;; b2:
;;   %9 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %10 = icmp ne i32 %9, 0
;;   br i1 %10, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %7, double %5) ]
;;   br label %b4
;; b4:
;;   br label %b1
;; b5:
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   %11 = fcmp uno double %5, %5
;;   %12 = select i1 %11, double 0x7FF8000000000000, double %5
;;   ret double %12
;; }
;;
;; define hidden double @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %4 = load i64, ptr %3
;;   switch i64 %4, label %b1 [ i64 0, label %b2 ]
;; b1:
;;   unreachable
;; b2:
;;   %5 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %6 = load double, ptr %1, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %7 = phi i32 [ %5, %b2 ], [ %14, %b6 ]
;;   %8 = phi double [ %6, %b2 ], [ %12, %b6 ]
;;   %9 = zext i32 %7 to i64
;;   %10 = getelementptr i8, ptr %mem, i64 %9
;;   %11 = load double, ptr %10, align 1, !tbaa !{linear memory}
;;   %12 = fadd double %8, %11
;;   %13 = getelementptr i8, ptr %10, i64 8
;;   %14 = load i32, ptr %13, align 1, !tbaa !{linear memory}
;;   %15 = icmp ne i32 %14, 0
;;   br i1 %15, label %b4, label %b7
;; b4:
;;   %16 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %17 = icmp ne i32 %16, 0
;;   br i1 %17, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   store i32 %14, ptr %0, align 16, !tbaa !{frame}
;;   %18 = fcmp uno double %12, %12
;;   %19 = select i1 %18, double 0x7FF8000000000000, double %12
;;   store double %19, ptr %1, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b6
;; b6:
;;   br label %b3
;; b7:
;;   br label %b8
;; b8:
;;   %20 = fcmp uno double %12, %12
;;   %21 = select i1 %20, double 0x7FF8000000000000, double %12
;;   store double %21, ptr %1, align 16, !tbaa !{frame}
;;   br label %b9
;; b9:
;;   %22 = load double, ptr %1, align 16, !tbaa !{frame}
;;   store double %22, ptr %2, align 16, !tbaa !{frame}
;;   br label %b10
;; b10:
;;   %23 = load double, ptr %2, align 16, !tbaa !{frame}
;;   ret double %23
;; }
