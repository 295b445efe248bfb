;;! show: wf0 wf1
;;! options: unit_size=1
;; In several units functions are hidden and not internal, as others refer to them.
(module
  (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (param i32) (result i32) (call 0 (local.get 0))))
;; define hidden i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = mul i32 %p0, 3
;;   br label %b1
;; b1:
;;   ret i32 %0
;; }
;;
;; define hidden i32 @wf1(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call i32 @wf0(ptr %mem, i32 %p0) [ "deopt"(i64 4611686022722355203) ]
;;   br label %b1
;; b1:
;;   ret i32 %0
;; }
