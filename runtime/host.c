/* What host functions that are linked to a program may call: include/wanco.h. */
#include "include/wanco.h"

#include "internal.h"

void *wanco_guest_memory(struct wanco_instance *instance, uint32_t address, uint64_t size) { return wanco_guest(instance, address, size); }

uint64_t wanco_guest_memory_size(struct wanco_instance *instance) {
  (void)instance;
  return wanco_memory_bytes[0];
}
