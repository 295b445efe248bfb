;;! show: wf1
;;! options: spilled poll_interval=1
;; Each local is also stored into its slot of a frame on the stack when it is set, and operands where they are recorded;
;; safepoints record the frame's address (bit 31 of the number says so) in place of values.
(module (memory 1)
  (func $g (param i32) (result i32) (loop (br_if 0 (i32.load (local.get 0)))) (i32.const 5))
  (func (param i32 f64) (result i32) (local i32)
    (local.set 1 (f64.add (local.get 1) (local.get 1)))
    (local.set 2 (i32.add (call $g (local.get 0)) (call $g (i32.const 3))))
    (local.get 2)))
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0, double %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = alloca [96 x i8], align 16
;;   %1 = call ptr asm sideeffect "", "=r,0,~{memory}"(ptr %0)
;;   %2 = getelementptr inbounds i8, ptr %0, i64 32
;;   store i32 %p0, ptr %2, align 16, !tbaa !{frame}
;;   %3 = getelementptr inbounds i8, ptr %0, i64 48
;;   store double %p1, ptr %3, align 16, !tbaa !{frame}
;;   %4 = getelementptr inbounds i8, ptr %0, i64 64
;;   store i32 0, ptr %4, align 16, !tbaa !{frame}
;;   %5 = fadd double %p1, %p1
;;   %6 = fcmp uno double %5, %5
;;   %7 = select i1 %6, double 0x7FF8000000000000, double %5
;;   %8 = getelementptr inbounds i8, ptr %0, i64 48
;;   store double %7, ptr %8, align 16, !tbaa !{frame}
;;   %9 = call i32 @wf0(ptr %mem, i32 %p0) [ "deopt"(i64 2147483649, ptr %1) ]
;;   %10 = getelementptr inbounds i8, ptr %0, i64 80
;;   store i32 %9, ptr %10, align 16, !tbaa !{frame}
;;   %11 = call i32 @wf0(ptr %mem, i32 3) [ "deopt"(i64 2147483650, ptr %1) ]
;;   %12 = add i32 %9, %11
;;   %13 = getelementptr inbounds i8, ptr %0, i64 64
;;   store i32 %12, ptr %13, align 16, !tbaa !{frame}
;;   br label %b1
;; b1:
;;   ret i32 %12
;; }
