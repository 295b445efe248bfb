/* What a signal handler finds out about the code it interrupted, and where it goes on. */
#define _GNU_SOURCE
#include <ucontext.h>

#include "arch/arch.h"

static greg_t *registers_of(void *context) { return ((ucontext_t *)context)->uc_mcontext.gregs; }

uint64_t wanco_context_pc(void *context) { return (uint64_t)registers_of(context)[REG_RIP]; }

void wanco_context_set_pc(void *context, uint64_t pc) { registers_of(context)[REG_RIP] = (greg_t)pc; }

void wanco_context_call(void *context, void *function, void *argument) {
  registers_of(context)[REG_RDI] = (greg_t)argument;
  wanco_context_set_pc(context, (uint64_t)function);
}

void wanco_context_registers(void *context, struct wanco_registers *registers) {
  /* Where the registers with DWARF numbers 0 to 15 are. */
  static const uint8_t PLACES[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
                                   REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  for (size_t i = 0; i < sizeof PLACES; i++) registers->r[i] = (uint64_t)registers_of(context)[PLACES[i]];
}
