/* Everything between the start of the process and the first instruction of the program. */
#include "internal.h"

struct wanco_instance *wanco_setup(int argc, char **argv, char **environment) {
  wanco_read_process(environment);
  wanco_set_floating_point();
  wanco_take_options(&wanco_instance.options, argc, argv, environment);
  return wanco_instantiate();
}

struct wanco_instance *wanco_instantiate(void) {
  struct wanco_instance *instance = &wanco_instance;
  if (wanco_module.layout_version != WANCO_LAYOUT_VERSION)
    wanco_fail("code for runtime interface %u linked with a runtime of interface %u", wanco_module.layout_version, WANCO_LAYOUT_VERSION);
  wanco_signals_start();
  wanco_checkpoints_start(instance);
  wanco_instance_create(instance);
  wanco_host_start();
  if (!instance->options.restore) {
    wanco_instance_initialise(instance);
    return instance;
  }
  instance->restored = true;
  wanco_undump(instance, instance->options.restore);
  return instance;
}
