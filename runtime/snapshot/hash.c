/* The hash NH of UMAC (RFC 4418, section 5.2.2), twice: two different pages have the same hash with
   a probability of 2^-64 at most, whatever they hold, as the key is random and nobody knows it. */
#include <errno.h>

#include "snapshot/snapshot.h"

enum { WORDS = WANCO_SNAPSHOT_PAGE / 4, LANES = 4, SHIFT = 4 }; /* the second key is the first, shifted */

typedef uint32_t __attribute__((vector_size(16), may_alias)) words;
typedef uint64_t __attribute__((vector_size(16), may_alias)) longs;

static uint32_t key[WORDS + SHIFT] __attribute__((aligned(16)));

void wanco_hash_start(void) {
  for (size_t filled = 0; filled < sizeof key;) {
    long size = sys(getrandom, (uint8_t *)key + filled, sizeof key - filled, 0);
    if (size == -EINTR) continue;
    if (size <= 0) wanco_fail("cannot get random numbers for incremental snapshots: %s", wanco_error_text(size));
    filled += (size_t)size;
  }
}

/* Products of neighbours: the words of even index are the low halves of 64-bit lanes. */
static inline longs products(words sums) {
  longs both = (longs)sums;
  return (both & 0xffffffff) * (both >> 32);
}

struct wanco_hash wanco_hash(const uint8_t *page) {
  longs a = {0, 0}, b = {0, 0};
  for (size_t i = 0; i < WORDS; i += LANES) {
    words data = *(const words *)(page + 4 * i);
    a += products(data + *(const words *)(key + i));
    b += products(data + *(const words *)(key + i + SHIFT));
  }
  struct wanco_hash hash = {a[0] + a[1], b[0] + b[1]};
  if (!hash.a && !hash.b) hash.b = 1;
  return hash;
}
