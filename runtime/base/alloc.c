/* Memory for start-up and restore, which lives as long as the process. */
#include <sys/mman.h>

#include "base/base.h"

enum { CHUNK = 64 << 10, ALIGNMENT = 16 };

static uint8_t *map(size_t size) {
  long at = sys(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (wanco_failed(at)) wanco_fail("cannot allocate %lu bytes: %s", size, wanco_error_text(at));
  return (uint8_t *)at;
}

void *wanco_allocate(size_t size) {
  static uint8_t *next, *end;
  size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (size >= CHUNK) return map(size);
  if (size > (size_t)(end - next)) {
    next = map(CHUNK);
    end = next + CHUNK;
  }
  void *result = next;
  next += size;
  return result;
}
