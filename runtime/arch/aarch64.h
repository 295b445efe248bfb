/* AArch64: what the C runtime must know of it (AAPCS64, DWARF for AArch64). */
#pragma once

/* DWARF register numbers (aadwarf64, section 4.1): x0 to x30 are 0 to 30, d8 to d15, the
   low halves of which are callee-saved, are 72 to 79. */
#define WANCO_DWARF_SP 31
#define WANCO_DWARF_RA 30
#define WANCO_REGISTERS 80

#ifndef __ASSEMBLER__
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
#endif
