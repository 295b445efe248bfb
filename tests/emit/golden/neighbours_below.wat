;;! show: wf0
;; Addresses below one that has not been accessed: p is extended though nothing is read there, as p - 16 either does not wrap or
;; traps.  With an offset, which could lead back into the memory, p - 32 is extended by itself.
(module (memory 1)
  (func (param i32) (result i32)
    (i32.add
      (i32.sub
        (i32.load (i32.sub (local.get 0) (i32.const 16)))
        (i32.load (i32.sub (local.get 0) (i32.const 8))))
      (i32.load offset=40 (i32.sub (local.get 0) (i32.const 32))))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = sub i32 %p0, 16
;;   %1 = zext i32 %p0 to i64
;;   %2 = getelementptr i8, ptr %mem, i64 %1
;;   %3 = getelementptr i8, ptr %2, i64 -16
;;   %4 = load i32, ptr %3, align 1, !tbaa !{linear memory}
;;   %5 = sub i32 %p0, 8
;;   %6 = getelementptr i8, ptr %2, i64 -8
;;   %7 = load i32, ptr %6, align 1, !tbaa !{linear memory}
;;   %8 = sub i32 %4, %7
;;   %9 = sub i32 %p0, 32
;;   %10 = zext i32 %9 to i64
;;   %11 = getelementptr i8, ptr %mem, i64 %10
;;   %12 = getelementptr i8, ptr %11, i64 40
;;   %13 = load i32, ptr %12, align 1, !tbaa !{linear memory}
;;   %14 = add i32 %8, %13
;;   br label %b1
;; b1:
;;   ret i32 %14
;; }
