;;! show: wf0
;; A vector is raw for the lanes it was computed in, here f32: all four are canonicalised at once, where they are taken
;; for integers.
(module
  (func (param v128 v128) (result v128)
    (i32x4.add (f32x4.mul (f32x4.add (local.get 0) (local.get 1)) (local.get 1)) (local.get 0))))
;; define internal void @wf0(ptr nonnull %mem, <2 x i64> %p0, <2 x i64> %p1, ptr %res) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = bitcast <2 x i64> %p1 to <4 x float>
;;   %1 = bitcast <2 x i64> %p0 to <4 x float>
;;   %2 = fadd <4 x float> %1, %0
;;   %3 = bitcast <4 x float> %2 to <2 x i64>
;;   %4 = bitcast <2 x i64> %p1 to <4 x float>
;;   %5 = bitcast <2 x i64> %3 to <4 x float>
;;   %6 = fmul <4 x float> %5, %4
;;   %7 = bitcast <4 x float> %6 to <2 x i64>
;;   %8 = bitcast <2 x i64> %p0 to <4 x i32>
;;   %9 = bitcast <2 x i64> %7 to <4 x float>
;;   %10 = fcmp uno <4 x float> %9, %9
;;   %11 = select <4 x i1> %10, <4 x float> <float 0x7FF8000000000000, float 0x7FF8000000000000, float 0x7FF8000000000000, float 0x7FF8000000000000>, <4 x float> %9
;;   %12 = bitcast <4 x float> %11 to <2 x i64>
;;   %13 = bitcast <2 x i64> %12 to <4 x i32>
;;   %14 = add <4 x i32> %13, %8
;;   %15 = bitcast <4 x i32> %14 to <2 x i64>
;;   br label %b1
;; b1:
;;   %16 = getelementptr inbounds i8, ptr %res, i64 0
;;   store <2 x i64> %15, ptr %16, align 16
;;   ret void
;; }
