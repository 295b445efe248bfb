;;! show: wf0 wf1
;; Where LLVM means something else: shift counts are masked, rotations are funnel shifts, min is llvm.minimum with the
;; operands as they are, nearest rounds to even, conversions that saturate are intrinsics.
(module
  (func (param i32 i64) (result i64)
    (i64.add
      (i64.extend_i32_s (i32.rotl (i32.shl (local.get 0) (i32.const 33)) (local.get 0)))
      (i64.shr_s (i64.clz (local.get 1)) (local.get 1))))
  (func (param f32 f64) (result f64)
    (f64.add
      (f64.min (f64.promote_f32 (f32.nearest (local.get 0))) (local.get 1))
      (f64.convert_i32_u (i32.trunc_sat_f64_u (local.get 1))))))
;; define internal i64 @wf0(ptr nonnull %mem, i32 %p0, i64 %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = shl i32 %p0, 1
;;   %1 = call i32 @llvm.fshl.i32(i32 %0, i32 %0, i32 %p0)
;;   %2 = sext i32 %1 to i64
;;   %3 = call i64 @llvm.ctlz.i64(i64 %p1, i1 false)
;;   %4 = and i64 %p1, 63
;;   %5 = ashr i64 %3, %4
;;   %6 = add i64 %2, %5
;;   br label %b1
;; b1:
;;   ret i64 %6
;; }
;;
;; define internal double @wf1(ptr nonnull %mem, float %p0, double %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call float @llvm.roundeven.f32(float %p0)
;;   %1 = fpext float %0 to double
;;   %2 = call double @llvm.minimum.f64(double %1, double %p1)
;;   %3 = call i32 @llvm.fptoui.sat.i32.f64(double %p1)
;;   %4 = uitofp i32 %3 to double
;;   %5 = fadd double %2, %4
;;   br label %b1
;; b1:
;;   %6 = fcmp uno double %5, %5
;;   %7 = select i1 %6, double 0x7FF8000000000000, double %5
;;   ret double %7
;; }
