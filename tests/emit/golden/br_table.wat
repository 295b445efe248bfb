;;! show: wf0
;; A switch; cases that go to the same label are edges of their own in its phi.
(module
  (func (param i32 i32) (result i32)
    (block $a (result i32)
      (block $b (result i32)
        (local.get 1)
        (br_table $a $b $a $b (local.get 0)))
      (i32.mul (i32.const 3)))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   switch i32 %p0, label %b1 [ i32 0, label %b2 i32 1, label %b1 i32 2, label %b2 ]
;; b1:
;;   %0 = mul i32 %p1, 3
;;   br label %b2
;; b2:
;;   %1 = phi i32 [ %p1, %b0 ], [ %p1, %b0 ], [ %0, %b1 ]
;;   br label %b3
;; b3:
;;   ret i32 %1
;; }
