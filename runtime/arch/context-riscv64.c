/* What a signal handler finds out about the code it interrupted, and where it goes on. */
#define _GNU_SOURCE
#include <ucontext.h>

#include "arch/arch.h"

/* Element 0 is the pc, element n register xn, as in DWARF. */
static unsigned long *registers_of(void *context) { return ((ucontext_t *)context)->uc_mcontext.__gregs; }

uint64_t wanco_context_pc(void *context) { return registers_of(context)[REG_PC]; }

void wanco_context_set_pc(void *context, uint64_t pc) { registers_of(context)[REG_PC] = pc; }

void wanco_context_call(void *context, void *function, void *argument) {
  registers_of(context)[REG_A0] = (unsigned long)argument;
  wanco_context_set_pc(context, (uint64_t)function);
}

void wanco_context_registers(void *context, struct wanco_registers *registers) {
  for (size_t i = 1; i < 32; i++) registers->r[i] = registers_of(context)[i];
}
