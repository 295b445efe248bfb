/* The functions of the module "spectest", which the official test suite imports. Each prints
   a line "print BITS...", in hexadecimal, on standard output. */
#include "front/front.h"

static uint32_t f32_bits(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t f64_bits(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

#define PRINT(name, parameters, format, ...)                            \
  void wanco_spectest_##name parameters;                                \
  void wanco_spectest_##name parameters {                               \
    (void)instance;                                                     \
    wanco_print(1, "print" format "\n" __VA_OPT__(, ) __VA_ARGS__);     \
  }

PRINT(print, (struct wanco_instance *instance), "")
PRINT(print_i32, (struct wanco_instance *instance, uint32_t a), " %x", a)
PRINT(print_i64, (struct wanco_instance *instance, uint64_t a), " %lx", a)
PRINT(print_f32, (struct wanco_instance *instance, float a), " %x", f32_bits(a))
PRINT(print_f64, (struct wanco_instance *instance, double a), " %lx", f64_bits(a))
PRINT(print_i32_f32, (struct wanco_instance *instance, uint32_t a, float b), " %x %x", a, f32_bits(b))
PRINT(print_f64_f64, (struct wanco_instance *instance, double a, double b), " %lx %lx", f64_bits(a), f64_bits(b))
