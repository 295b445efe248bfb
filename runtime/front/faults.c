/* Faults of the processor: which of them are traps, which are blocks that are to be opened, and
   which are crashes. */
#include <signal.h>

#include "front/front.h"

enum fault { NO_TRAP, TRAP_MEMORY, TRAP_STACK };

static enum fault classify(uint64_t address) {
  uint32_t memory;
  if (address - wanco_activation.stack_guard < wanco_activation.stack_bottom - wanco_activation.stack_guard) return TRAP_STACK;
  if (!wanco_in_reservation(address, &memory)) return NO_TRAP;
  /* Below a memory's size a fault is no trap: a mapped snapshot was cut off meanwhile. */
  return address - (uint64_t)wanco_memory_base[memory] < wanco_memory_bytes[memory] ? NO_TRAP : TRAP_MEMORY;
}

/* Not a trap: the report of a crash, which the signal's default action then makes one. */
static void crash(int signal, uint64_t address, uint64_t pc, const struct wanco_registers *registers) {
  wanco_message("crash: signal %d at address 0x%lx, instruction 0x%lx", signal, address, pc);
  wanco_print_backtrace_at(pc, *registers);
  wanco_signal_default(signal);
}

/* Runs on the handlers' stack; returning means to go on in `context`. */
void wanco_on_fault(int signal, uint64_t address, void *info, void *context) {
  if (signal == SIGSEGV && wanco_blocks_fault(address)) return;
  static const uint32_t CODES[] = {[TRAP_MEMORY] = WANCO_TRAP_MEMORY_BOUNDS, [TRAP_STACK] = WANCO_TRAP_STACK_EXHAUSTED};
  struct wanco_registers registers = {0};
  uint64_t pc = wanco_context_pc(context);
  wanco_context_registers(context, &registers);
  enum fault fault = classify(address);
  if (fault == NO_TRAP) {
    if (!wanco_signal_forward(signal, info, context)) crash(signal, address, pc, &registers);
    return;
  }
  if (fault == TRAP_STACK && wanco_activation.innermost_resume) {
    wanco_activation.innermost_resume = NULL;
    static const char TOO_SMALL[] = "the call stack is too small to restore %s; use a larger --wanco-stack-size";
    if (!wanco_instance.embedded) wanco_fail(TOO_SMALL, wanco_instance.options.restore);
    wanco_message(TOO_SMALL, wanco_instance.options.restore);
    wanco_activation.outcome = WANCO_OUTCOME_ERROR;
    wanco_context_call(context, (void *)wanco_resume_context, wanco_activation.waiting);
    return;
  }
  if (wanco_note_outcome(WANCO_OUTCOME_TRAP, CODES[fault])) {
    wanco_context_call(context, (void *)wanco_resume_context, wanco_activation.waiting);
    return;
  }
  wanco_message("trap: %s", wanco_trap_message(CODES[fault]));
  wanco_print_backtrace_at(pc, registers);
  wanco_end_process(WANCO_EXIT_TRAP);
}
