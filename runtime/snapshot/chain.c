/* Where the pages of a restored program come from: a snapshot and those that it builds on. They are
   read block by block (instance/blocks.c), when the program first accesses one, into memory that can have
   huge pages: mapped from the file, each page would cost a fault, and another when it is changed.

   What says where they are is copied, so that nobody can change it after it has been checked. */
#include "snapshot/snapshot.h"

enum { BLOCKS = (4ll << 30) / WANCO_BLOCK, BLOCK_PAGES = WANCO_BLOCK / WANCO_SNAPSHOT_PAGE };

/* Where something begins that belongs to a block or to later ones. */
struct place {
  uint32_t run, cleared, page, sum; /* numbers: in the memory's lists; of all pages and checksums before it */
};

struct link_memory {
  const struct wanco_run *runs, *cleared;
  uint32_t run_count, cleared_count;
  uint64_t bytes;
  struct place *places; /* by block */
};

struct link {
  struct wanco_snapshot snapshot;
  uint64_t pages; /* where PAGES is in it */
  const uint32_t *sums;
  struct link_memory *memories;
};

static struct link links[WANCO_MAX_CHAIN]; /* the newest first */
static uint32_t count;

/* ---- opening ---- */

static void *copy(const void *from, size_t size) { return memcpy(wanco_allocate(size), from, size); }

/* The list is in order and inside the memory. */
static const struct wanco_run *read_runs(struct wanco_reader *reader, uint32_t run_count, uint64_t bytes) {
  size_t size = (uint64_t)run_count * sizeof(struct wanco_run);
  const struct wanco_run *runs = copy(wanco_read(reader, size), size);
  uint64_t end = 0;
  for (uint32_t i = 0; i < run_count; i++) {
    struct wanco_run run = runs[i];
    if (!run.count || (i && run.first <= end) || ((uint64_t)run.first + run.count) * WANCO_SNAPSHOT_PAGE > bytes)
      wanco_read_fail(reader, "a run of pages lies at a wrong place");
    end = (uint64_t)run.first + run.count;
  }
  return runs;
}

static uint64_t block_count(uint64_t bytes) { return (bytes + WANCO_BLOCK - 1) / WANCO_BLOCK; }

/* Numbers what the memory has in each block. */
static void find_places(struct link_memory *memory, struct place *next) {
  uint64_t blocks = block_count(memory->bytes);
  memory->places = wanco_allocate(blocks * sizeof *memory->places);
  uint64_t done = 0; /* pages of the memory */
  next->run = next->cleared = 0;
  for (uint64_t block = 0; block < blocks; block++) {
    uint64_t end = (block + 1) * BLOCK_PAGES;
    bool stores = false;
    memory->places[block] = *next;
    while (next->cleared < memory->cleared_count && memory->cleared[next->cleared].first + (uint64_t)memory->cleared[next->cleared].count <= end)
      next->cleared++;
    while (next->run < memory->run_count && memory->runs[next->run].first < end) {
      struct wanco_run run = memory->runs[next->run];
      uint64_t from = run.first > done ? run.first : done, to = (uint64_t)run.first + run.count;
      if (to > end) to = end;
      next->page += (uint32_t)(to - from);
      stores = true;
      done = to;
      if (to == end && (uint64_t)run.first + run.count > end) break; /* goes on in the next block */
      next->run++;
    }
    next->sum += stores;
  }
}

static void read_memory(struct link *link, struct wanco_reader *reader, uint32_t i, struct place *next) {
  struct link_memory *memory = &link->memories[i];
  uint32_t index = wanco_read_u32(reader);
  memory->run_count = wanco_read_u32(reader);
  uint64_t size = wanco_read_u64(reader);
  memory->cleared_count = wanco_read_u32(reader);
  if (wanco_read_u32(reader)) wanco_read_fail(reader, "a reserved field is not zero");
  if (index != i) wanco_read_fail(reader, "memory %u where memory %u must be", index, i);
  bool fits = link == links ? wanco_memory_resize(i, size) : size * WANCO_WASM_PAGE <= links[0].memories[i].bytes;
  if (!fits || size > UINT32_MAX) wanco_read_fail(reader, "memory %u cannot have %lu pages (of 64 KiB)", i, size);
  memory->bytes = size * WANCO_WASM_PAGE;
  memory->runs = read_runs(reader, memory->run_count, memory->bytes);
  memory->cleared = read_runs(reader, memory->cleared_count, memory->bytes);
  find_places(memory, next);
}

