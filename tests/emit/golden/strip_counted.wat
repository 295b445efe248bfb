;;! show: wf0
;;! options: poll_interval=64
;; A counted strip: as many iterations as are left, at most 64, are computed in front of the inner header,
;; and the inner loop has one exit, by that count.  The loop's own condition and the poll come behind it.
(module (memory 1)
  (func (param i32 i32) (result i32) (local i32)
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if 0 (i32.ne (local.get 0) (local.get 1))))
    (local.get 2)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ], [ %18, %b6 ]
;;   %1 = phi i32 [ 0, %b0 ], [ %17, %b6 ]
;;   %2 = sub i32 %p1, %0
;;   %3 = lshr i32 %2, 2
;;   %4 = and i32 %2, 3
;;   %5 = icmp ne i32 %4, 0
;;   %6 = icmp eq i32 %2, 0
;;   %7 = or i1 %5, %6
;;   %8 = icmp ugt i32 %3, 64
;;   %9 = or i1 %7, %8
;;   %10 = select i1 %9, i32 64, i32 %3
;;   br label %b2
;; b2:
;;   %11 = phi i32 [ %0, %b1 ], [ %18, %b2 ]
;;   %12 = phi i32 [ %1, %b1 ], [ %17, %b2 ]
;;   %13 = phi i32 [ 0, %b1 ], [ %21, %b2 ]
;;   %14 = zext i32 %11 to i64
;;   %15 = getelementptr i8, ptr %mem, i64 %14
;;   %16 = load i32, ptr %15, align 1, !tbaa !{linear memory}
;;   %17 = add i32 %12, %16
;;   %18 = add i32 %11, 4
;;   %19 = icmp ne i32 %18, %p1
;;   %20 = zext i1 %19 to i32
;;   %21 = add nuw nsw i32 %13, 1
;;   %22 = icmp ne i32 %21, %10
;;   br i1 %22, label %b2, label %b3
;; b3:
;;   br i1 %19, label %b4, label %b7
;; b4:
;;   %23 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %24 = icmp ne i32 %23, 0
;;   br i1 %24, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %18, i32 %p1, i32 %17) ]
;;   br label %b6
;; b6:
;;   br label %b1
;; b7:
;;   br label %b8
;; b8:
;;   br label %b9
;; b9:
;;   ret i32 %17
;; }
