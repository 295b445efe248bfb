/* Arguments and environment. */
#include "wasi/p1/inside.h"

static int32_t sizes(struct wanco_instance *instance, const struct wasi_strings *strings, uint32_t count, uint32_t size) {
  void *count_out = wasi_guest_out(instance, count, 4);
  void *size_out = wasi_guest_out(instance, size, 4);
  if (!count_out || !size_out) return WASI_EFAULT;
  wanco_store_u32(count_out, strings->count);
  wanco_store_u32(size_out, strings->size);
  return WASI_ESUCCESS;
}

/* The strings to `buffer`, the guest address of each to the array at `pointers`. */
static int32_t contents(struct wanco_instance *instance, const struct wasi_strings *strings, uint32_t pointers, uint32_t buffer) {
  uint8_t *pointers_out = wasi_guest_out(instance, pointers, strings->count * UINT64_C(4));
  char *bytes_out = wasi_guest_out(instance, buffer, strings->size);
  if (!pointers_out || !bytes_out) return WASI_EFAULT;
  memcpy(bytes_out, strings->bytes, strings->size);
  uint32_t offset = 0;
  for (uint32_t i = 0; i < strings->count; i++) {
    wanco_store_u32(pointers_out + i * UINT64_C(4), buffer + offset);
    offset += (uint32_t)strlen(strings->bytes + offset) + 1;
  }
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_args_sizes_get(struct wanco_instance *instance, uint32_t count, uint32_t size) {
  return sizes(instance, &instance->wasi->arguments, count, size);
}

int32_t wanco_wasi_args_get(struct wanco_instance *instance, uint32_t argv, uint32_t buffer) {
  return contents(instance, &instance->wasi->arguments, argv, buffer);
}

int32_t wanco_wasi_environ_sizes_get(struct wanco_instance *instance, uint32_t count, uint32_t size) {
  return sizes(instance, &instance->wasi->environment, count, size);
}

int32_t wanco_wasi_environ_get(struct wanco_instance *instance, uint32_t environ, uint32_t buffer) {
  return contents(instance, &instance->wasi->environment, environ, buffer);
}
