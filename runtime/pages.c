/* Which pages of a memory hold anything: found once per snapshot, kept as one bit per page. */
#include "internal.h"

enum { PAGES = (4ll << 30) / WANCO_SNAPSHOT_PAGE, BITS = 64 };

static uint64_t used[WANCO_MAX_MEMORIES][PAGES / BITS];

static bool is_zero(const uint8_t *page) {
  typedef uint64_t __attribute__((vector_size(16), may_alias)) vector;
  const vector *at = (const vector *)page, *end = (const vector *)(page + WANCO_SNAPSHOT_PAGE);
  for (; at < end; at += 8) {
    vector any = (at[0] | at[1] | at[2] | at[3]) | (at[4] | at[5] | at[6] | at[7]);
    if (any[0] | any[1]) return false;
  }
  return true;
}

static uint64_t page_count(uint32_t memory) { return wanco_memory_bytes[memory] / WANCO_SNAPSHOT_PAGE; }

void wanco_pages_scan(uint32_t memory) {
  const uint8_t *page = wanco_memory_base[memory];
  uint64_t count = page_count(memory);
  for (uint64_t i = 0; i < count; i += BITS) {
    uint64_t word = 0;
    for (uint64_t bit = 0; bit < BITS && i + bit < count; bit++, page += WANCO_SNAPSHOT_PAGE) word |= (uint64_t)!is_zero(page) << bit;
    used[memory][i / BITS] = word;
  }
}

static bool is_used(uint32_t memory, uint64_t page) { return used[memory][page / BITS] >> page % BITS & 1; }

bool wanco_pages_next(uint32_t memory, struct wanco_run *run) {
  uint64_t count = page_count(memory), first = (uint64_t)run->first + run->count;
  while (first < count && !is_used(memory, first)) first += used[memory][first / BITS] ? 1 : BITS - first % BITS;
  if (first >= count) return false;
  uint64_t end = first + 1;
  while (end < count && is_used(memory, end)) end++;
  *run = (struct wanco_run){(uint32_t)first, (uint32_t)(end - first)};
  return true;
}

uint32_t wanco_pages_runs(uint32_t memory) {
  struct wanco_run run = {0, 0};
  uint32_t count = 0;
  while (wanco_pages_next(memory, &run)) count++;
  return count;
}
