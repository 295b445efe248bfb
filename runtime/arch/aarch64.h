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
#endif
