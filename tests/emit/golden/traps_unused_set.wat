;;! show: wf0
;; A local is set and never read: the load that only it needs is volatile, as a trap must stay.  The other is plain.
(module (memory 1)
  (func (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.mul (i32.load (local.get 0)) (i32.const 3)))
    (i32.load (local.get 1))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load volatile i32, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = mul i32 %2, 3
;;   %4 = zext i32 %p1 to i64
;;   %5 = getelementptr i8, ptr %mem, i64 %4
;;   %6 = load i32, ptr %5, align 1, !tbaa !{linear memory}
;;   br label %b1
;; b1:
;;   ret i32 %6
;; }
