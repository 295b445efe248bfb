/* Blocks: parts of the linear memories, of the size of a huge page, that the program cannot
   access freely for a while. The first access to such a block faults (in emitted code), or is
   announced (wanco_guest()) since the kernel would refuse it; then the block is opened.

   ABSENT: its contents are still in the snapshots that the program was restored from.

   GUARDED: unchanged since the last snapshot, and readable. While a child process is saving that
   snapshot it shares the block's pages. Written to, they would be copied one by one, and the
   block would no longer be a huge page, which makes everything slower, the next fork above all.
   So the block is copied as a whole instead. */
#include <sys/mman.h>

#include "instance/instance.h"

enum { BLOCKS = (4ll << 30) / WANCO_BLOCK };

enum state { OPEN, GUARDED, ABSENT };

static uint8_t states[WANCO_MAX_MEMORIES][BLOCKS];

/* Addresses in these have been given out by wanco_guest() since the blocks were closed; those given
   out before belong to host calls that are over. */
static bool lent[BLOCKS];

bool wanco_blocks_watched;
static bool (*memory_is_shared)(void);
static const struct wanco_block_source *source; /* of those that are absent */
static bool guarded; /* some blocks may be */
static uint64_t absent; /* how many blocks are */

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
  enum state state = states[memory][block];
  if (state == OPEN) return;
  uint8_t *at = wanco_memory_base[memory] + block * WANCO_BLOCK;
  uint64_t size = size_of(memory, block);
  protect(at, size, PROT_READ | PROT_WRITE);
  states[memory][block] = OPEN;
  if (state == ABSENT) {
    source->load(memory, block, at, size);
    if (!--absent) source->close();
  } else if (memory_is_shared()) {
    copy_for_this_process(at, size);
  }
}

/* All blocks that are in one state, neighbours together. */
static void change_all(enum state from, enum state to, int protection) {
  for (uint32_t memory = 0; memory < wanco_module.memory_count; memory++)
    for (uint64_t block = 0, end = count(memory), last; block < end; block = last + 1) {
      for (last = block; last < end && states[memory][last] == from; last++) states[memory][last] = (uint8_t)to;
      if (last == block) continue;
      uint64_t size = last == end ? wanco_memory_bytes[memory] - block * WANCO_BLOCK : (last - block) * WANCO_BLOCK;
      protect(wanco_memory_base[memory] + block * WANCO_BLOCK, size, protection);
    }
}

/* A host call that is going on will give addresses to the kernel again. */
static void open_lent(void) {
  for (uint64_t block = 0; block < count(0); block++) {
    if (!lent[block] || states[0][block] == ABSENT) continue;
    protect(wanco_memory_base[0] + block * WANCO_BLOCK, size_of(0, block), PROT_READ | PROT_WRITE);
    states[0][block] = OPEN;
  }
}

void wanco_blocks_watch(bool (*shared)(void)) {
  wanco_blocks_watched = true;
  memory_is_shared = shared;
}

void wanco_blocks_guard(bool in_host_call) {
  if (host_has_addresses) return;
  change_all(OPEN, GUARDED, PROT_READ);
  guarded = true;
  if (in_host_call) open_lent();
  else memset(lent, false, sizeof lent);
}

void wanco_blocks_open_guarded(void) {
  if (!guarded) return;
  guarded = false;
  change_all(GUARDED, OPEN, PROT_READ | PROT_WRITE);
}

bool wanco_block_is_open(uint32_t memory, uint64_t block) { return states[memory][block] == OPEN; }

void wanco_blocks_set_absent(uint32_t memory, uint64_t block) {
  absent += states[memory][block] != ABSENT;
  states[memory][block] = ABSENT;
}

void wanco_blocks_close_absent(const struct wanco_block_source *from) {
  source = from;
  change_all(ABSENT, ABSENT, PROT_NONE);
  if (absent) wanco_blocks_watched = true;
  else source->close();
}

void wanco_blocks_load(void) {
  for (uint32_t memory = 0; absent && memory < wanco_module.memory_count; memory++)
    for (uint64_t block = 0; block < count(memory); block++)
      if (states[memory][block] == ABSENT) open_block(memory, block);
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
  if (host_has_addresses) return;
  host_has_addresses = true;
  wanco_blocks_open_guarded();
  wanco_blocks_load();
}

bool wanco_blocks_fault(uint64_t address) {
  uint32_t memory;
  if ((!guarded && !absent) || !wanco_in_reservation(address, &memory)) return false;
  uint64_t offset = address - (uint64_t)wanco_memory_base[memory];
  if (offset >= wanco_memory_bytes[memory] || states[memory][offset / WANCO_BLOCK] == OPEN) return false;
  open_block(memory, offset / WANCO_BLOCK);
  return true;
}
