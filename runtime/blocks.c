/* Blocks: parts of the linear memories, of the size of a huge page, that the program cannot
   access freely for a while. The first access to such a block faults (in generated code), or is
   announced (wanco_guest()) since the kernel would refuse it; then the block is opened.

   GUARDED: unchanged since the last snapshot, and readable. While a child process is saving that
   snapshot it shares the block's pages. Written to, they would be copied one by one, and the
   block would no longer be a huge page, which makes everything slower, the next fork above all.
   So the block is copied as a whole instead. */
#include <sys/mman.h>

#include "internal.h"

enum { BLOCKS = (4ll << 30) / WANCO_BLOCK };

enum state { OPEN, GUARDED };

static uint8_t states[WANCO_MAX_MEMORIES][BLOCKS];

/* Addresses in these have been given out by wanco_guest() since the blocks were closed; those given
   out before belong to host calls that are over. */
static bool lent[BLOCKS];

bool wanco_blocks_watched;
static bool closed; /* some blocks may be */

static bool host_has_addresses; /* which it may give to the kernel at any time */

static uint64_t count(uint32_t memory) { return (wanco_memory_bytes[memory] + WANCO_BLOCK - 1) / WANCO_BLOCK; }

/* Of a block, or of the part of it that belongs to the memory. */
static uint64_t size_of(uint32_t memory, uint64_t block) {
  uint64_t rest = wanco_memory_bytes[memory] - block * WANCO_BLOCK;
  return rest < WANCO_BLOCK ? rest : WANCO_BLOCK;
}

static void protect(uint8_t *at, uint64_t size, int protection) {
  long error = sys(mprotect, at, size, protection);
  if (error) wanco_fail("cannot change the protection of memory: %s", wanco_error_text(error));
}

/* In a static area, as nothing can be allocated here. */
static void copy_for_this_process(uint8_t *at, uint64_t size) {
  static uint8_t area[WANCO_BLOCK] __attribute__((aligned(64)));
  memcpy(area, at, size);
  sys(madvise, at, size, MADV_DONTNEED);
  memcpy(at, area, size);
}

static void open_block(uint32_t memory, uint64_t block) {
  if (states[memory][block] == OPEN) return;
  uint8_t *at = wanco_memory_base[memory] + block * WANCO_BLOCK;
  uint64_t size = size_of(memory, block);
  protect(at, size, PROT_READ | PROT_WRITE);
  if (wanco_background_shares_memory()) copy_for_this_process(at, size);
  states[memory][block] = OPEN;
}

/* A host call that is going on will give addresses to the kernel again. */
static void open_lent(void) {
  for (uint64_t block = 0; block < count(0); block++) {
    if (!lent[block]) continue;
    protect(wanco_memory_base[0] + block * WANCO_BLOCK, size_of(0, block), PROT_READ | PROT_WRITE);
    states[0][block] = OPEN;
  }
}

void wanco_blocks_watch(void) { wanco_blocks_watched = true; }

void wanco_blocks_guard(bool in_host_call) {
  if (host_has_addresses) return;
  for (uint32_t memory = 0; memory < wanco_module.memory_count; memory++) {
    if (!wanco_memory_bytes[memory]) continue;
    protect(wanco_memory_base[memory], wanco_memory_bytes[memory], PROT_READ);
    memset(states[memory], GUARDED, count(memory));
  }
  closed = true;
  if (in_host_call) open_lent();
  else memset(lent, false, sizeof lent);
}

void wanco_blocks_open_all(void) {
  if (!closed) return;
  closed = false;
  for (uint32_t memory = 0; memory < wanco_module.memory_count; memory++) {
    protect(wanco_memory_base[memory], wanco_memory_bytes[memory], PROT_READ | PROT_WRITE);
    memset(states[memory], OPEN, count(memory));
  }
}

void wanco_blocks_lend(uint64_t address, uint64_t size) {
  if (!size) return;
  for (uint64_t block = address / WANCO_BLOCK; block <= (address + size - 1) / WANCO_BLOCK; block++) {
    lent[block] = true;
    open_block(0, block);
  }
}

/* Its last block becomes larger. */
void wanco_blocks_grow(uint32_t memory) {
  uint64_t size = wanco_memory_bytes[memory];
  if (size % WANCO_BLOCK) open_block(memory, size / WANCO_BLOCK);
}

void wanco_blocks_leave_open(void) {
  host_has_addresses = true;
  wanco_blocks_open_all();
}

bool wanco_blocks_fault(uint64_t address) {
  uint32_t memory;
  if (!closed || !wanco_in_reservation(address, &memory)) return false;
  uint64_t offset = address - (uint64_t)wanco_memory_base[memory];
  if (offset >= wanco_memory_bytes[memory] || states[memory][offset / WANCO_BLOCK] == OPEN) return false;
  open_block(memory, offset / WANCO_BLOCK);
  return true;
}
