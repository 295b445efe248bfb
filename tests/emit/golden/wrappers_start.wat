;;! show: we1 we0
;; The start function has a wrapper behind those of the exports.  A function without result stores none; several go
;; to the slots themselves, which are the buffer.
(module
  (func (export "f") (param i32) (result i32 i32) (local.get 0) (local.get 0))
  (func $start) (start $start))
;; define hidden void @we1(ptr %mem, ptr %slots) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   call void @wf1(ptr %mem) [ "deopt"(i64 2147483647) ]
;;   ret void
;; }
;;
;; define hidden void @we0(ptr %mem, ptr %slots) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = getelementptr inbounds i8, ptr %slots, i64 0
;;   %1 = load i32, ptr %0, align 16
;;   call void @wf0(ptr %mem, i32 %1, ptr %slots) [ "deopt"(i64 2147483647) ]
;;   ret void
;; }
