;;! show: wf0
;; A counted strip of a 64-bit counter that goes down to zero by 8: the condition has no comparison with the end.
(module (memory 1)
  (func (param i64) (result i64) (local i64)
    (loop
      (local.set 1 (i64.add (local.get 1) (i64.load (i32.wrap_i64 (local.get 0)))))
      (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 8))) (i64.const 0))))
    (local.get 1)))
;; define internal i64 @wf0(ptr nonnull %mem, i64 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i64 [ %p0, %b0 ], [ %20, %b6 ]
;;   %1 = phi i64 [ 0, %b0 ], [ %19, %b6 ]
;;   %2 = sub i64 %0, 0
;;   %3 = lshr i64 %2, 3
;;   %4 = and i64 %2, 7
;;   %5 = icmp ne i64 %4, 0
;;   %6 = icmp eq i64 %2, 0
;;   %7 = or i1 %5, %6
;;   %8 = icmp ugt i64 %3, 1024
;;   %9 = or i1 %7, %8
;;   %10 = select i1 %9, i64 1024, i64 %3
;;   %11 = trunc i64 %10 to i32
;;   br label %b2
;; b2:
;;   %12 = phi i64 [ %0, %b1 ], [ %20, %b2 ]
;;   %13 = phi i64 [ %1, %b1 ], [ %19, %b2 ]
;;   %14 = phi i32 [ 0, %b1 ], [ %23, %b2 ]
;;   %15 = trunc i64 %12 to i32
;;   %16 = zext i32 %15 to i64
;;   %17 = getelementptr i8, ptr %mem, i64 %16
;;   %18 = load i64, ptr %17, align 1, !tbaa !{linear memory}
;;   %19 = add i64 %13, %18
;;   %20 = sub i64 %12, 8
;;   %21 = icmp ne i64 %20, 0
;;   %22 = zext i1 %21 to i32
;;   %23 = add nuw nsw i32 %14, 1
;;   %24 = icmp ne i32 %23, %11
;;   br i1 %24, label %b2, label %b3
;; b3:
;;   br i1 %21, label %b4, label %b7
;; b4:
;;   %25 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %26 = icmp ne i32 %25, 0
;;   br i1 %26, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i64 %20, i64 %19) ]
;;   br label %b6
;; b6:
;;   br label %b1
;; b7:
;;   br label %b8
;; b8:
;;   br label %b9
;; b9:
;;   ret i64 %19
;; }
