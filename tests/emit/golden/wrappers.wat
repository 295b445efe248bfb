;;! show: we0 wc0
;; The wrappers of an export, which the runtime calls: one begins, one goes on with a frame, whichever function's it is.
(module (memory 1)
  (func (export "f") (param i32 f64) (result f64)
    (loop (br_if 0 (i32.load (local.get 0))))
    (local.get 1)))
;; define hidden void @we0(ptr %mem, ptr %slots) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %slots, i64 0
;;   %1 = load i32, ptr %0, align 16
;;   %2 = getelementptr inbounds i8, ptr %slots, i64 16
;;   %3 = load double, ptr %2, align 16
;;   %4 = call double @wf0(ptr %mem, i32 %1, double %3) [ "deopt"(i64 2147483647) ]
;;   store double %4, ptr %slots, align 16
;;   ret void
;; }
;;
;; define hidden void @wc0(ptr %mem, ptr %frame, ptr %slots) #{nounwind uwtable} section "wanco_resume" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %frame, i64 24
;;   %1 = load ptr, ptr %0
;;   %2 = call double %1(ptr %mem, ptr %frame) [ "deopt"(i64 2147483647) ]
;;   store double %2, ptr %slots, align 16
;;   ret void
;; }
