;;! show: wf0
;; Vectors are <2 x i64> between operators and have the type of their lanes in them.  Loads and stores have no alignment.
(module (memory 1)
  (func (param i32 v128) (result i32)
    (v128.store (local.get 0)
      (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
        (i16x8.extmul_low_i8x16_u (local.get 1) (v128.load8_splat (local.get 0)))
        (v128.bitselect (local.get 1) (i32x4.splat (local.get 0)) (i32x4.gt_s (local.get 1) (v128.const i32x4 1 2 3 4)))))
    (i32.add
      (i16x8.extract_lane_s 3 (i16x8.shl (local.get 1) (local.get 0)))
      (i8x16.bitmask (i8x16.narrow_i16x8_u (local.get 1) (local.get 1))))))
;; define internal i32 @wf0(ptr nonnull %mem, i32 %p0, <2 x i64> %p1) #{nounwind uwtable} section "wanco_text" {
;; b0:
;;   %0 = zext i32 %p0 to i64
;;   %1 = getelementptr i8, ptr %mem, i64 %0
;;   %2 = load i8, ptr %1, align 1, !tbaa !{linear memory}
;;   %3 = insertelement <16 x i8> poison, i8 %2, i32 0
;;   %4 = shufflevector <16 x i8> %3, <16 x i8> poison, <16 x i32> zeroinitializer
;;   %5 = bitcast <16 x i8> %4 to <2 x i64>
;;   %6 = bitcast <2 x i64> %5 to <16 x i8>
;;   %7 = bitcast <2 x i64> %p1 to <16 x i8>
;;   %8 = shufflevector <16 x i8> %7, <16 x i8> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
;;   %9 = zext <8 x i8> %8 to <8 x i16>
;;   %10 = shufflevector <16 x i8> %6, <16 x i8> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
;;   %11 = zext <8 x i8> %10 to <8 x i16>
;;   %12 = mul <8 x i16> %9, %11
;;   %13 = bitcast <8 x i16> %12 to <2 x i64>
;;   %14 = insertelement <4 x i32> poison, i32 %p0, i32 0
;;   %15 = shufflevector <4 x i32> %14, <4 x i32> poison, <4 x i32> zeroinitializer
;;   %16 = bitcast <4 x i32> %15 to <2 x i64>
;;   %17 = bitcast <2 x i64> <i64 8589934593, i64 17179869187> to <4 x i32>
;;   %18 = bitcast <2 x i64> %p1 to <4 x i32>
;;   %19 = icmp sgt <4 x i32> %18, %17
;;   %20 = sext <4 x i1> %19 to <4 x i32>
;;   %21 = bitcast <4 x i32> %20 to <2 x i64>
;;   %22 = and <2 x i64> %p1, %21
;;   %23 = xor <2 x i64> %21, <i64 -1, i64 -1>
;;   %24 = and <2 x i64> %16, %23
;;   %25 = or <2 x i64> %22, %24
;;   %26 = bitcast <2 x i64> %25 to <16 x i8>
;;   %27 = bitcast <2 x i64> %13 to <16 x i8>
;;   %28 = shufflevector <16 x i8> %27, <16 x i8> %26, <16 x i32> <i32 0, i32 17, i32 2, i32 19, i32 4, i32 21, i32 6, i32 23, i32 8, i32 25, i32 10, i32 27, i32 12, i32 29, i32 14, i32 31>
;;   %29 = bitcast <16 x i8> %28 to <2 x i64>
;;   store <2 x i64> %29, ptr %1, align 1, !tbaa !{linear memory}
;;   %30 = and i32 %p0, 15
;;   %31 = trunc i32 %30 to i16
;;   %32 = insertelement <8 x i16> poison, i16 %31, i32 0
;;   %33 = shufflevector <8 x i16> %32, <8 x i16> poison, <8 x i32> zeroinitializer
;;   %34 = bitcast <2 x i64> %p1 to <8 x i16>
;;   %35 = shl <8 x i16> %34, %33
;;   %36 = bitcast <8 x i16> %35 to <2 x i64>
;;   %37 = bitcast <2 x i64> %36 to <8 x i16>
;;   %38 = extractelement <8 x i16> %37, i32 3
;;   %39 = sext i16 %38 to i32
;;   %40 = bitcast <2 x i64> %p1 to <8 x i16>
;;   %41 = bitcast <2 x i64> %p1 to <8 x i16>
;;   %42 = call <8 x i16> @llvm.smax.v8i16(<8 x i16> %41, <8 x i16> <i16 0, i16 0, i16 0, i16 0, i16 0, i16 0, i16 0, i16 0>)
;;   %43 = call <8 x i16> @llvm.smin.v8i16(<8 x i16> %42, <8 x i16> <i16 255, i16 255, i16 255, i16 255, i16 255, i16 255, i16 255, i16 255>)
;;   %44 = trunc <8 x i16> %43 to <8 x i8>
;;   %45 = call <8 x i16> @llvm.smax.v8i16(<8 x i16> %40, <8 x i16> <i16 0, i16 0, i16 0, i16 0, i16 0, i16 0, i16 0, i16 0>)
;;   %46 = call <8 x i16> @llvm.smin.v8i16(<8 x i16> %45, <8 x i16> <i16 255, i16 255, i16 255, i16 255, i16 255, i16 255, i16 255, i16 255>)
;;   %47 = trunc <8 x i16> %46 to <8 x i8>
;;   %48 = shufflevector <8 x i8> %44, <8 x i8> %47, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
;;   %49 = bitcast <16 x i8> %48 to <2 x i64>
;;   %50 = bitcast <2 x i64> %49 to <16 x i8>
;;   %51 = icmp slt <16 x i8> %50, zeroinitializer
;;   %52 = bitcast <16 x i1> %51 to i16
;;   %53 = zext i16 %52 to i32
;;   %54 = add i32 %39, %53
;;   br label %b1
;; b1:
;;   ret i32 %54
;; }
