;;! show: wf0
;;! options: checkpoint=False
;; In a loop with two counters, one of which stores to neighbouring places, the accesses of each go
;; through a base of their own: an annotation of %mem with another number.
(module (memory 1)
  (func (param $p i32) (param $q i32) (param $n i32)
    (loop
      (i32.store (local.get $p) (i32.load (local.get $q)))
      (i32.store offset=4 (local.get $p) (i32.load offset=4 (local.get $q)))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (local.set $q (i32.add (local.get $q) (i32.const 8)))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
;; define internal void @wf0(ptr nonnull %mem, i32 %p0, i32 %p1, i32 %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call ptr @llvm.ptr.annotation.p0.p0(ptr %mem, ptr null, ptr null, i32 0, ptr null) memory(none)
;;   %1 = call ptr @llvm.ptr.annotation.p0.p0(ptr %mem, ptr null, ptr null, i32 1, ptr null) memory(none)
;;   br label %b1
;; b1:
;;   %2 = phi i32 [ %p0, %b0 ], [ %13, %b2 ]
;;   %3 = phi i32 [ %p1, %b0 ], [ %14, %b2 ]
;;   %4 = phi i32 [ %p2, %b0 ], [ %15, %b2 ]
;;   %5 = zext i32 %3 to i64
;;   %6 = getelementptr i8, ptr %1, i64 %5
;;   %7 = load i32, ptr %6, align 1, !tbaa !{linear memory}
;;   %8 = zext i32 %2 to i64
;;   %9 = getelementptr i8, ptr %0, i64 %8
;;   store i32 %7, ptr %9, align 1, !tbaa !{linear memory}
;;   %10 = getelementptr i8, ptr %6, i64 4
;;   %11 = load i32, ptr %10, align 1, !tbaa !{linear memory}
;;   %12 = getelementptr i8, ptr %9, i64 4
;;   store i32 %11, ptr %12, align 1, !tbaa !{linear memory}
;;   %13 = add i32 %2, 8
;;   %14 = add i32 %3, 8
;;   %15 = sub i32 %4, 1
;;   %16 = icmp ne i32 %15, 0
;;   br i1 %16, label %b2, label %b3
;; b2:
;;   br label %b1
;; b3:
;;   br label %b4
;; b4:
;;   br label %b5
;; b5:
;;   ret void
;; }
