/* The header of the instruction set that is compiled for. Assembler files may include it
   too: what is C stands behind __ASSEMBLER__ in each of the three. */
#pragma once
#if defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "riscv64.h"
#else
#error "no runtime for this instruction set"
#endif
