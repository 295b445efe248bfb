/* Linear memories. Each has a reservation that no 32-bit address with a 32-bit offset can
   leave; what is beyond its size cannot be accessed, so that the processor does the bounds
   checks of emitted code. The base never moves. */
#include <sys/mman.h>

#include "instance/instance.h"

uint64_t wanco_memory_bytes[WANCO_MAX_MEMORIES];
uint8_t *wanco_memory_base[WANCO_MAX_MEMORIES];

enum { HUGE_PAGE = 2 << 20, MAX_PAGES = 65536 };

static const struct wanco_memory_type *type_of(uint32_t memory) { return &wanco_module.memories[memory]; }

/* Aligned to the size of a huge page, which make first touch and fork of large memories
   several times cheaper; the guard lies in front. */
static void reserve(uint32_t memory) {
  uint64_t size = HUGE_PAGE + WANCO_MEMORY_RESERVATION + HUGE_PAGE;
  long at = sys(mmap, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (wanco_failed(at))
    wanco_fail("cannot reserve address space for memory %u: %s (a limit on virtual memory?)", memory, wanco_error_text(at));
  uint64_t base = ((uint64_t)at + WANCO_MEMORY_GUARD + HUGE_PAGE - 1) & -(uint64_t)HUGE_PAGE;
  sys(madvise, base, WANCO_MEMORY_RESERVATION, MADV_HUGEPAGE);
  wanco_memory_base[memory] = (uint8_t *)base;
}

static uint64_t total_bytes(void) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) total += wanco_memory_bytes[i];
  return total;
}

static bool is_allowed(uint32_t memory, uint64_t bytes) {
  uint64_t max = wanco_instance.options.max_memory;
  return !max || total_bytes() - wanco_memory_bytes[memory] + bytes <= max;
}

/* Makes a memory larger: 0, or -errno and nothing has changed. */
static long commit(uint32_t memory, uint64_t bytes) {
  uint64_t old = wanco_memory_bytes[memory];
  if (bytes == old) return 0;
  long error = sys(mprotect, wanco_memory_base[memory] + old, bytes - old, PROT_READ | PROT_WRITE);
  if (!error) wanco_memory_bytes[memory] = bytes;
  return error;
}

void wanco_memories_create(void) {
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) {
    reserve(i);
    uint64_t bytes = type_of(i)->min_pages * WANCO_WASM_PAGE;
    if (!is_allowed(i, bytes) || commit(i, bytes))
      wanco_fail("the program needs %lu bytes for memory %u, more than there are or --wanco-max-memory allows", bytes, i);
  }
}

static uint64_t max_pages(uint32_t memory) {
  uint64_t max = type_of(memory)->max_pages;
  return max < MAX_PAGES ? max : MAX_PAGES;
}

bool wanco_memory_can_grow(uint32_t memory, uint64_t pages) {
  return pages <= max_pages(memory) && pages * WANCO_WASM_PAGE >= wanco_memory_bytes[memory] && is_allowed(memory, pages * WANCO_WASM_PAGE);
}

bool wanco_memory_resize(uint32_t memory, uint64_t pages) {
  return wanco_memory_can_grow(memory, pages) && !commit(memory, pages * WANCO_WASM_PAGE);
}

bool wanco_in_reservation(uint64_t address, uint32_t *memory) {
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) {
    if (address - (uint64_t)wanco_memory_base[i] + WANCO_MEMORY_GUARD >= WANCO_MEMORY_GUARD + WANCO_MEMORY_RESERVATION) continue;
    *memory = i;
    return true;
  }
  return false;
}

/* ---- data segments ---- */

bool wanco_data_copy(uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t size) {
  const struct wanco_data *data = &wanco_module.data[segment];
  uint64_t available = wanco_instance.data_dropped[segment] ? 0 : data->size;
  if (from + size > available || to + size > wanco_memory_bytes[memory]) return false;
  memcpy(wanco_memory_base[memory] + to, data->bytes + from, size);
  return true;
}
