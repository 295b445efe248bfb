/* Calls into the program. */
#include "front/front.h"

void wanco_invoke(uint32_t phase, uint32_t entry, void *slots) {
  wanco_activation.phase = phase;
  wanco_activation.entry = entry;
  wanco_trace_program_start();
  wanco_call_on_stack((void *)wanco_module.exports[entry].invoke, wanco_memory_base[0], slots, NULL, wanco_activation.stack_top);
}

void wanco_continue(void *slots) {
  const struct wanco_export *entry = &wanco_module.exports[wanco_activation.entry];
  wanco_trace_program_start();
  wanco_call_on_stack((void *)entry->resume, wanco_memory_base[0], wanco_activation.outermost, slots, wanco_activation.stack_top);
}
