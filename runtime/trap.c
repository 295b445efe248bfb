/* Traps: the report, and how the program ends. */
#include <signal.h>

#include "internal.h"

static const char *const MESSAGES[] = WANCO_TRAP_MESSAGES;

/* ---- backtrace ---- */

enum { SHOWN = 50 };

struct backtrace {
  uint32_t count;
};

static void print_place(struct backtrace *trace, uint32_t function, bool has_offset, uint32_t offset) {
  if (trace->count++ >= SHOWN) return;
  char name[32];
  const struct wanco_function *f = function < wanco_module.function_count ? &wanco_module.functions[function] : NULL;
  wanco_format(name, sizeof name, "function %u", function);
  const char *shown = f && f->name ? f->name : name;
  if (has_offset && f) wanco_print(2, "  at %s (module offset 0x%x)\n", shown, f->body_offset + offset);
  else wanco_print(2, "  at %s\n", shown);
}

/* One machine frame's record: the activations in it, innermost first. *ended: it is an
   entry wrapper's. */
static bool print_record(struct backtrace *trace, const struct wanco_record *record, const struct wanco_registers *registers, bool *ended) {
  uint32_t count;
  if (!wanco_record_activations(record, registers, &count)) return false;
  while (count--) {
    struct wanco_activation a;
    wanco_record_activation(record, registers, count, &a);
    if (a.is_site) print_place(trace, a.site.function, true, a.site.offset);
    else if (a.id & WANCO_LOCATION_SITE) print_place(trace, (uint32_t)((a.id & ~WANCO_LOCATION_SITE) >> 32), true, (uint32_t)a.id);
    else if (a.id == WANCO_ENTRY_SITE) *ended = true;
  }
  return true;
}

static bool find_record(uint64_t return_address, struct wanco_record *record) {
  return wanco_table_find(wanco_module.units, wanco_module.unit_count, return_address, record);
}

/* Goes from a frame to its caller; false: pc is not in generated code. */
static bool leave_frame(uint64_t pc, bool innermost, struct wanco_registers *registers) {
  return wanco_unwind_at(wanco_module.units, wanco_module.unit_count, pc, innermost, registers);
}

/* A frame of which only the machine function is known. In an entry wrapper it is the
   function that was inlined into it; that one ends the trace. */
static void print_machine_frame(struct backtrace *trace, uint64_t pc, bool *ended) {
  uint32_t function = wanco_table_function(wanco_module.units, wanco_module.unit_count, pc);
  *ended = function == WANCO_NULL_FUNCTION;
  print_place(trace, *ended ? wanco_module.exports[wanco_instance.entry].index : function, false, 0);
}

/* From a frame at one of its calls outwards. */
static void print_frames(struct backtrace *trace, struct wanco_registers registers) {
  for (bool ended = false; !ended;) {
    struct wanco_registers frame = registers;
    uint64_t pc = registers.r[WANCO_DWARF_RA] - 1;
    struct wanco_record record;
    bool printed = find_record(pc + 1, &record) && print_record(trace, &record, &frame, &ended);
    if (!leave_frame(pc, false, &registers)) return;
    if (!printed) print_machine_frame(trace, pc, &ended);
  }
}

static void print_rest(const struct backtrace *trace) {
  if (trace->count > SHOWN) wanco_print(2, "  ... and %u more\n", trace->count - SHOWN);
}

static void print_backtrace(const struct wanco_registers *registers) {
  struct backtrace trace = {0};
  print_frames(&trace, *registers);
  print_rest(&trace);
}

/* The same, from a frame at any instruction. */
static void print_backtrace_at(uint64_t pc, struct wanco_registers registers) {
  struct backtrace trace = {0};
  bool ended;
  if (!leave_frame(pc, true, &registers)) return;
  print_machine_frame(&trace, pc, &ended);
  if (!ended) print_frames(&trace, registers);
  print_rest(&trace);
}

/* ---- the end ---- */

void (*wanco_libc_exit)(int status);

_Noreturn void wanco_end_process(int status) {
  wanco_save_finish();
  if (wanco_libc_exit) wanco_libc_exit(status);
  for (;;) sys(exit_group, status);
}

/* Notes how the program ended; true: somebody (the driver) waits for that. */
static bool note_end(uint32_t outcome, uint32_t code) {
  wanco_instance.outcome = outcome;
  wanco_instance.outcome_code = code;
  return wanco_instance.waiting != NULL;
}

_Noreturn void wanco_exit(int status) {
  if (note_end(WANCO_OUTCOME_EXIT, (uint32_t)status)) wanco_resume_context(wanco_instance.waiting);
  wanco_save_at_end();
  wanco_end_process(status);
}

_Noreturn void wanco_on_trap(const struct wanco_registers *registers, uint32_t code) {
  if (note_end(WANCO_OUTCOME_TRAP, code)) wanco_resume_context(wanco_instance.waiting);
  wanco_message("trap: %s", wanco_trap_message(code));
  if (registers) print_backtrace(registers);
  wanco_save_at_end();
  wanco_end_process(WANCO_EXIT_TRAP);
}

_Noreturn void wanco_trap_at_anchor(uint32_t code) { wanco_on_trap(&wanco_instance.anchor, code); }

_Noreturn void wanco_trap_at_start(uint32_t code) { wanco_on_trap(NULL, code); }

static const char *trap_text;

_Noreturn void wanco_trap_with_text(const char *text) {
  trap_text = text;
  wanco_on_trap(NULL, WANCO_TRAP_HOST);
}

const char *wanco_trap_message(uint32_t code) { return code == WANCO_TRAP_HOST ? trap_text : MESSAGES[code]; }

/* ---- faults ---- */

enum fault { NO_TRAP, TRAP_MEMORY, TRAP_STACK };

static enum fault classify(uint64_t address) {
  uint32_t memory;
  if (address - wanco_instance.stack_guard < wanco_instance.stack_bottom - wanco_instance.stack_guard) return TRAP_STACK;
  if (!wanco_in_reservation(address, &memory)) return NO_TRAP;
  /* Below a memory's size a fault is no trap: a mapped snapshot was cut off meanwhile. */
  return address - (uint64_t)wanco_memory_base[memory] < wanco_memory_bytes[memory] ? NO_TRAP : TRAP_MEMORY;
}

/* Not a trap: the report of a crash, which the signal's default action then makes one. */
static void crash(int signal, uint64_t address, uint64_t pc, const struct wanco_registers *registers) {
  wanco_message("crash: signal %d at address 0x%lx, instruction 0x%lx", signal, address, pc);
  print_backtrace_at(pc, *registers);
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
  if (fault == TRAP_STACK && wanco_instance.innermost_resume) {
    wanco_instance.innermost_resume = NULL;
    static const char TOO_SMALL[] = "the call stack is too small to restore %s; use a larger --wanco-stack-size";
    if (!wanco_instance.embedded) wanco_fail(TOO_SMALL, wanco_instance.options.restore);
    wanco_message(TOO_SMALL, wanco_instance.options.restore);
    wanco_instance.outcome = WANCO_OUTCOME_ERROR;
    wanco_context_call(context, (void *)wanco_resume_context, wanco_instance.waiting);
    return;
  }
  if (note_end(WANCO_OUTCOME_TRAP, CODES[fault])) {
    wanco_context_call(context, (void *)wanco_resume_context, wanco_instance.waiting);
    return;
  }
  wanco_message("trap: %s", wanco_trap_message(CODES[fault]));
  print_backtrace_at(pc, registers);
  wanco_end_process(WANCO_EXIT_TRAP);
}
