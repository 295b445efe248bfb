/* What a signal handler finds out about the code it interrupted, and where it goes on. */
#define _GNU_SOURCE
#include <ucontext.h>

#include "arch/arch.h"

enum { BTYPE = 3 << 10 }; /* of PSTATE: after an indirect branch, whose target must be a landing pad */

static mcontext_t *machine_of(void *context) { return &((ucontext_t *)context)->uc_mcontext; }

uint64_t wanco_context_pc(void *context) { return machine_of(context)->pc; }

void wanco_context_set_pc(void *context, uint64_t pc) {
  machine_of(context)->pc = pc;
  machine_of(context)->pstate &= ~(unsigned long)BTYPE;
}

void wanco_context_call(void *context, void *function, void *argument) {
  machine_of(context)->regs[0] = (unsigned long)argument;
  wanco_context_set_pc(context, (uint64_t)function);
}

void wanco_context_registers(void *context, struct wanco_registers *registers) {
  for (size_t i = 0; i < 31; i++) registers->r[i] = machine_of(context)->regs[i];
  registers->r[WANCO_DWARF_RA] = wanco_strip_return_address(registers->r[WANCO_DWARF_RA]);
  registers->r[WANCO_DWARF_SP] = machine_of(context)->sp;
}
