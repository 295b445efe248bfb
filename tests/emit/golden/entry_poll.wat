;;! show: wf0 wr0
;; A cycle of calls is broken by a poll at the entry of one of its functions, which records the parameters.  The
;; resume function enters there (site 0), or behind the call of itself (site 1) with what the inner frame returns.
(module
  (func $f (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.mul (local.get 0) (call $f (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 1)))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %1 = icmp ne i32 %0, 0
;;   br i1 %1, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %p0) ]
;;   br label %b2
;; b2:
;;   %2 = icmp ne i32 %p0, 0
;;   br i1 %2, label %b3, label %b6
;; b3:
;;   %3 = sub i32 %p0, 1
;;   %4 = call i32 @wf0(ptr %mem, i32 %3) [ "deopt"(i64 1, i32 %p0) ]
;;   %5 = mul i32 %p0, %4
;;   br label %b4
;; b4:
;;   %6 = phi i32 [ %5, %b3 ], [ 1, %b6 ]
;;   br label %b5
;; b5:
;;   ret i32 %6
;; b6:
;;   br label %b4
;; }
;;
;; define hidden i32 @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %4 = load i64, ptr %3
;;   switch i64 %4, label %b1 [ i64 0, label %b2 i64 1, label %b8 ]
;; b1:
;;   unreachable
;; b2:
;;   %5 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %6 = icmp ne i32 %5, 0
;;   br i1 %6, label %b3, label %b7
;; b3:
;;   %7 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %8 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %9 = sub i32 %8, 1
;;   store i32 %7, ptr %1, align 16, !tbaa !{frame}
;;   %10 = call i32 @wf0(ptr %mem, i32 %9) noinline [ "deopt"(i64 2147483649, ptr %frame) ]
;;   store i32 %10, ptr %2, align 16, !tbaa !{frame}
;;   br label %b4
;; b4:
;;   %11 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   %12 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   %13 = mul i32 %12, %11
;;   store i32 %13, ptr %1, align 16, !tbaa !{frame}
;;   br label %b5
;; b5:
;;   br label %b6
;; b6:
;;   %14 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   ret i32 %14
;; b7:
;;   store i32 1, ptr %1, align 16, !tbaa !{frame}
;;   br label %b5
;; b8:
;;   %15 = load ptr, ptr %frame
;;   %16 = getelementptr inbounds i8, ptr %frame, i64 8
;;   %17 = load ptr, ptr %16
;;   %18 = or i64 %4, 2147483648
;;   %19 = call i32 %17(ptr %mem, ptr %15) [ "deopt"(i64 %18, ptr %frame) ]
;;   switch i64 %4, label %b1 [ i64 1, label %b9 ]
;; b9:
;;   store i32 %19, ptr %2, align 16, !tbaa !{frame}
;;   br label %b4
;; }
