/* The process. */
#include "wasi/p1/inside.h"

void wanco_wasi_proc_exit(struct wanco_instance *instance, uint32_t status) {
  (void)instance;
  wanco_exit((int)status);
}

/* Preview 1 has no way to handle a signal. */
int32_t wanco_wasi_proc_raise(struct wanco_instance *instance, uint32_t signal) {
  (void)instance;
  (void)signal;
  return WASI_ENOTSUP;
}

int32_t wanco_wasi_sched_yield(struct wanco_instance *instance) {
  (void)instance;
  return wasi_error(sys(sched_yield));
}
