/* How the program ends or waits: raised here, by those who notice it, for those who report it and
   act on it (struct wanco_handlers). */
#include "stack/stack.h"

static const char *const MESSAGES[] = WANCO_TRAP_MESSAGES;

/* ---- until there are others: constructors of host objects run before anything else ---- */

static __attribute__((noreturn)) void exit_at_once(int status) {
  for (;;) sys(exit_group, status);
}

static __attribute__((noreturn)) void trap_at_once(const struct wanco_registers *registers, uint32_t code) {
  (void)registers;
  wanco_message("trap: %s", wanco_trap_message(code));
  exit_at_once(WANCO_EXIT_TRAP);
}

static void go_on(void) {}

struct wanco_handlers wanco_handlers = {trap_at_once, exit_at_once, go_on};

/* ---- what is raised ---- */

bool wanco_note_outcome(uint32_t outcome, uint32_t code) {
  wanco_activation.outcome = outcome;
  wanco_activation.outcome_code = code;
  return wanco_activation.waiting != NULL;
}

_Noreturn void wanco_exit(int status) {
  if (wanco_note_outcome(WANCO_OUTCOME_EXIT, (uint32_t)status)) wanco_resume_context(wanco_activation.waiting);
  wanco_handlers.exited(status);
}

_Noreturn void wanco_on_trap(const struct wanco_registers *registers, uint32_t code) {
  if (wanco_note_outcome(WANCO_OUTCOME_TRAP, code)) wanco_resume_context(wanco_activation.waiting);
  wanco_handlers.trapped(registers, code);
}

_Noreturn void wanco_trap_at_anchor(uint32_t code) { wanco_on_trap(&wanco_activation.anchor, code); }

_Noreturn void wanco_trap_at_start(uint32_t code) { wanco_on_trap(NULL, code); }

static const char *trap_text;

_Noreturn void wanco_trap_with_text(const char *text) {
  trap_text = text;
  wanco_on_trap(NULL, WANCO_TRAP_HOST);
}

const char *wanco_trap_message(uint32_t code) { return code == WANCO_TRAP_HOST ? trap_text : MESSAGES[code]; }

void wanco_host_interrupted(struct wanco_instance *instance) {
  (void)instance;
  wanco_handlers.interrupted();
}
