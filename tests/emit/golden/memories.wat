;;! show: wf0
;; The base of memory 0 is a parameter, that of another one is loaded where it is accessed: it never changes.
(module (memory $a 1) (memory $b 1)
  (func (param i32) (result i32)
    (i32.store $b offset=4 (local.get 0) (i32.load $a (local.get 0)))
    (drop (memory.grow $b (i32.const 1)))
    (memory.copy $b $a (local.get 0) (i32.const 16) (i32.const 8))
    (memory.size $b)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load i32, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = getelementptr inbounds ptr, ptr @wanco_memory_base, i64 1
;;   %4 = load ptr, ptr %3, !invariant.load !{}
;;   %5 = zext i32 %p0 to i64
;;   %6 = getelementptr i8, ptr %4, i64 %5
;;   %7 = getelementptr i8, ptr %6, i64 4
;;   store i32 %2, ptr %7, align 1, !tbaa !{linear memory}
;;   %8 = call i32 @wanco_memory_grow(i32 1, i32 1)
;;   %9 = zext i32 8 to i64
;;   %10 = zext i32 %p0 to i64
;;   %11 = add nuw nsw i64 %10, %9
;;   %12 = getelementptr inbounds i64, ptr @wanco_memory_bytes, i64 1
;;   %13 = load i64, ptr %12, !tbaa !{table}
;;   %14 = icmp ugt i64 %11, %13
;;   br i1 %14, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 1) [ "deopt"(i64 4611686018427387927) ]
;;   unreachable
;; b2:
;;   %15 = getelementptr inbounds ptr, ptr @wanco_memory_base, i64 1
;;   %16 = load ptr, ptr %15, !invariant.load !{}
;;   %17 = getelementptr i8, ptr %16, i64 %10
;;   %18 = zext i32 16 to i64
;;   %19 = add nuw nsw i64 %18, %9
;;   %20 = load i64, ptr @wanco_memory_bytes, !tbaa !{table}
;;   %21 = icmp ugt i64 %19, %20
;;   br i1 %21, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call void @wanco_trap(i32 1) [ "deopt"(i64 4611686018427387927) ]
;;   unreachable
;; b4:
;;   %22 = getelementptr i8, ptr %mem, i64 %18
;;   call void @llvm.memmove.p0.p0.i64(ptr %17, ptr %22, i64 %9, i1 false)
;;   %23 = getelementptr inbounds i64, ptr @wanco_memory_bytes, i64 1
;;   %24 = load i64, ptr %23, !tbaa !{table}
;;   %25 = lshr i64 %24, 16
;;   %26 = trunc i64 %25 to i32
;;   br label %b5
;; b5:
;;   ret i32 %26
;; }
