;;! show: wr0
;;! options: poll_interval=1
;; One loop in another.  The partial body, whose blocks load from %frame and store to it, finishes the interrupted iteration.
;; Each loop also has a body in SSA form, entered at its head: the inner one, where the partial body comes to it, and
;; the outer one with a copy of the inner one in it.  At their polls loop bodies bring home what they have changed.
(module (memory 1)
  (func (param i32 i32)
    (loop $outer
      (loop $inner (br_if $inner (local.tee 1 (i32.load (local.get 1)))))
      (br_if $outer (local.tee 0 (i32.load (local.get 0)))))))
;; define hidden void @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %3 = load i64, ptr %2
;;   switch i64 %3, label %b1 [ i64 1, label %b2 i64 0, label %b13 ]
;; b1:
;;   unreachable
;; b2:
;;   %4 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %5 = phi i32 [ %4, %b2 ], [ %8, %b6 ]
;;   %6 = zext i32 %5 to i64
;;   %7 = getelementptr i8, ptr %mem, i64 %6
;;   %8 = load i32, ptr %7, align 1, !tbaa !{linear memory}
;;   %9 = icmp ne i32 %8, 0
;;   br i1 %9, label %b4, label %b7
;; b4:
;;   %10 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %11 = icmp ne i32 %10, 0
;;   br i1 %11, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   store i32 %8, ptr %1, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483649, ptr %frame) ]
;;   br label %b6
;; b6:
;;   br label %b3
;; b7:
;;   br label %b8
;; b8:
;;   store i32 %8, ptr %1, align 16, !tbaa !{frame}
;;   br label %b9
;; b9:
;;   %12 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %13 = zext i32 %12 to i64
;;   %14 = getelementptr i8, ptr %mem, i64 %13
;;   %15 = load i32, ptr %14, align 1, !tbaa !{linear memory}
;;   store i32 %15, ptr %0, align 16, !tbaa !{frame}
;;   %16 = icmp ne i32 %15, 0
;;   br i1 %16, label %b10, label %b28
;; b10:
;;   %17 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %18 = icmp ne i32 %17, 0
;;   br i1 %18, label %b11, label %b12, !prof !branch_weights
;; b11:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b12
;; b12:
;;   br label %b13
;; b13:
;;   %19 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %20 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   br label %b14
;; b14:
;;   %21 = phi i32 [ %19, %b13 ], [ %32, %b23 ]
;;   %22 = phi i32 [ %20, %b13 ], [ %26, %b23 ]
;;   br label %b15
;; b15:
;;   %23 = phi i32 [ %22, %b14 ], [ %26, %b18 ]
;;   %24 = zext i32 %23 to i64
;;   %25 = getelementptr i8, ptr %mem, i64 %24
;;   %26 = load i32, ptr %25, align 1, !tbaa !{linear memory}
;;   %27 = icmp ne i32 %26, 0
;;   br i1 %27, label %b16, label %b19
;; b16:
;;   %28 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %29 = icmp ne i32 %28, 0
;;   br i1 %29, label %b17, label %b18, !prof !branch_weights
;; b17:
;;   store i32 %21, ptr %0, align 16, !tbaa !{frame}
;;   store i32 %26, ptr %1, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483649, ptr %frame) ]
;;   br label %b18
;; b18:
;;   br label %b15
;; b19:
;;   br label %b20
;; b20:
;;   %30 = zext i32 %21 to i64
;;   %31 = getelementptr i8, ptr %mem, i64 %30
;;   %32 = load i32, ptr %31, align 1, !tbaa !{linear memory}
;;   %33 = icmp ne i32 %32, 0
;;   br i1 %33, label %b21, label %b24
;; b21:
;;   %34 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %35 = icmp ne i32 %34, 0
;;   br i1 %35, label %b22, label %b23, !prof !branch_weights
;; b22:
;;   store i32 %32, ptr %0, align 16, !tbaa !{frame}
;;   store i32 %26, ptr %1, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b23
;; b23:
;;   br label %b14
;; b24:
;;   br label %b25
;; b25:
;;   br label %b26
;; b26:
;;   br label %b27
;; b27:
;;   ret void
;; b28:
;;   br label %b26
;; }
