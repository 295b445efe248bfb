/* Random numbers: the kernel's, or a seeded sequence in deterministic mode. */
#include "wasi/p1/inside.h"

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static void fill_seeded(uint64_t *state, uint8_t *bytes, uint32_t size) {
  for (uint32_t i = 0; i < size; i += 8) {
    uint64_t word = next(state);
    memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
  }
}

/* The kernel may hand out less than asked for when a signal arrives. */
static long fill_random(uint8_t *bytes, uint32_t size) {
  uint32_t done = 0;
  while (done < size) {
    long got = WASI_SYS(getrandom, bytes + done, size - done, 0);
    if (got < 0) return got;
    done += (uint32_t)got;
  }
  return 0;
}

int32_t wanco_wasi_random_get(struct wanco_instance *instance, uint32_t buffer, uint32_t size) {
  uint8_t *bytes = wasi_guest_out(instance, buffer, size);
  if (!bytes) return WASI_EFAULT;
  if (!instance->wasi->deterministic) return wasi_error(fill_random(bytes, size));
  fill_seeded(&instance->wasi->random_state, bytes, size);
  return WASI_ESUCCESS;
}
