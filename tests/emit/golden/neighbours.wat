;;! show: wf0
;; Addresses near one that has been accessed are expressed by its native address: p is extended once.  What is accessed in
;; one arm of the `if` is not known behind it: q + 8 is extended again.
(module (memory 1)
  (func (param $p i32) (param $q i32) (result i32)
    (i32.store (local.get $p) (i32.const 1))
    (i32.store (i32.add (local.get $p) (i32.const 8)) (i32.const 2))
    (i32.store (i32.sub (local.get $p) (i32.const 8)) (i32.const 3))
    (if (local.get $q) (then (i32.store (local.get $q) (i32.const 4))))
    (i32.add
      (i32.load (i32.add (local.get $p) (i32.const 24)))
      (i32.load (i32.add (local.get $q) (i32.const 8))))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   store i32 1, ptr %1, align 1, !tbaa !{linear memory}
;;   %2 = add i32 %p0, 8
;;   %3 = getelementptr i8, ptr %1, i64 8
;;   store i32 2, ptr %3, align 1, !tbaa !{linear memory}
;;   %4 = sub i32 %p0, 8
;;   %5 = getelementptr i8, ptr %1, i64 -8
;;   store i32 3, ptr %5, align 1, !tbaa !{linear memory}
;;   %6 = icmp ne i32 %p1, 0
;;   br i1 %6, label %b1, label %b2
;; b1:
;;   %7 = zext i32 %p1 to i64
;;   %8 = getelementptr i8, ptr %mem, i64 %7
;;   store i32 4, ptr %8, align 1, !tbaa !{linear memory}
;;   br label %b2
;; b2:
;;   %9 = add i32 %p0, 24
;;   %10 = getelementptr i8, ptr %1, i64 24
;;   %11 = load i32, ptr %10, align 1, !tbaa !{linear memory}
;;   %12 = add i32 %p1, 8
;;   %13 = zext i32 %12 to i64
;;   %14 = getelementptr i8, ptr %mem, i64 %13
;;   %15 = load i32, ptr %14, align 1, !tbaa !{linear memory}
;;   %16 = add i32 %11, %15
;;   br label %b3
;; b3:
;;   ret i32 %16
;; }
