/* AArch64: what the C runtime must know of it (AAPCS64, DWARF for AArch64). */
#pragma once

/* DWARF register numbers (aadwarf64, section 4.1): x0 to x30 are 0 to 30. Of v8 to v15 the low
   halves are callee-saved; a poll preserves all of v8 to v31. */
#define WANCO_DWARF_SP 31
#define WANCO_DWARF_RA 30
#define WANCO_VECTOR(n) (56 + 2 * (n))
#define WANCO_REGISTERS WANCO_VECTOR(32)

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* The address itself of a return address as it is stored in a frame: without its pointer
   authentication code. "hint #7" is xpaclri, which older processors execute as a no-op. */
static inline uint64_t wanco_strip_return_address(uint64_t address) {
  register uint64_t lr __asm__("x30") = address;
  __asm__("hint #7" : "+r"(lr));
  return lr;
}

static inline long wanco_syscall(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

/* memset of a large area, where there is something better than a loop. */
static inline bool wanco_set_large(void *to, uint8_t byte, uint64_t size) { return (void)to, (void)byte, (void)size, false; }

/* CRC-32C of eight more bytes, an optional instruction (HWCAP_CRC32). */
static inline bool wanco_has_crc32c(uint64_t hwcap) { return hwcap & 1u << 7; }
static inline uint32_t wanco_crc32c_word(uint32_t crc, uint64_t word) {
  __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %1" : "+r"(crc) : "r"(word));
  return crc;
}

/* The floating-point environment that WebAssembly demands: rounding to nearest, no traps,
   subnormal numbers; and FPCR.DN, which makes arithmetic give the canonical NaN. Returns
   what to restore. */
static inline uint64_t wanco_set_floating_point(void) {
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 25));
  return before;
}
static inline void wanco_restore_floating_point(uint64_t before) { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }

#define WANCO_ISA_NAME "aarch64"
#define WANCO_VDSO_CLOCK "__kernel_clock_gettime"

/* The kernel's struct sigaction. Handlers return to the vDSO. */
struct wanco_sigaction {
  void *handler;
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};
#define WANCO_SIGACTION(handler, flags) {handler, flags, 0, 0}
#endif
