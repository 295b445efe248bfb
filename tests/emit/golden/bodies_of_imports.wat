;;! show: wf0
;; An imported function whose reference escapes has a body, for callers who take it for one of ours.
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (table funcref (elem $close)))
;; define hidden i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call signext i32 @wanco_wasi_fd_close(ptr @wanco_instance, i32 signext %p0)
;;   br label %b1
;; b1:
;;   ret i32 %0
;; }
