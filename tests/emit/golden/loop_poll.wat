;;! show: wf0
;;! options: poll_interval=1
;; A loop that polls in each iteration: the latch looks at the flag, and the call of the slow path, out
;; of line, records the site and the live local.  What the loop does not change needs no phi.
(module (memory 1)
  (func (param i32 i32) (result i32)
    (loop
      (local.set 0 (i32.load (local.get 0)))
      (br_if 0 (i32.lt_u (local.get 0) (local.get 1))))
    (local.get 0)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ], [ %3, %b4 ]
;;   %1 = zext i32 %0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = load i32, ptr %2, align 1, !tbaa !{linear memory}
;;   %4 = icmp ult i32 %3, %p1
;;   %5 = zext i1 %4 to i32
;;   br i1 %4, label %b2, label %b5
;; b2:
;;   %6 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %7 = icmp ne i32 %6, 0
;;   br i1 %7, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %3, i32 %p1) ]
;;   br label %b4
;; b4:
;;   br label %b1
;; b5:
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   ret i32 %3
;; }
