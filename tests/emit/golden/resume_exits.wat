;;! show: wr0
;;! options: poll_interval=1
;; Ways out of a loop body: what the loop has changed goes home in a block between, and only if it is live where the way leads.
;; The partial body is nothing but the code behind the loop, as no site lies in front of it.
(module (memory 1)
  (func (param i32 i32) (result i32)
    (block
      (loop
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 1 (i32.load8_u (local.get 0)))
        (br_if 0 (local.tee 0 (i32.load (local.get 0)))))
      (return (i32.const 7)))
    (local.get 1)))
;; define hidden i32 @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
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
;;   %6 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %7 = phi i32 [ %5, %b2 ], [ %17, %b10 ]
;;   %8 = phi i32 [ %6, %b2 ], [ %9, %b10 ]
;;   %9 = add i32 %8, 1
;;   %10 = zext i32 %7 to i64
;;   %11 = getelementptr i8, ptr %mem, i64 %10
;;   %12 = load i8, ptr %11, align 1, !tbaa !{linear memory}
;;   %13 = zext i8 %12 to i32
;;   %14 = icmp ne i32 %13, 0
;;   br i1 %14, label %b4, label %b7
;; b4:
;;   store i32 %9, ptr %1, align 16, !tbaa !{frame}
;;   br label %b5
;; b5:
;;   %15 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   store i32 %15, ptr %2, align 16, !tbaa !{frame}
;;   br label %b6
;; b6:
;;   %16 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   ret i32 %16
;; b7:
;;   %17 = load i32, ptr %11, align 1, !tbaa !{linear memory}
;;   %18 = icmp ne i32 %17, 0
;;   br i1 %18, label %b8, label %b11
;; b8:
;;   %19 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %20 = icmp ne i32 %19, 0
;;   br i1 %20, label %b9, label %b10, !prof !branch_weights
;; b9:
;;   store i32 %17, ptr %0, align 16, !tbaa !{frame}
;;   store i32 %9, ptr %1, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b10
;; b10:
;;   br label %b3
;; b11:
;;   br label %b12
;; b12:
;;   br label %b13
;; b13:
;;   store i32 7, ptr %2, align 16, !tbaa !{frame}
;;   br label %b6
;; }
