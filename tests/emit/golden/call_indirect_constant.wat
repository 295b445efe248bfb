;;! show: wf1
;; A table that nothing changes is a constant: its size is known.  One comparison tells a wrong type or null.
(module
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $f))
  (func $f (type $t) (local.get 0))
  (func (param i32 i32) (result i32) (call_indirect (type $t) (local.get 0) (local.get 1))))
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp uge i32 %p1, 1
;;   br i1 %0, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 9) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b2:
;;   %1 = zext i32 %p1 to i64
;;   %2 = getelementptr inbounds { ptr, i32, i32 }, ptr @wt0_entries, i64 %1
;;   %3 = getelementptr inbounds i8, ptr %2, i64 8
;;   %4 = load i32, ptr %3, !tbaa !{table}
;;   %5 = icmp ne i32 %4, 1
;;   br i1 %5, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   %6 = icmp eq i32 %4, 0
;;   %7 = select i1 %6, i32 3, i32 4
;;   call void @wanco_trap(i32 %7) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b4:
;;   %8 = load ptr, ptr %2, !tbaa !{table}
;;   %9 = call i32 %8(ptr %mem, i32 %p0) [ "deopt"(i64 4611686022722355205) ]
;;   br label %b5
;; b5:
;;   ret i32 %9
;; }
