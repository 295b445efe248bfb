/* Which pages of a memory a snapshot stores: found once per snapshot, kept as one bit per page.

   A full snapshot stores the pages that hold anything. An increment stores those of them that
   differ from what they were in the snapshot before, and names those that hold nothing any more.
   Only blocks that have been written to since are looked at, and in these every page is compared by
   a hash (hash.c) of what it held then. */
#include <sys/mman.h>

#include "snapshot/snapshot.h"

enum { PAGES = (4ll << 30) / WANCO_SNAPSHOT_PAGE, BITS = 64, BLOCK_PAGES = WANCO_BLOCK / WANCO_SNAPSHOT_PAGE };

static uint64_t bits[WANCO_PAGE_SETS][WANCO_MAX_MEMORIES][PAGES / BITS];

/* Of all pages of all memories as the last snapshot of the chain has them; nothing in it: zero. Seen
   by the process that saves in the background and by this one. */
static struct wanco_hash (*hashes)[PAGES];

void wanco_pages_start(void) {
  size_t size = wanco_module.memory_count * sizeof *hashes;
  long at = size ? sys(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) : 0;
  if (wanco_failed(at)) wanco_fail("cannot allocate memory for incremental snapshots: %s", wanco_error_text(at));
  hashes = (struct wanco_hash(*)[PAGES])at;
  wanco_hash_start();
}

static bool is_zero(const uint8_t *page) {
  typedef uint64_t __attribute__((vector_size(16), may_alias)) vector;
  const vector *at = (const vector *)page, *end = (const vector *)(page + WANCO_SNAPSHOT_PAGE);
  for (; at < end; at += 8) {
    vector any = (at[0] | at[1] | at[2] | at[3]) | (at[4] | at[5] | at[6] | at[7]);
    if (any[0] | any[1]) return false;
  }
  return true;
}

static bool note_hash(struct wanco_hash *last, struct wanco_hash now) {
  bool differs = last->a != now.a || last->b != now.b;
  if (differs) *last = now;
  return differs;
}

static void scan_page(uint32_t memory, uint64_t page, enum wanco_scan scan) {
  const uint8_t *at = wanco_memory_base[memory] + page * WANCO_SNAPSHOT_PAGE;
  bool zero = is_zero(at), differs = true;
  if (scan != WANCO_SCAN_FULL) differs = note_hash(&hashes[memory][page], zero ? (struct wanco_hash){0, 0} : wanco_hash(at));
  if (zero && scan != WANCO_SCAN_CHANGES) return;
  if (differs || scan != WANCO_SCAN_CHANGES) bits[zero ? WANCO_PAGES_CLEARED : WANCO_PAGES_STORED][memory][page / BITS] |= 1ull << page % BITS;
}

static uint64_t page_count(uint32_t memory) { return wanco_memory_bytes[memory] / WANCO_SNAPSHOT_PAGE; }

void wanco_pages_scan(uint32_t memory, enum wanco_scan scan) {
  uint64_t count = page_count(memory);
  for (uint64_t page = 0; page < count; page++) {
    if (page % BITS == 0) bits[WANCO_PAGES_STORED][memory][page / BITS] = bits[WANCO_PAGES_CLEARED][memory][page / BITS] = 0;
    bool unchanged = scan == WANCO_SCAN_CHANGES && !wanco_block_is_open(memory, page / BLOCK_PAGES);
    if (!unchanged) scan_page(memory, page, scan);
  }
}

bool wanco_pages_next(uint32_t memory, enum wanco_pages set, struct wanco_run *run) {
  const uint64_t *words = bits[set][memory];
  uint64_t count = page_count(memory), first = (uint64_t)run->first + run->count;
  while (first < count && !(words[first / BITS] >> first % BITS & 1)) first += words[first / BITS] >> first % BITS ? 1 : BITS - first % BITS;
  if (first >= count) return false;
  uint64_t end = first + 1;
  while (end < count && words[end / BITS] >> end % BITS & 1) end++;
  *run = (struct wanco_run){(uint32_t)first, (uint32_t)(end - first)};
  return true;
}

uint32_t wanco_pages_runs(uint32_t memory, enum wanco_pages set) {
  struct wanco_run run = {0, 0};
  uint32_t count = 0;
  while (wanco_pages_next(memory, set, &run)) count++;
  return count;
}
