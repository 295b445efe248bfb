;;! show: wf0
;;! options: poll_interval=64
;; A strip whose length is not known: a counter of its own, and a poll every 64 iterations, which is a way around.
(module (memory 1)
  (func (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.load (local.get 0)))))
    (local.get 1)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ]
;;   %1 = phi i32 [ 0, %b0 ]
;;   br label %b2
;; b2:
;;   %2 = phi i32 [ %0, %b1 ], [ %8, %b7 ]
;;   %3 = phi i32 [ %1, %b1 ], [ %5, %b7 ]
;;   %4 = phi i32 [ 0, %b1 ], [ %14, %b7 ]
;;   %5 = add i32 %3, 1
;;   %6 = zext i32 %2 to i64
;;   %7 = getelementptr i8, ptr %mem, i64 %6
;;   %8 = load i32, ptr %7, align 1, !tbaa !{linear memory}
;;   %9 = icmp ne i32 %8, 0
;;   br i1 %9, label %b3, label %b8
;; b3:
;;   %10 = add nuw nsw i32 %4, 1
;;   %11 = icmp eq i32 %10, 64
;;   br i1 %11, label %b4, label %b7, !prof !branch_weights
;; b4:
;;   %12 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %13 = icmp ne i32 %12, 0
;;   br i1 %13, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %8, i32 %5) ]
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   %14 = phi i32 [ %10, %b3 ], [ 0, %b6 ]
;;   br label %b2
;; b8:
;;   br label %b9
;; b9:
;;   br label %b10
;; b10:
;;   ret i32 %5
;; }