static const struct wanco_snapshot_section *section_of(const struct link *link, uint32_t kind) {
  return &link->snapshot.sections[kind - 1];
}

static void read_memories(struct link *link) {
  struct wanco_reader reader = wanco_snapshot_section(&link->snapshot, WANCO_SECTION_MEMORY);
  uint32_t memories = wanco_read_u32(&reader);
  if (memories != wanco_module.memory_count)
    wanco_read_fail(&reader, "%u memories where the program has %u", memories, wanco_module.memory_count);
  if (wanco_read_u32(&reader)) wanco_read_fail(&reader, "a reserved field is not zero");
  link->memories = wanco_allocate(memories * sizeof *link->memories);
  struct place next = {0};
  for (uint32_t i = 0; i < memories; i++) read_memory(link, &reader, i, &next);
  wanco_read_end(&reader);
  if ((uint64_t)next.page * WANCO_SNAPSHOT_PAGE != section_of(link, WANCO_SECTION_PAGES)->size)
    wanco_read_fail(&reader, "%u pages where section PAGES has %lu bytes", next.page, section_of(link, WANCO_SECTION_PAGES)->size);
  struct wanco_reader sums = wanco_snapshot_section(&link->snapshot, WANCO_SECTION_SUMS);
  size_t size = (uint64_t)next.sum * sizeof *link->sums;
  link->sums = copy(wanco_read(&sums, size), size);
  if (next.sum % 2 && wanco_read_u32(&sums)) wanco_read_fail(&sums, "padding is not zero");
  wanco_read_end(&sums);
  link->pages = section_of(link, WANCO_SECTION_PAGES)->offset;
}

static bool has_slash(const char *name, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (!name[i] || name[i] == '/') return true;
  return false;
}

/* Opens what the last one builds on, if it builds on anything. */
static bool open_base(void) {
  const struct wanco_snapshot *above = &links[count - 1].snapshot;
  struct wanco_reader reader = wanco_snapshot_section(above, WANCO_SECTION_BASE);
  if (reader.next == reader.end) return false;
  uint64_t size = wanco_read_u64(&reader), time = wanco_read_u64(&reader);
  uint32_t crc = wanco_read_u32(&reader), depth = wanco_read_u32(&reader), length = wanco_read_u32(&reader);
  const char *name = wanco_read(&reader, length);
  if (!length || length > 255 || has_slash(name, length)) wanco_read_fail(&reader, "the name of a file is not well-formed");
  if (depth == 0 || depth >= WANCO_MAX_CHAIN || (count > 1 && depth != links[count - 1].snapshot.depth))
    wanco_read_fail(&reader, "%u snapshots beneath it are impossible", depth);
  struct wanco_snapshot *base = &links[count++].snapshot;
  base->above = above->source->name;
  base->depth = depth - 1;
  const char *why = above->source->open_base(above->source, name, length, &base->source);
  if (why) wanco_snapshot_fail(base, why);
  wanco_snapshot_open(base, base->source);
  struct wanco_reader meta = wanco_snapshot_section(base, WANCO_SECTION_META);
  if (base->source->size != size || base->header->header_crc != crc || wanco_read_u64(&meta) != time)
    wanco_fail("%s is not the snapshot that %s builds on: it has been replaced", base->source->name, above->source->name);
  bool is_full = !section_of(&links[count - 1], WANCO_SECTION_BASE)->size;
  if (is_full != (base->depth == 0)) wanco_fail("%s: damaged: wrong number of snapshots beneath it", above->source->name);
  return true;
}

