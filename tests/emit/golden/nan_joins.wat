;;! show: wf0 wf1
;; Where values meet, raw ones stay raw among themselves (wf0); with an exact one they are canonicalised, on their edge or in
;; front of the select (wf1).
(module
  (func (param f32 f32 i32) (result f32)
    (if (result f32) (local.get 2)
      (then (f32.add (local.get 0) (local.get 1)))
      (else (select (f32.sub (local.get 0) (local.get 1)) (f32.mul (local.get 0) (local.get 1)) (i32.eqz (local.get 2))))))
  (func (param f32 f32 i32) (result f32)
    (if (result f32) (local.get 2)
      (then (f32.add (local.get 0) (local.get 1)))
      (else (select (f32.sub (local.get 0) (local.get 1)) (local.get 1) (i32.eqz (local.get 2)))))))
;; define internal float @wf0(ptr nonnull %mem, float %p0, float %p1, i32 %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp ne i32 %p2, 0
;;   br i1 %0, label %b1, label %b4
;; b1:
;;   %1 = fadd float %p0, %p1
;;   br label %b2
;; b2:
;;   %2 = phi float [ %1, %b1 ], [ %9, %b4 ]
;;   br label %b3
;; b3:
;;   %3 = fcmp uno float %2, %2
;;   %4 = select i1 %3, float 0x7FF8000000000000, float %2
;;   ret float %4
;; b4:
;;   %5 = fsub float %p0, %p1
;;   %6 = fmul float %p0, %p1
;;   %7 = icmp eq i32 %p2, 0
;;   %8 = zext i1 %7 to i32
;;   %9 = select i1 %7, float %5, float %6
;;   br label %b2
;; }
;;
;; define internal float @wf1(ptr nonnull %mem, float %p0, float %p1, i32 %p2) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = icmp ne i32 %p2, 0
;;   br i1 %0, label %b1, label %b4
;; b1:
;;   %1 = fadd float %p0, %p1
;;   %2 = fcmp uno float %1, %1
;;   %3 = select i1 %2, float 0x7FF8000000000000, float %1
;;   br label %b2
;; b2:
;;   %4 = phi float [ %3, %b1 ], [ %10, %b4 ]
;;   br label %b3
;; b3:
;;   ret float %4
;; b4:
;;   %5 = fsub float %p0, %p1
;;   %6 = icmp eq i32 %p2, 0
;;   %7 = zext i1 %6 to i32
;;   %8 = fcmp uno float %5, %5
;;   %9 = select i1 %8, float 0x7FF8000000000000, float %5
;;   %10 = select i1 %6, float %9, float %p1
;;   br label %b2
;; }
