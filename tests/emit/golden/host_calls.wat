;;! show: wf2 wr2
;; A host function that can block is called with a record of the state before the call, operands with the arguments, and the
;; resume function enters in front of it, to issue the call again.  One that cannot has no record.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory 1)
  (func (param i32 i64) (result i32)
    (drop (call $random (local.get 0) (i32.const 8)))
    (i32.add (local.get 0) (call $read (i32.const 0) (local.get 0) (i32.const 1) (i32.wrap_i64 (local.get 1))))))
;; define internal i32 @wf2(ptr nonnull %mem, i32 %p0, i64 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call signext i32 @wanco_wasi_random_get(ptr @wanco_instance, i32 signext %p0, i32 signext 8)
;;   %1 = trunc i64 %p1 to i32
;;   %2 = call signext i32 @wanco_block_wasi_fd_read(ptr @wanco_instance, i32 signext 0, i32 signext %p0, i32 signext 1, i32 signext %1) [ "deopt"(i64 0, i32 %p0, i32 0, i32 %p0, i32 1, i32 %1) ]
;;   %3 = add i32 %p0, %2
;;   br label %b1
;; b1:
;;   ret i32 %3
;; }
;;
;; define hidden i32 @wr2(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 80
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 96
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 112
;;   %4 = getelementptr inbounds i8, ptr %frame, i64 128
;;   %5 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %6 = load i64, ptr %5
;;   switch i64 %6, label %b1 [ i64 0, label %b2 ]
;; b1:
;;   unreachable
;; b2:
;;   %7 = load i32, ptr %4, align 16, !tbaa !{frame}
;;   %8 = load i32, ptr %3, align 16, !tbaa !{frame}
;;   %9 = load i32, ptr %2, align 16, !tbaa !{frame}
;;   %10 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   %11 = call signext i32 @wanco_block_wasi_fd_read(ptr @wanco_instance, i32 signext %10, i32 signext %9, i32 signext %8, i32 signext %7) [ "deopt"(i64 2147483648, ptr %frame) ]
;;   %12 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %13 = add i32 %12, %11
;;   store i32 %13, ptr %0, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %14 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   ret i32 %14
;; }
