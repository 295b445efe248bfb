;;! show: wf0
;; An operand that was computed is dropped: all accesses of memory and globals in the function are volatile.
(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func (param i32 i32) (result i32)
    (drop (i32.load (local.get 0)))
    (i32.store (local.get 1) (global.get $g))
    (i32.load offset=4 (local.get 1))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load volatile i32, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = load volatile i32, ptr @wg0, !tbaa !{global}
;;   %4 = zext i32 %p1 to i64
;;   %5 = getelementptr i8, ptr %mem, i64 %4
;;   store volatile i32 %3, ptr %5, align 1, !tbaa !{linear memory}
;;   %6 = getelementptr i8, ptr %5, i64 4
;;   %7 = load volatile i32, ptr %6, align 1, !tbaa !{linear memory}
;;   br label %b1
;; b1:
;;   ret i32 %7
;; }
