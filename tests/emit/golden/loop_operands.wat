;;! show: wf0
;;! options: checkpoint=False
;; The parameter of a loop is a phi of its header; the operand below it is none.
(module (memory 1)
  (func (param i32 i32) (result i32)
    (local.get 0)
    (i32.const 3)
    (loop (param i32) (result i32)
      (i32.mul (local.get 1))
      (br_if 0 (local.tee 1 (i32.load (local.get 1)))))
    (i32.add)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p1, %b0 ], [ %5, %b2 ]
;;   %1 = phi i32 [ 3, %b0 ], [ %2, %b2 ]
;;   %2 = mul i32 %1, %0
;;   %3 = zext i32 %0 to i64
;;   %4 = getelementptr i8, ptr %mem, i64 %3
;;   %5 = load i32, ptr %4, align 1, !tbaa !{linear memory}
;;   %6 = icmp ne i32 %5, 0
;;   br i1 %6, label %b2, label %b3
;; b2:
;;   br label %b1
;; b3:
;;   br label %b4
;; b4:
;;   %7 = add i32 %p0, %2
;;   br label %b5
;; b5:
;;   ret i32 %7
;; }
