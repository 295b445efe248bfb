/* The main program of a command: start function, then _start; or the rest of them. */
#include "front/front.h"

static void run(uint32_t phase, uint32_t entry) {
  if (entry != WANCO_NO_EXPORT) wanco_invoke(phase, entry, NULL);
}

int wanco_main(int argc, char **argv, char **environment) {
  struct wanco_instance *instance = wanco_setup(argc, argv, environment);
  const struct wanco_module *module = instance->module;
  if (module->command_export == WANCO_NO_EXPORT) wanco_fail("%s is no command: the module exports no function _start", argv[0]);
  bool command_pending = true;
  if (instance->restored) {
    if (wanco_activation.phase == WANCO_PHASE_INVOKE) wanco_fail("%s: not a snapshot of a command", instance->options.restore);
    command_pending = wanco_activation.phase == WANCO_PHASE_START;
    wanco_continue(NULL);
  } else {
    run(WANCO_PHASE_START, module->start_export);
  }
  if (command_pending) run(WANCO_PHASE_COMMAND, module->command_export);
  wanco_save_at_end();
  wanco_save_finish();
  return 0;
}
