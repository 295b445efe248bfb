/* RISC-V 64: what the C runtime must know of it (RISC-V ELF psABI, lp64d). */
#pragma once

/* DWARF register numbers (psABI, "Dwarf Register Numbers"): x0 to x31 are 0 to 31, f0 to
   f31 are 32 to 63; the highest callee-saved one is fs11 = f27 = 59. */
#define WANCO_DWARF_SP 2
#define WANCO_DWARF_RA 1
#define WANCO_REGISTERS 60

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The address itself of a return address as it is stored in a frame. */
static inline uint64_t wanco_strip_return_address(uint64_t address) { return address; }
#endif
