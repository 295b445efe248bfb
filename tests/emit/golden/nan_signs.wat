;;! show: wf0 wf1
;; neg, abs and copysign work on bits: raw operands are canonicalised before them, and their results are exact.  Of what is never
;; a NaN the result is none either, so it can be taken as raw (wf1, where it meets a raw value).
(module
  (func (param f64) (result f64) (f64.copysign (f64.add (local.get 0) (local.get 0)) (local.get 0)))
  (func (param f64 i32) (result f64)
    (f64.mul (f64.const 2)
      (select (f64.neg (f64.convert_i32_s (local.get 1))) (f64.add (local.get 0) (local.get 0)) (local.get 1)))))
;; define internal double @wf0(ptr nonnull %mem, double %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = fadd double %p0, %p0
;;   %1 = fcmp uno double %0, %0
;;   %2 = select i1 %1, double 0x7FF8000000000000, double %0
;;   %3 = call double @llvm.copysign.f64(double %2, double %p0)
;;   br label %b1
;; b1:
;;   ret double %3
;; }
;;
;; define internal double @wf1(ptr nonnull %mem, double %p0, i32 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = sitofp i32 %p1 to double
;;   %1 = fneg double %0
;;   %2 = fadd double %p0, %p0
;;   %3 = icmp ne i32 %p1, 0
;;   %4 = select i1 %3, double %1, double %2
;;   %5 = fmul double 0x4000000000000000, %4
;;   br label %b1
;; b1:
;;   %6 = fcmp uno double %5, %5
;;   %7 = select i1 %6, double 0x7FF8000000000000, double %5
;;   ret double %7
;; }
