;;! show: wf0
;;! options: checkpoint=False
;; Without checkpoints there is neither poll nor record; calls that could be loops are kept from becoming some.
(module (memory 1)
  (func $f (param i32) (result i32)
    (loop (br_if 0 (i32.load (local.get 0))))
    (call $f (local.get 0))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   br label %b1
;; b1:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load i32, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = icmp ne i32 %2, 0
;;   br i1 %3, label %b2, label %b3
;; b2:
;;   br label %b1
;; b3:
;;   br label %b4
;; b4:
;;   %4 = notail call i32 @wf0(ptr %mem, i32 %p0)
;;   br label %b5
;; b5:
;;   ret i32 %4
;; }
