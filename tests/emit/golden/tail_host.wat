;;! show: wf1
;; A tail call of a host function is a call and a return: it makes no tail calls itself.
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (func (param i32) (result i32) (return_call $close (local.get 0))))
;; define internal i32 @wf1(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call signext i32 @wanco_wasi_fd_close(ptr @wanco_instance, i32 signext %p0)
;;   br label %b1
;; b1:
;;   ret i32 %0
;; }
