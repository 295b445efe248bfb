/* RISC-V 64: what the C runtime must know of it (RISC-V ELF psABI, lp64d). */
#pragma once

/* DWARF register numbers (psABI, "Dwarf Register Numbers"): x0 to x31 are 0 to 31, f0 to
   f31 are 32 to 63; the highest callee-saved one is fs11 = f27 = 59. */
#define WANCO_DWARF_SP 2
#define WANCO_DWARF_RA 1
#define WANCO_REGISTERS 60

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* The address itself of a return address as it is stored in a frame. */
static inline uint64_t wanco_strip_return_address(uint64_t address) { return address; }

static inline long wanco_syscall(long number, long a, long b, long c, long d, long e, long f) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}

/* memset of a large area, where there is something better than a loop. */
static inline bool wanco_set_large(void *to, uint8_t byte, uint64_t size) { return (void)to, (void)byte, (void)size, false; }

/* No CRC instruction in the baseline. */
static inline bool wanco_has_crc32c(uint64_t hwcap) { return (void)hwcap, false; }
static inline uint32_t wanco_crc32c_word(uint32_t crc, uint64_t word) { return (void)word, crc; }

/* The floating-point environment that WebAssembly demands: rounding to nearest. Arithmetic
   gives the canonical NaN by itself. Returns what to restore. */
static inline uint64_t wanco_set_floating_point(void) {
  uint64_t before;
  __asm__ volatile("fsrm %0, %1" : "=r"(before) : "r"((uint64_t)0));
  return before;
}
static inline void wanco_restore_floating_point(uint64_t before) { __asm__ volatile("fsrm %0" : : "r"(before)); }

#define WANCO_ISA_NAME "riscv64"
#define WANCO_VDSO_CLOCK "__vdso_clock_gettime"

/* The kernel's struct sigaction. Handlers return to the vDSO. */
struct wanco_sigaction {
  void *handler;
  unsigned long flags;
  uint64_t mask;
};
#define WANCO_SIGACTION(handler, flags) {handler, flags, 0}
#endif
