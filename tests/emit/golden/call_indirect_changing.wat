;;! show: wf1
;; A table that changes: its size and its entries are loaded.  The call is a safepoint, as a function that it can reach polls.
(module (memory 1)
  (type $t (func (param i32) (result i32)))
  (table 3 funcref) (elem declare func $f)
  (func $f (type $t) (loop (br_if 0 (i32.load (local.get 0)))) (local.get 0))
  (func (param i32 i32) (result i32)
    (table.set (local.get 1) (ref.func $f))
    (i32.add (local.get 0) (call_indirect (type $t) (local.get 0) (local.get 1)))))
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr @wanco_funcrefs, i64 0
;;   call void @wanco_table_set(i32 0, i32 %p1, ptr %0) [ "deopt"(i64 4611686022722355205) ]
;;   %1 = getelementptr inbounds i8, ptr @wt0, i64 8
;;   %2 = load i32, ptr %1, !tbaa !{table}
;;   %3 = load ptr, ptr @wt0, !tbaa !{table}
;;   %4 = icmp uge i32 %p1, %2
;;   br i1 %4, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 9) [ "deopt"(i64 4611686022722355213) ]
;;   unreachable
;; b2:
;;   %5 = zext i32 %p1 to i64
;;   %6 = getelementptr inbounds { ptr, i32, i32 }, ptr %3, i64 %5
;;   %7 = getelementptr inbounds i8, ptr %6, i64 8
;;   %8 = load i32, ptr %7, !tbaa !{table}
;;   %9 = icmp ne i32 %8, 1
;;   br i1 %9, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   %10 = icmp eq i32 %8, 0
;;   %11 = select i1 %10, i32 3, i32 4
;;   call void @wanco_trap(i32 %11) [ "deopt"(i64 4611686022722355213) ]
;;   unreachable
;; b4:
;;   %12 = load ptr, ptr %6, !tbaa !{table}
;;   %13 = call i32 %12(ptr %mem, i32 %p0) [ "deopt"(i64 1, i32 %p0) ]
;;   %14 = add i32 %p0, %13
;;   br label %b5
;; b5:
;;   ret i32 %14
;; }
