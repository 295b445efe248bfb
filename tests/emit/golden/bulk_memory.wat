;;! show: wf0
;; Bulk operations are checked whole before anything is written; what the runtime does has a record of its place.
(module (memory 1) (data $d "abc")
  (func (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    (memory.fill (local.get 0) (local.get 1) (local.get 2))
    (memory.init $d (local.get 0) (i32.const 0) (i32.const 3))
    (data.drop $d)))
;; define internal void @wf0(ptr nonnull %mem, i32 %p0, i32 %p1, i32 %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p2 to i64
;;   %1 = zext i32 %p0 to i64
;;   %2 = add nuw nsw i64 %1, %0
;;   %3 = load i64, ptr @wanco_memory_bytes, !tbaa !{table}
;;   %4 = icmp ugt i64 %2, %3
;;   br i1 %4, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 1) [ "deopt"(i64 4611686018427387911) ]
;;   unreachable
;; b2:
;;   %5 = getelementptr i8, ptr %mem, i64 %1
;;   %6 = zext i32 %p1 to i64
;;   %7 = add nuw nsw i64 %6, %0
;;   %8 = load i64, ptr @wanco_memory_bytes, !tbaa !{table}
;;   %9 = icmp ugt i64 %7, %8
;;   br i1 %9, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call void @wanco_trap(i32 1) [ "deopt"(i64 4611686018427387911) ]
;;   unreachable
;; b4:
;;   %10 = getelementptr i8, ptr %mem, i64 %6
;;   call void @llvm.memmove.p0.p0.i64(ptr %5, ptr %10, i64 %0, i1 false)
;;   %11 = zext i32 %p2 to i64
;;   %12 = zext i32 %p0 to i64
;;   %13 = add nuw nsw i64 %12, %11
;;   %14 = load i64, ptr @wanco_memory_bytes, !tbaa !{table}
;;   %15 = icmp ugt i64 %13, %14
;;   br i1 %15, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call void @wanco_trap(i32 1) [ "deopt"(i64 4611686018427387921) ]
;;   unreachable
;; b6:
;;   %16 = getelementptr i8, ptr %mem, i64 %12
;;   %17 = trunc i32 %p1 to i8
;;   call void @llvm.memset.p0.i64(ptr %16, i8 %17, i64 %11, i1 false)
;;   call void @wanco_memory_init(i32 0, i32 0, i32 %p0, i32 0, i32 3) [ "deopt"(i64 4611686018427387930) ]
;;   call void @wanco_data_drop(i32 0)
;;   br label %b7
;; b7:
;;   ret void
;; }
