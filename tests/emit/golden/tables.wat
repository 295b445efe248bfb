;;! show: wf0
;; Table operations are calls of the runtime; those that can trap have a record of their place.  The size is loaded.
(module
  (table $a 1 funcref) (table $b 1 funcref) (elem $e func 0)
  (func (param i32) (result i32)
    (table.set $a (local.get 0) (table.get $b (local.get 0)))
    (drop (table.grow $a (ref.null func) (local.get 0)))
    (table.fill $a (local.get 0) (ref.func 0) (i32.const 1))
    (table.copy $a $b (local.get 0) (i32.const 0) (i32.const 1))
    (table.init $a $e (local.get 0) (i32.const 0) (i32.const 1))
    (elem.drop $e)
    (i32.add (table.size $a) (ref.is_null (table.get $a (i32.const 0))))))
;; define hidden i32 @wf0(ptr nonnull %mem, i32 %p0) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = call ptr @wanco_table_get(i32 1, i32 %p0) [ "deopt"(i64 4611686018427387909) ]
;;   call void @wanco_table_set(i32 0, i32 %p0, ptr %0) [ "deopt"(i64 4611686018427387911) ]
;;   %1 = call i32 @wanco_table_grow(i32 0, ptr null, i32 %p0)
;;   %2 = getelementptr inbounds i8, ptr @wanco_funcrefs, i64 0
;;   call void @wanco_table_fill(i32 0, i32 %p0, ptr %2, i32 1) [ "deopt"(i64 4611686018427387927) ]
;;   call void @wanco_table_copy(i32 0, i32 1, i32 %p0, i32 0, i32 1) [ "deopt"(i64 4611686018427387936) ]
;;   call void @wanco_table_init(i32 0, i32 0, i32 %p0, i32 0, i32 1) [ "deopt"(i64 4611686018427387946) ]
;;   call void @wanco_elem_drop(i32 0)
;;   %3 = getelementptr inbounds i8, ptr @wt0, i64 8
;;   %4 = load i32, ptr %3, !tbaa !{table}
;;   %5 = call ptr @wanco_table_get(i32 0, i32 0) [ "deopt"(i64 4611686018427387958) ]
;;   %6 = icmp eq ptr %5, null
;;   %7 = zext i1 %6 to i32
;;   %8 = add i32 %4, %7
;;   br label %b1
;; b1:
;;   ret i32 %8
;; }
