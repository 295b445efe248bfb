/* What host functions that are linked to a program may call: include/wanco.h. */
#include "host/host.h"

/* Nobody knows what becomes of the address, so it must be good for system calls at any time. */
void *wanco_guest_memory_at(struct wanco_instance *instance, uint32_t memory, uint32_t address, uint64_t size) {
  if (memory >= instance->module->memory_count) return NULL;
  uint64_t bytes = wanco_memory_bytes[memory];
  wanco_blocks_leave_open();
  return size <= bytes && address <= bytes - size ? wanco_memory_base[memory] + address : NULL;
}

void *wanco_guest_memory(struct wanco_instance *instance, uint32_t address, uint64_t size) {
  return wanco_guest_memory_at(instance, 0, address, size);
}

void *wanco_guest_memory_or_trap(struct wanco_instance *instance, uint32_t address, uint64_t size) {
  void *bytes = wanco_guest_memory(instance, address, size);
  if (!bytes) wanco_on_trap(NULL, WANCO_TRAP_MEMORY_BOUNDS);
  return bytes;
}

const char *wanco_guest_text(struct wanco_instance *instance, uint32_t address) {
  const char *text = wanco_guest_memory(instance, address, 0);
  if (!text) return NULL;
  for (uint64_t left = wanco_memory_bytes[0] - address, i = 0; i < left; i++)
    if (!text[i]) return text;
  return NULL;
}

uint64_t wanco_guest_memory_size(struct wanco_instance *instance) {
  (void)instance;
  return wanco_memory_bytes[0];
}

_Noreturn void wanco_host_trap(struct wanco_instance *instance, const char *message) {
  static char text[512];
  (void)instance;
  wanco_format(text, sizeof text, "%s", message);
  wanco_trap_with_text(text);
}
