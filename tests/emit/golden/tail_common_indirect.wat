;;! show: wk0 wk1 wk2
;; Indirect tail calls in the common form take the function's number from the table entry, and its wk<N> from @wanco_tail_entries.
;; $leaf is no part of the cycle but can be reached by it: it has a wk<N> around its wf<N>.
(module
  (type $narrow (func (param i32))) (type $wide (func (param i32 i64)))
  (table funcref (elem $f $g $leaf))
  (func $f (type $narrow) (return_call $g (local.get 0) (i64.const 1)))
  (func $g (type $wide) (return_call_indirect (type $narrow) (local.get 0) (local.get 0)))
  (func $leaf (type $narrow)))
;; define hidden void @wk0(ptr nonnull %mem) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load i32, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   %1 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %2 = icmp ne i32 %1, 0
;;   br i1 %2, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %0) ]
;;   br label %b2
;; b2:
;;   store i32 %0, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   store i64 1, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   musttail call void @wk1(ptr %mem)
;;   ret void
;; }
;;
;; define hidden void @wk1(ptr nonnull %mem) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load i32, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   %1 = load i64, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   %2 = icmp uge i32 %0, 3
;;   br i1 %2, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call void @wanco_trap(i32 9) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b2:
;;   %3 = zext i32 %0 to i64
;;   %4 = getelementptr inbounds { ptr, i32, i32 }, ptr @wt0_entries, i64 %3
;;   %5 = getelementptr inbounds i8, ptr %4, i64 8
;;   %6 = load i32, ptr %5, !tbaa !{table}
;;   %7 = icmp ne i32 %6, 1
;;   br i1 %7, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   %8 = icmp eq i32 %6, 0
;;   %9 = select i1 %8, i32 3, i32 4
;;   call void @wanco_trap(i32 %9) [ "deopt"(i64 4611686022722355205) ]
;;   unreachable
;; b4:
;;   %10 = getelementptr inbounds i8, ptr %4, i64 12
;;   %11 = load i32, ptr %10, !tbaa !{table}
;;   %12 = zext i32 %11 to i64
;;   %13 = getelementptr inbounds ptr, ptr @wanco_tail_entries, i64 %12
;;   %14 = load ptr, ptr %13, !tbaa !{table}
;;   store i32 %0, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   musttail call void %14(ptr %mem)
;;   ret void
;; }
;;
;; define hidden void @wk2(ptr nonnull %mem) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load i32, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   call void @wf2(ptr %mem, i32 %0) [ "deopt"(i64 2147483646) ]
;;   ret void
;; }
