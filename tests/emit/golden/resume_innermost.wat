;;! show: wr0
;;! options: poll_interval=1 small_resume=True
;; The same as resume_full, in the innermost form: only the inner loop has a body in SSA form; the outer one is open,
;; one copy in the partial body with a back edge.
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
;;   br i1 %16, label %b10, label %b14
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
;;   br label %b2
;; b14:
;;   br label %b15
;; b15:
;;   br label %b16
;; b16:
;;   ret void
;; }
