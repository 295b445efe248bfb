/* Everything between the start of the process and the first instruction of the program. */
#include "front/front.h"

struct wanco_instance *wanco_setup(int argc, char **argv, char **environment) {
  wanco_read_process(environment);
  wanco_set_floating_point();
  wanco_take_options(&wanco_instance.options, argc, argv, environment);
  return wanco_instantiate();
}

static void restore(struct wanco_instance *instance) {
  const char *why;
  struct wanco_source *source = wanco_file_source_open(instance->options.restore, &why);
  if (why) wanco_fail("%s: %s", source->name, why);
  instance->restored = true;
  wanco_undump(instance, source);
}

struct wanco_instance *wanco_instantiate(void) {
  struct wanco_instance *instance = &wanco_instance;
  if (wanco_module.layout_version != WANCO_LAYOUT_VERSION)
    wanco_fail("code for runtime interface %u linked with a runtime of interface %u", wanco_module.layout_version, WANCO_LAYOUT_VERSION);
  wanco_handlers = (struct wanco_handlers){wanco_report_trap, wanco_report_exit, wanco_serve_host_call};
  wanco_signals_start(wanco_on_fault, wanco_on_signal);
  wanco_checkpoints_start(instance);
  wanco_instance_create(instance);
  wanco_host_start();
  if (!instance->options.restore) {
    wanco_instance_initialise(instance);
    wanco_wasi_start(instance);
    return instance;
  }
  restore(instance);
  return instance;
}
