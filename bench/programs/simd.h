/* Vectors of 128 bits: WebAssembly's own intrinsics there, clang's vector extensions
   elsewhere, so that either column has what its compiler does best. */
#pragma once
#include <stdint.h>
#include <string.h>

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));

#define LOAD(type, address) ({ type value_; memcpy(&value_, (address), sizeof value_); value_; })
#define STORE(address, value) ({ __typeof__(value) value_ = (value); memcpy((address), &value_, sizeof value_); })

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

static inline i32x4 dot_pairs(i16x8 a, i16x8 b) { return (i32x4)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b); }
static inline u8x16 add_saturated(u8x16 a, u8x16 b) { return (u8x16)wasm_u8x16_add_sat((v128_t)a, (v128_t)b); }
static inline u8x16 average(u8x16 a, u8x16 b) { return (u8x16)wasm_u8x16_avgr((v128_t)a, (v128_t)b); }
static inline u8x16 greater(u8x16 a, u8x16 b) { return (u8x16)wasm_u8x16_max((v128_t)a, (v128_t)b); }
static inline u16x8 low_times(u8x16 a, u8x16 b) { return (u16x8)wasm_u16x8_extmul_low_u8x16((v128_t)a, (v128_t)b); }
static inline u16x8 high_times(u8x16 a, u8x16 b) { return (u16x8)wasm_u16x8_extmul_high_u8x16((v128_t)a, (v128_t)b); }
static inline u8x16 narrow(u16x8 a, u16x8 b) { return (u8x16)wasm_u8x16_narrow_i16x8((v128_t)a, (v128_t)b); }
static inline int any(i32x4 mask) { return wasm_v128_any_true((v128_t)mask); }

#else

typedef uint8_t u8x8 __attribute__((vector_size(8)));
typedef int32_t i32x8 __attribute__((vector_size(32)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));

static inline i32x4 dot_pairs(i16x8 a, i16x8 b) {
  i32x8 products = __builtin_convertvector(a, i32x8) * __builtin_convertvector(b, i32x8);
  return __builtin_shufflevector(products, products, 0, 2, 4, 6) + __builtin_shufflevector(products, products, 1, 3, 5, 7);
}
static inline u8x16 add_saturated(u8x16 a, u8x16 b) { return __builtin_elementwise_add_sat(a, b); }
static inline u8x16 average(u8x16 a, u8x16 b) {
  return __builtin_convertvector((__builtin_convertvector(a, u16x16) + __builtin_convertvector(b, u16x16) + 1) >> 1, u8x16);
}
static inline u8x16 greater(u8x16 a, u8x16 b) { return __builtin_elementwise_max(a, b); }
static inline u16x8 widen(u8x8 a) { return __builtin_convertvector(a, u16x8); }
#define HALF(a, i) __builtin_shufflevector(a, a, i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7)
static inline u16x8 low_times(u8x16 a, u8x16 b) { return widen(HALF(a, 0)) * widen(HALF(b, 0)); }
static inline u16x8 high_times(u8x16 a, u8x16 b) { return widen(HALF(a, 8)) * widen(HALF(b, 8)); }
static inline u8x16 narrow(u16x8 a, u16x8 b) { /* of values up to 255 */
  return __builtin_shufflevector((u8x16)a, (u8x16)b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
static inline int any(i32x4 mask) {
  uint64_t halves[2];
  memcpy(halves, &mask, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}
#endif
