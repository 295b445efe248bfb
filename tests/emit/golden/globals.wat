;;! show: wf0
;; A constant global is its value.  What is stored in a mutable one is exact.
(module
  (global $c i32 (i32.const 42)) (global $m (mut f32) (f32.const 1))
  (func (param f32) (result i32)
    (global.set $m (f32.add (global.get $m) (local.get 0)))
    (global.get $c)))
;; define internal i32 @wf0(ptr nonnull %mem, float %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = load float, ptr @wg1, !tbaa !{global}
;;   %1 = fadd float %0, %p0
;;   %2 = fcmp uno float %1, %1
;;   %3 = select i1 %2, float 0x7FF8000000000000, float %1
;;   store float %3, ptr @wg1, !tbaa !{global}
;;   br label %b1
;; b1:
;;   ret i32 42
;; }
