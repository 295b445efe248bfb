;;! show: wr0
;;! options: poll_interval=1
;; A loop with a parameter, and an operand below it: both have slots in the frame behind those of the locals.  The loop body loads
;; what it takes; the operand below stays where it is.  The `if` in front of the loop leaves nothing, as no site enters it.
(module (memory 1)
  (func (param i32 i32) (result i32)
    (if (local.get 1) (then (local.set 0 (i32.const 8))))
    (local.get 0)
    (i32.const 3)
    (loop (param i32) (result i32)
      (i32.mul (local.get 1))
      (br_if 0 (local.tee 1 (i32.load (local.get 1)))))
    (i32.add)))
;; define hidden i32 @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 80
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %4 = load i64, ptr %3
;;   switch i64 %4, label %b1 [ i64 0, label %b2 ]
;; b1:
;;   unreachable
;; b2:
;;   %5 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %6 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %7 = phi i32 [ %5, %b2 ], [ %12, %b6 ]
;;   %8 = phi i32 [ %6, %b2 ], [ %9, %b6 ]
;;   %9 = mul i32 %8, %7
;;   %10 = zext i32 %7 to i64
;;   %11 = getelementptr i8, ptr %mem, i64 %10
;;   %12 = load i32, ptr %11, align 1, !tbaa !{linear memory}
;;   %13 = icmp ne i32 %12, 0
;;   br i1 %13, label %b4, label %b7
;; b4:
;;   %14 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %15 = icmp ne i32 %14, 0
;;   br i1 %15, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   store i32 %12, ptr %0, align 16, !tbaa !{frame}
;;   store i32 %9, ptr %2, align 16, !tbaa !{frame}
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b6
;; b6:
;;   br label %b3
;; b7:
;;   br label %b8
;; b8:
;;   store i32 %9, ptr %2, align 16, !tbaa !{frame}
;;   br label %b9
;; b9:
;;   %16 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   %17 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   %18 = add i32 %17, %16
;;   store i32 %18, ptr %1, align 16, !tbaa !{frame}
;;   br label %b10
;; b10:
;;   %19 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   ret i32 %19
;; }
