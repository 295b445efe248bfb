;;! show: wf1 wr1
;; Several results go through a buffer of the caller's, in slots of 16 bytes.  The resume function passes one of its own on
;; to the inner frame's.
(module (memory 1)
  (func $two (param i32) (result i32 i64)
    (loop (br_if 0 (i32.load (local.get 0)))) (i32.const 1) (i64.const 2))
  (func (param i32) (result i64 i32)
    (call $two (local.get 0))
    (i64.add (i64.const 5))
    (local.get 0)
    (br 0)))
;; define internal void @wf1(ptr nonnull %mem, i32 %p0, ptr %res) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = alloca [32 x i8], align 16
;;   call void @wf0(ptr %mem, i32 %p0, ptr %0) [ "deopt"(i64 1, i32 %p0) ]
;;   %1 = getelementptr inbounds i8, ptr %0, i64 0
;;   %2 = load i32, ptr %1, align 16
;;   %3 = getelementptr inbounds i8, ptr %0, i64 16
;;   %4 = load i64, ptr %3, align 16
;;   %5 = add i64 %4, 5
;;   br label %b1
;; b1:
;;   %6 = getelementptr inbounds i8, ptr %res, i64 0
;;   store i64 %5, ptr %6, align 16
;;   %7 = getelementptr inbounds i8, ptr %res, i64 16
;;   store i32 %p0, ptr %7, align 16
;;   ret void
;; }
;;
;; define hidden void @wr1(ptr nonnull %mem, ptr %frame, ptr %res) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = alloca [32 x i8], align 16
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %2 = getelementptr inbounds i8, ptr %frame, i64 48
;;   %3 = getelementptr inbounds i8, ptr %frame, i64 64
;;   %4 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %5 = load i64, ptr %4
;;   switch i64 %5, label %b1 [ i64 1, label %b2 ]
;; b1:
;;   unreachable
;; b2:
;;   %6 = load ptr, ptr %frame
;;   %7 = getelementptr inbounds i8, ptr %frame, i64 8
;;   %8 = load ptr, ptr %7
;;   %9 = or i64 %5, 2147483648
;;   call void %8(ptr %mem, ptr %6, ptr %0) [ "deopt"(i64 %9, ptr %frame) ]
;;   switch i64 %5, label %b1 [ i64 1, label %b3 ]
;; b3:
;;   %10 = getelementptr inbounds i8, ptr %0, i64 0
;;   %11 = load i32, ptr %10, align 16
;;   %12 = getelementptr inbounds i8, ptr %0, i64 16
;;   %13 = load i64, ptr %12, align 16
;;   %14 = add i64 %13, 5
;;   %15 = load i32, ptr %1, align 16, !tbaa !{frame}
;;   store i64 %14, ptr %2, align 16, !tbaa !{frame}
;;   store i32 %15, ptr %3, align 16, !tbaa !{frame}
;;   br label %b4
;; b4:
;;   %16 = load i32, ptr %3, align 16, !tbaa !{frame}
;;   %17 = load i64, ptr %2, align 16, !tbaa !{frame}
;;   %18 = getelementptr inbounds i8, ptr %res, i64 0
;;   store i64 %17, ptr %18, align 16
;;   %19 = getelementptr inbounds i8, ptr %res, i64 16
;;   store i32 %16, ptr %19, align 16
;;   ret void
;; }
