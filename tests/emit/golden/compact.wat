;;! show: wr0 wf1
;; The resume function of a large function that is not merged (here, as it is in the common form of tail calls): optimised for
;; size, and in a unit of its own, for which the functions that it calls are hidden and not internal.
(module
  (func $f (param i32) (result i32)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (return_call $g (i32.const 1) (call $f (local.get 0))))
  (func $g (param i32 i32) (result i32) (return_call $f (local.get 1))))
;; define hidden i32 @wr0(ptr nonnull %mem, ptr %frame) #{minsize nounwind optsize uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %4 = load i64, ptr %3
;;   switch i64 %4, label %b1 [ i64 0, label %b2 i64 1, label %b4 ]
;; b1:
;;   unreachable
;; b2:
;;   %5 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   store i32 1, ptr %1, align 16, !tbaa !{frame}
;;   %6 = call i32 @wf0(ptr %mem, i32 %5) noinline [ "deopt"(i64 2147483649, ptr %frame) ]
;;   store i32 %6, ptr %2, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %7 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   %8 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   %9 = call i32 @wf1(ptr %mem, i32 %8, i32 %7) [ "deopt"(i64 2147483646) ]
;;   ret i32 %9
;; b4:
;;   %10 = load ptr, ptr %frame
;;   %11 = getelementptr inbounds i8, ptr %frame, i64 8
;;   %12 = load ptr, ptr %11
;;   %13 = or i64 %4, 2147483648
;;   %14 = call i32 %12(ptr %mem, ptr %10) [ "deopt"(i64 %13, ptr %frame) ]
;;   switch i64 %4, label %b1 [ i64 1, label %b5 ]
;; b5:
;;   store i32 %14, ptr %2, align 16, !tbaa !{frame}
;;   br label %b3
;; }
;;
;; define hidden i32 @wf1(ptr nonnull %mem, i32 %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   store i32 %p0, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 0), align 16, !tbaa !{tail call arguments}
;;   store i32 %p1, ptr getelementptr inbounds (i8, ptr @wanco_tail_arguments, i64 16), align 16, !tbaa !{tail call arguments}
;;   %0 = call i32 @wk1(ptr %mem) [ "deopt"(i64 2147483646) ]
;;   ret i32 %0
;; }
