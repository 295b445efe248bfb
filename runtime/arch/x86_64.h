/* x86-64: what the C runtime must know of it (System V ABI, AMD64 supplement). */
#pragma once

/* DWARF register numbers (section 3.6.2, figure 3.36). Only the integer registers can be
   callee-saved, so a frame is described by numbers below WANCO_REGISTERS. */
#define WANCO_DWARF_SP 7
#define WANCO_DWARF_RA 16
#define WANCO_REGISTERS 17

#ifndef __ASSEMBLER__
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
#endif
