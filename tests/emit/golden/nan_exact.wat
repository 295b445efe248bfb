;;! show: wf0 wf1
;; The result of arithmetic is raw: it is canonicalised where its bits can be seen, here by reinterpret, neg, a call and the
;; return; not between operations, and not where it is no NaN (a conversion).  Parameters are exact.
(module
  (func $f (param f64) (result f64) (f64.sqrt (f64.mul (local.get 0) (local.get 0))))
  (func (param f64 i32) (result i64)
    (i64.add
      (i64.reinterpret_f64 (f64.neg (call $f (f64.div (local.get 0) (f64.convert_i32_s (local.get 1))))))
      (i64.reinterpret_f64 (f64.convert_i32_s (local.get 1))))))
;; define internal double @wf0(ptr nonnull %mem, double %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fmul double %p0, %p0
;;   %1 = call double @llvm.sqrt.f64(double %0)
;;   %2 = call double @llvm.arithmetic.fence.f64(double %1)
;;   br label %b1
;; b1:
;;   %3 = fcmp uno double %2, %2
;;   %4 = select i1 %3, double 0x7FF8000000000000, double %2
;;   ret double %4
;; }
;;
;; define internal i64 @wf1(ptr nonnull %mem, double %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = sitofp i32 %p1 to double
;;   %1 = fdiv double %p0, %0
;;   %2 = fcmp uno double %1, %1
;;   %3 = select i1 %2, double 0x7FF8000000000000, double %1
;;   %4 = call double @wf0(ptr %mem, double %3) [ "deopt"(i64 4611686022722355207) ]
;;   %5 = fneg double %4
;;   %6 = bitcast double %5 to i64
;;   %7 = sitofp i32 %p1 to double
;;   %8 = bitcast double %7 to i64
;;   %9 = add i64 %6, %8
;;   br label %b1
;; b1:
;;   ret i64 %9
;; }
