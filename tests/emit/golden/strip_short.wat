;;! show: wf0
;; A loop that counts down from a masked value ends before its first poll: there is none, and no strip.
(module (memory 1)
  (func (param i32 i32) (result i32) (local i32)
    (local.set 1 (i32.and (local.get 1) (i32.const 7)))
    (loop
      (local.set 2 (i32.mul (i32.add (local.get 2) (i32.load (local.get 0))) (i32.const 3)))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if 0 (local.tee 1 (i32.add (local.get 1) (i32.const -1)))))
    (local.get 2)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = and i32 %p1, 7
;;   br label %b1
;; b1:
;;   %1 = phi i32 [ %p0, %b0 ], [ %9, %b2 ]
;;   %2 = phi i32 [ %0, %b0 ], [ %10, %b2 ]
;;   %3 = phi i32 [ 0, %b0 ], [ %8, %b2 ]
;;   %4 = zext i32 %1 to i64
;;   %5 = getelementptr i8, ptr %mem, i64 %4
;;   %6 = load i32, ptr %5, align 1, !tbaa !{linear memory}
;;   %7 = add i32 %3, %6
;;   %8 = mul i32 %7, 3
;;   %9 = add i32 %1, 4
;;   %10 = add i32 %2, -1
;;   %11 = icmp ne i32 %10, 0
;;   br i1 %11, label %b2, label %b3
;; b2:
;;   br label %b1
;; b3:
;;   br label %b4
;; b4:
;;   br label %b5
;; b5:
;;   ret i32 %8
;; }