static void mark_absent(const struct link *link) {
  for (uint32_t i = 0; i < wanco_module.memory_count; i++)
    for (uint32_t k = 0; k < link->memories[i].run_count; k++) {
      struct wanco_run run = link->memories[i].runs[k];
      for (uint64_t block = run.first / BLOCK_PAGES; block <= (run.first + (uint64_t)run.count - 1) / BLOCK_PAGES; block++)
        wanco_blocks_set_absent(i, block);
    }
}

/* ---- reading ---- */

static void read_pages(const struct link *link, uint8_t *to, uint64_t size, uint64_t page) {
  struct wanco_source *source = link->snapshot.source;
  uint64_t offset = link->pages + page * WANCO_SNAPSHOT_PAGE;
  while (size) {
    long got = source->read_at(source, to, size, offset);
    if (got <= 0) wanco_fail("%s: cannot be read: %s", source->name, got ? wanco_error_text(got) : "it has been cut off");
    to += got;
    size -= (uint64_t)got;
    offset += (uint64_t)got;
  }
}

/* The part of a run that lies in a block, from the block's start, in pages. */
static struct wanco_run inside(struct wanco_run run, uint64_t block) {
  uint64_t start = block * BLOCK_PAGES, from = run.first, to = from + run.count;
  if (from < start) from = start;
  if (to > start + BLOCK_PAGES) to = start + BLOCK_PAGES;
  return from < to ? (struct wanco_run){(uint32_t)(from - start), (uint32_t)(to - from)} : (struct wanco_run){0, 0};
}

/* Brings a block from the state of the snapshot before to that of this one. */
static void apply(const struct link *link, uint32_t i, uint64_t block, uint8_t *to, uint64_t size) {
  const struct link_memory *memory = &link->memories[i];
  if (block >= block_count(memory->bytes)) return;
  struct place at = memory->places[block];
  uint64_t pages = size / WANCO_SNAPSHOT_PAGE;
  for (uint32_t k = at.cleared; k < memory->cleared_count; k++) {
    struct wanco_run run = inside(memory->cleared[k], block);
    if (!run.count || run.first + run.count > pages) break;
    memset(to + (uint64_t)run.first * WANCO_SNAPSHOT_PAGE, 0, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE);
  }
  uint32_t sum = 0;
  uint64_t page = at.page;
  for (uint32_t k = at.run; k < memory->run_count; k++) {
    struct wanco_run run = inside(memory->runs[k], block);
    if (!run.count || run.first + run.count > pages) break;
    uint8_t *bytes = to + (uint64_t)run.first * WANCO_SNAPSHOT_PAGE;
    read_pages(link, bytes, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE, page);
    sum = wanco_crc32c(sum, bytes, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE);
    page += run.count;
  }
  if (page != at.page && sum != link->sums[at.sum])
    wanco_fail("%s: damaged: wrong checksum of pages of memory %u, bytes 0x%lx to 0x%lx", link->snapshot.source->name, i, block * WANCO_BLOCK,
               block * WANCO_BLOCK + size);
}

static void load(uint32_t memory, uint64_t block, uint8_t *to, uint64_t size) {
  for (uint32_t k = count; k-- > 0;) apply(&links[k], memory, block, to, size);
}

static void close(void) {
  for (uint32_t i = 0; i < count; i++) links[i].snapshot.source->close(links[i].snapshot.source);
  count = 0;
}

/* ---- all ---- */

static const struct wanco_block_source BLOCKS_OF_CHAIN = {load, close};

/* What is small is read at once: that takes less time than faults do. */
enum { SMALL = 1 << 20 };

void wanco_chain_open(const struct wanco_snapshot *snapshot) {
  uint64_t bytes = 0;
  links[0].snapshot = *snapshot;
  count = 1;
  while (open_base()) {}
  for (uint32_t i = 0; i < count; i++) {
    read_memories(&links[i]);
    bytes += section_of(&links[i], WANCO_SECTION_PAGES)->size;
  }
  for (uint32_t i = 0; i < count; i++) mark_absent(&links[i]);
  for (uint32_t i = 1; i < count; i++) links[i].snapshot.source->release(links[i].snapshot.source);
  wanco_blocks_close_absent(&BLOCKS_OF_CHAIN);
  if (bytes <= SMALL || wanco_instance.options.verify) wanco_blocks_load();
}
