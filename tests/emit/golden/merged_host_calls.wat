;;! show: wf1
;; A host function that can block, in the merged form: a frame enters in front of the call, and the operands are loaded, too.
(module
  (import "wanco" "checkpoint" (func $checkpoint (result i32)))
  (func (param i32) (result i32)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (i32.mul (local.get 0) (i32.add (local.get 0) (call $checkpoint)))))
;; define internal i32 @wf1(ptr nonnull %tagged, i32 %p0) #{noimplicitfloat noinline nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = ptrtoint ptr %tagged to i64
;;   %1 = trunc i64 %0 to i1
;;   %2 = call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)
;;   br i1 %1, label %b1, label %b6, !prof !branch_weights
;; b1:
;;   %3 = load ptr, ptr @wanco_resume_frame
;;   %4 = getelementptr inbounds i8, ptr %3, i64 48
;;   %5 = getelementptr inbounds i8, ptr %3, i64 64
;;   %6 = getelementptr inbounds i8, ptr %3, i64 16
;;   %7 = load i64, ptr %6
;;   switch i64 %7, label %b2 [ i64 0, label %b3 ]
;; b2:
;;   unreachable
;; b3:
;;   %8 = load i32, ptr %4, align 16, !tbaa !{frame}
;;   %9 = load i32, ptr %5, align 16, !tbaa !{frame}
;;   br label %b4
;; b4:
;;   %10 = phi i32 [ %8, %b3 ], [ %p0, %b6 ]
;;   %11 = phi i32 [ %9, %b3 ], [ %p0, %b6 ]
;;   %12 = call signext i32 @wanco_block_checkpoint(ptr @wanco_instance) [ "deopt"(i64 0, i32 %10, i32 %11) ]
;;   %13 = add i32 %11, %12
;;   %14 = mul i32 %10, %13
;;   br label %b5
;; b5:
;;   ret i32 %14
;; b6:
;;   br label %b4
;; }
