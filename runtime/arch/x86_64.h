/* x86-64: what the C runtime must know of it (System V ABI, AMD64 supplement). */
#pragma once

/* DWARF register numbers (section 3.6.2, figure 3.36). Only the integer registers can be
   callee-saved; a poll preserves xmm0 to xmm15, too. */
#define WANCO_DWARF_SP 7
#define WANCO_DWARF_RA 16
#define WANCO_VECTOR(n) (18 + 2 * (n))
#define WANCO_REGISTERS WANCO_VECTOR(16)

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* The address itself of a return address as it is stored in a frame. */
static inline uint64_t wanco_strip_return_address(uint64_t address) { return address; }

static inline long wanco_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

/* memset of a large area. rep stosb beats vector loops from 2 KiB on (and rep movsb never
   beats them for memcpy). */
static inline bool wanco_set_large(void *to, uint8_t byte, uint64_t size) {
  if (size < 2048) return false;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
  return true;
}

/* CRC-32C of eight more bytes; SSE4.2 belongs to the baseline x86-64-v2. */
static inline bool wanco_has_crc32c(uint64_t hwcap) { return (void)hwcap, true; }
static inline uint32_t wanco_crc32c_word(uint32_t crc, uint64_t word) { return (uint32_t)__builtin_ia32_crc32di(crc, word); }

/* The floating-point environment that WebAssembly demands: rounding to nearest, no traps,
   subnormal numbers. Returns what to restore. */
static inline uint64_t wanco_set_floating_point(void) {
  uint64_t before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(0x1f80);
  return before;
}
static inline void wanco_restore_floating_point(uint64_t before) { __builtin_ia32_ldmxcsr((uint32_t)before); }

#define WANCO_ISA_NAME "x86_64"
#define WANCO_VDSO_CLOCK "__vdso_clock_gettime"

/* The kernel's struct sigaction. This one needs to be told where handlers return to. */
struct wanco_sigaction {
  void *handler;
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};
void wanco_sigreturn(void);
#define WANCO_SIGACTION(handler, flags) {handler, (flags) | 0x04000000 /* SA_RESTORER */, wanco_sigreturn, 0}
#endif
