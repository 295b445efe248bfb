/* What differs between instruction sets: system calls, registers, stacks, signal contexts.

   Each has a header (x86_64.h ...), a C file on signal contexts (context-*.c) and two in assembler:
   start-*.S, where the kernel enters a program, and stubs-*.S, where emitted code, C and signals meet.
   Assembler files may include this header, too: what is C stands behind __ASSEMBLER__.

   Stubs are doors: they look at the data of the running program (stack/) and go on in functions
   of the folders above, wherever those are. */
#pragma once
#if defined(__x86_64__)
#include "arch/x86_64.h"
#elif defined(__aarch64__)
#include "arch/aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "arch/riscv64.h"
#else
#error "no runtime for this instruction set"
#endif

/* Offsets of what stubs use of struct wanco_activation; checked in stack/activation.c. */
#define WANCO_OFFSET_RUNTIME_STACK (8 * WANCO_REGISTERS)
#define WANCO_OFFSET_INNERMOST_RESUME (8 * WANCO_REGISTERS + 8)

#ifndef __ASSEMBLER__
/* The registers of a frame at one of its calls, by DWARF number, vectors (two elements each) at
   WANCO_VECTOR(n): those that calls preserve, the stack pointer as it is right after the call has
   returned, and in WANCO_DWARF_RA the return address into this frame. */
struct wanco_registers {
  uint64_t r[WANCO_REGISTERS];
};

/* ---- stubs-*.S ---- */

int wanco_save_context(struct wanco_registers *context) __attribute__((returns_twice)); /* 0; 1 when resumed */
_Noreturn void wanco_resume_context(struct wanco_registers *context);
void wanco_call_on_stack(void *function, void *a, void *b, void *c, uint64_t stack_top);
struct wanco_frame;
void wanco_resume_innermost(void *memory, struct wanco_frame *frame, void *results);

/* A system call that is not begun where a checkpoint has been requested: sys_blocking() in base.h. */
long wanco_blocking_syscall(long number, long a, long b, long c, long d, long e, long f);
extern const char wanco_blocking_check[], wanco_blocking_end[], wanco_blocking_abort[];

/* ---- context-*.c: the code that a signal handler interrupted ---- */

uint64_t wanco_context_pc(void *context);
void wanco_context_set_pc(void *context, uint64_t pc);
void wanco_context_call(void *context, void *function, void *argument); /* go on with function(argument) */
void wanco_context_registers(void *context, struct wanco_registers *registers);
#endif
