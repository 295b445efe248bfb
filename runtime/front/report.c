/* What becomes of a process whose program has ended: reports, and the way out. */
#include "front/front.h"

void wanco_report_exit(int status) {
  wanco_save_at_end();
  wanco_end_process(status);
}

void wanco_report_trap(const struct wanco_registers *registers, uint32_t code) {
  wanco_message("trap: %s", wanco_trap_message(code));
  if (registers) wanco_print_backtrace(registers);
  wanco_save_at_end();
  wanco_end_process(WANCO_EXIT_TRAP);
}
