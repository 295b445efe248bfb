;;! show: wf0 wf1
;; Between equal signatures a tail call is a guaranteed one of LLVM's, also an indirect one.  A function that makes
;; one to a function that can poll is not inlined.
(module
  (type $t (func (param i32) (result i32)))
  (table funcref (elem 0))
  (func $f (type $t) (return_call $g (i32.add (local.get 0) (i32.const 1))))
  (func $g (type $t) (return_call_indirect (type $t) (local.get 0) (i32.const 0))))
;; define hidden i32 @wf0(ptr nonnull %mem, i32 %p0) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %1 = icmp ne i32 %0, 0
;;   br i1 %1, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %p0) ]
;;   br label %b2
;; b2:
;;   %2 = add i32 %p0, 1
;;   %3 = musttail call i32 @wf1(ptr %mem, i32 %2)
;;   ret i32 %3
;; }
;;
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp uge i32 0, 1
;;   br i1 %0, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 9) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b2:
;;   %1 = zext i32 0 to i64
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
;;   %9 = musttail call i32 %8(ptr %mem, i32 %p0)
;;   ret i32 %9
;; }
