;;! show: wr1
;;! options: poll_interval=1
;; A loop that calls.  The partial body goes on behind the call with what the inner frame returns, and its own calls record
;; the frame's address.  The loop body has all that is live in SSA form, so that its calls and its poll record values.
(module (memory 1)
  (func $g (param i32) (result i32) (loop (br_if 0 (i32.load (local.get 0)))) (i32.const 5))
  (func (param i32 i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.add (local.get 1) (call $g (local.get 0))))))
    (local.get 0)))
;; define hidden i32 @wr1(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %4 = load i64, ptr %3
;;   switch i64 %4, label %b1 [ i64 2, label %b2 i64 1, label %b7 ]
;; b1:
;;   unreachable
;; b2:
;;   %5 = load ptr, ptr %frame
;;   %6 = getelementptr inbounds i8, ptr %frame, i64 8
;;   %7 = load ptr, ptr %6
;;   %8 = or i64 %4, 2147483648
;;   %9 = call i32 %7(ptr %mem, ptr %5) [ "deopt"(i64 %8, ptr %frame) ]
;;   switch i64 %4, label %b1 [ i64 2, label %b3 ]
;; b3:
;;   %10 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   %11 = add i32 %10, %9
;;   store i32 %11, ptr %0, align 16, !tbaa !{frame}
;;   %12 = icmp ne i32 %11, 0
;;   br i1 %12, label %b4, label %b16
;; b4:
;;   %13 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %14 = icmp ne i32 %13, 0
;;   br i1 %14, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483649, ptr %frame) ]
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   %15 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %16 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   br label %b8
;; b8:
;;   %17 = phi i32 [ %15, %b7 ], [ %19, %b11 ]
;;   %18 = call i32 @wf0(ptr %mem, i32 %17) [ "deopt"(i64 2, i32 %16, i32 %16) ]
;;   %19 = add i32 %16, %18
;;   %20 = icmp ne i32 %19, 0
;;   br i1 %20, label %b9, label %b12
;; b9:
;;   %21 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %22 = icmp ne i32 %21, 0
;;   br i1 %22, label %b10, label %b11, !prof !branch_weights
;; b10:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 1, i32 %19, i32 %16) ]
;;   br label %b11
;; b11:
;;   br label %b8
;; b12:
;;   br label %b13
;; b13:
;;   store i32 %19, ptr %0, align 16, !tbaa !{frame}
;;   br label %b14
;; b14:
;;   %23 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   store i32 %23, ptr %2, align 16, !tbaa !{frame}
;;   br label %b15
;; b15:
;;   %24 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   ret i32 %24
;; b16:
;;   br label %b14
;; }
