;;! show: wf0
;; In a memory that can have all 65,536 pages, p + 8 can wrap to an address that is there: each has a zext of its own.
(module (memory 65536)
  (func (param i32)
    (i32.store (local.get 0) (i32.const 1))
    (i32.store (i32.add (local.get 0) (i32.const 8)) (i32.const 2))))
;; define internal void @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   store i32 1, ptr %1, align 1, !tbaa !{linear memory}
;;   %2 = add i32 %p0, 8
;;   %3 = zext i32 %2 to i64
;;   %4 = getelementptr i8, ptr %mem, i64 %3
;;   store i32 2, ptr %4, align 1, !tbaa !{linear memory}
;;   br label %b1
;; b1:
;;   ret void
;; }
