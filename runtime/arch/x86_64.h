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
#endif
