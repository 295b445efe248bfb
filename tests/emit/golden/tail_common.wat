;;! show: wf0 wk0 wk1
;; A cycle of tail calls between unequal signatures: arguments go through @wanco_tail_arguments, the functions are wk<N>, and
;; wf<N> is what ordinary callers see.  The poll comes after the arguments have been read.
(module
  (func $f (param i32 f32) (result i32) (return_call $g (local.get 1)))
  (func $g (param f32) (result i32) (return_call $f (i32.const 5) (local.get 0))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, float %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   store i32 %p0, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   store float %p1, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   %0 = call i32 @wk0(ptr %mem) [ "deopt"(i64 2147483646) ]
;;   ret i32 %0
;; }
;;
;; define internal i32 @wk0(ptr nonnull %mem) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load i32, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   %1 = load float, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   %2 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %3 = icmp ne i32 %2, 0
;;   br i1 %3, label %b1, label %b2, !prof !branch_weights
;; b1:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, float %1) ]
;;   br label %b2
;; b2:
;;   store float %1, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   %4 = musttail call i32 @wk1(ptr %mem)
;;   ret i32 %4
;; }
;;
;; define internal i32 @wk1(ptr nonnull %mem) #{noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load float, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   store i32 5, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   store float %0, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   %1 = musttail call i32 @wk0(ptr %mem)
;;   ret i32 %1
;; }
