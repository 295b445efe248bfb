;;! show: wf0 wr0
;;! options: poll_interval=1
;; Where signatures differ and no chain leads back, a tail call is a call, with a record that stack walks pass over (2147483646).
;; In a resume function all tail calls are such calls.
(module (memory 1)
  (func $f (param i32) (result i32)
    (loop (br_if 0 (i32.load (local.get 0))))
    (return_call $g (local.get 0) (i64.const 1)))
  (func $g (param i32 i64) (result i32) (loop (br_if 0 (i32.load (local.get 0)))) (i32.const 1)))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load i32, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = icmp ne i32 %2, 0
;;   br i1 %3, label %b2, label %b5
;; b2:
;;   %4 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %5 = icmp ne i32 %4, 0
;;   br i1 %5, label %b3, label %b4, !prof !branch_weights
;; b3:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 0, i32 %p0) ]
;;   br label %b4
;; b4:
;;   br label %b1
;; b5:
;;   br label %b6
;; b6:
;;   %6 = call i32 @wf1(ptr %mem, i32 %p0, i64 1) [ "deopt"(i64 2147483646) ]
;;   ret i32 %6
;; }
;;
;; define hidden i32 @wr0(ptr nonnull %mem, ptr %frame) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 32
;;   %1 = getelementptr inbounds i8, ptr %frame, i64 16
;;   %2 = load i64, ptr %1
;;   switch i64 %2, label %b1 [ i64 0, label %b2 ]
;; b1:
;;   unreachable
;; b2:
;;   %3 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   br label %b3
;; b3:
;;   %4 = zext i32 %3 to i64
;;   %5 = getelementptr i8, ptr %mem, i64 %4
;;   %6 = load i32, ptr %5, align 1, !tbaa !{linear memory}
;;   %7 = icmp ne i32 %6, 0
;;   br i1 %7, label %b4, label %b7
;; b4:
;;   %8 = load volatile i32, ptr @wanco_poll_flag, !tbaa !{poll flag}
;;   %9 = icmp ne i32 %8, 0
;;   br i1 %9, label %b5, label %b6, !prof !branch_weights
;; b5:
;;   call preserve_mostcc void @wanco_poll_slow() [ "deopt"(i64 2147483648, ptr %frame) ]
;;   br label %b6
;; b6:
;;   br label %b3
;; b7:
;;   br label %b8
;; b8:
;;   br label %b9
;; b9:
;;   %10 = load i32, ptr %0, align 16, !tbaa !{frame}
;;   %11 = call i32 @wf1(ptr %mem, i32 %10, i64 1) [ "deopt"(i64 2147483646) ]
;;   ret i32 %11
;; }
