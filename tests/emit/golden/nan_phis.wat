;;! show: wf0 wf1
;;! options: checkpoint=False
;; A loop's phi is raw if what enters and what comes back both are: wf0 canonicalises behind the loop.  In wf1 an exact value comes
;; in at the back edge, on one of two ways: the phi is exact, and the other way canonicalises.
(module (memory 1)
  (func (param i32) (result f64) (local f64)
    (loop
      (local.set 1 (f64.add (local.get 1) (f64.load (local.get 0))))
      (br_if 0 (local.tee 0 (i32.load offset=8 (local.get 0)))))
    (local.get 1))
  (func (param i32) (result f64) (local f64)
    (loop
      (local.set 1 (f64.add (local.get 1) (f64.const 1)))
      (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (f64.load (local.get 0)))))
      (br_if 0 (local.tee 0 (i32.load offset=8 (local.get 0)))))
    (local.get 1)))
;; define internal double @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ], [ %7, %b2 ]
;;   %1 = phi double [ 0x0000000000000000, %b0 ], [ %5, %b2 ]
;;   %2 = zext i32 %0 to i64
;;   %3 = getelementptr i8, ptr %mem, i64 %2
;;   %4 = load double, ptr %3, align 1, !tbaa !{linear memory}
;;   %5 = fadd double %1, %4
;;   %6 = getelementptr i8, ptr %3, i64 8
;;   %7 = load i32, ptr %6, align 1, !tbaa !{linear memory}
;;   %8 = icmp ne i32 %7, 0
;;   br i1 %8, label %b2, label %b3
;; b2:
;;   br label %b1
;; b3:
;;   br label %b4
;; b4:
;;   br label %b5
;; b5:
;;   %9 = fcmp uno double %5, %5
;;   %10 = select i1 %9, double 0x7FF8000000000000, double %5
;;   ret double %10
;; }
;;
;; define internal double @wf1(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = phi i32 [ %p0, %b0 ], [ %14, %b4 ]
;;   %1 = phi double [ 0x0000000000000000, %b0 ], [ %10, %b4 ]
;;   %2 = fadd double %1, 0x3FF0000000000000
;;   %3 = and i32 %0, 1
;;   %4 = icmp ne i32 %3, 0
;;   %5 = fcmp uno double %2, %2
;;   %6 = select i1 %5, double 0x7FF8000000000000, double %2
;;   br i1 %4, label %b2, label %b3
;; b2:
;;   %7 = zext i32 %0 to i64
;;   %8 = getelementptr i8, ptr %mem, i64 %7
;;   %9 = load double, ptr %8, align 1, !tbaa !{linear memory}
;;   br label %b3
;; b3:
;;   %10 = phi double [ %6, %b1 ], [ %9, %b2 ]
;;   %11 = zext i32 %0 to i64
;;   %12 = getelementptr i8, ptr %mem, i64 %11
;;   %13 = getelementptr i8, ptr %12, i64 8
;;   %14 = load i32, ptr %13, align 1, !tbaa !{linear memory}
;;   %15 = icmp ne i32 %14, 0
;;   br i1 %15, label %b4, label %b5
;; b4:
;;   br label %b1
;; b5:
;;   br label %b6
;; b6:
;;   br label %b7
;; b7:
;;   ret double %10
;; }
