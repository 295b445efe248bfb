/* Where the pages of a restored program come from: a snapshot and those that it builds on. They are
   read block by block (blocks.c), when the program first accesses one, into memory that can have
   huge pages: mapped from the file, each page would cost a fault, and another when it is changed.

   What says where they are is copied, so that nobody can change it after it has been checked. */
#include <errno.h>
#include <sys/mman.h>

#include "snapshot.h"

enum { BLOCKS = (4ll << 30) / WANCO_BLOCK, BLOCK_PAGES = WANCO_BLOCK / WANCO_SNAPSHOT_PAGE };

/* Where something begins that belongs to a block or to later ones. */
struct place {
  uint32_t run, cleared, page, sum; /* numbers: in the memory's lists; of all pages and checksums before it */
};

struct source_memory {
  const struct wanco_run *runs, *cleared;
  uint32_t run_count, cleared_count;
  uint64_t bytes;
  struct place *places; /* by block */
};

struct source {
  struct wanco_snapshot snapshot;
  uint64_t pages; /* where PAGES is in the file */
  const uint32_t *sums;
  struct source_memory *memories;
};

static struct source sources[WANCO_MAX_CHAIN]; /* the newest first */
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
static void find_places(struct source_memory *memory, struct place *next) {
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

static void read_memory(struct source *source, struct wanco_reader *reader, uint32_t i, struct place *next) {
  struct source_memory *memory = &source->memories[i];
  uint32_t index = wanco_read_u32(reader);
  memory->run_count = wanco_read_u32(reader);
  uint64_t size = wanco_read_u64(reader);
  memory->cleared_count = wanco_read_u32(reader);
  if (wanco_read_u32(reader)) wanco_read_fail(reader, "a reserved field is not zero");
  if (index != i) wanco_read_fail(reader, "memory %u where memory %u must be", index, i);
  bool fits = source == sources ? wanco_memory_resize(i, size) : size * WANCO_WASM_PAGE <= sources[0].memories[i].bytes;
  if (!fits || size > UINT32_MAX) wanco_read_fail(reader, "memory %u cannot have %lu pages (of 64 KiB)", i, size);
  memory->bytes = size * WANCO_WASM_PAGE;
  memory->runs = read_runs(reader, memory->run_count, memory->bytes);
  memory->cleared = read_runs(reader, memory->cleared_count, memory->bytes);
  find_places(memory, next);
}

static const struct wanco_snapshot_section *section_of(const struct source *source, uint32_t kind) {
  return &source->snapshot.sections[kind - 1];
}

static void read_memories(struct source *source) {
  struct wanco_reader reader = wanco_snapshot_section(&source->snapshot, WANCO_SECTION_MEMORY);
  uint32_t memories = wanco_read_u32(&reader);
  if (memories != wanco_module.memory_count)
    wanco_read_fail(&reader, "%u memories where the program has %u", memories, wanco_module.memory_count);
  if (wanco_read_u32(&reader)) wanco_read_fail(&reader, "a reserved field is not zero");
  source->memories = wanco_allocate(memories * sizeof *source->memories);
  struct place next = {0};
  for (uint32_t i = 0; i < memories; i++) read_memory(source, &reader, i, &next);
  wanco_read_end(&reader);
  if ((uint64_t)next.page * WANCO_SNAPSHOT_PAGE != section_of(source, WANCO_SECTION_PAGES)->size)
    wanco_read_fail(&reader, "%u pages where section PAGES has %lu bytes", next.page, section_of(source, WANCO_SECTION_PAGES)->size);
  struct wanco_reader sums = wanco_snapshot_section(&source->snapshot, WANCO_SECTION_SUMS);
  size_t size = (uint64_t)next.sum * sizeof *source->sums;
  source->sums = copy(wanco_read(&sums, size), size);
  if (next.sum % 2 && wanco_read_u32(&sums)) wanco_read_fail(&sums, "padding is not zero");
  wanco_read_end(&sums);
  source->pages = section_of(source, WANCO_SECTION_PAGES)->offset;
}

/* The base's path: its name, in the directory of the snapshot that builds on it. */
static const char *beside(const char *path, const char *name, size_t length) {
  size_t directory = 0;
  for (size_t i = 0; path[i]; i++)
    if (path[i] == '/') directory = i + 1;
  char *result = wanco_allocate(directory + length + 1);
  memcpy(result, path, directory);
  memcpy(result + directory, name, length);
  return result;
}

static bool has_slash(const char *name, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (!name[i] || name[i] == '/') return true;
  return false;
}

/* Opens what the last one builds on, if it builds on anything. */
static bool open_base(void) {
  const struct wanco_snapshot *above = &sources[count - 1].snapshot;
  struct wanco_reader reader = wanco_snapshot_section(above, WANCO_SECTION_BASE);
  if (reader.next == reader.end) return false;
  uint64_t size = wanco_read_u64(&reader), time = wanco_read_u64(&reader);
  uint32_t crc = wanco_read_u32(&reader), depth = wanco_read_u32(&reader), length = wanco_read_u32(&reader);
  const char *name = wanco_read(&reader, length);
  if (!length || length > 255 || has_slash(name, length)) wanco_read_fail(&reader, "the name of a file is not well-formed");
  if (depth == 0 || depth >= WANCO_MAX_CHAIN || (count > 1 && depth != sources[count - 1].snapshot.depth))
    wanco_read_fail(&reader, "%u snapshots beneath it are impossible", depth);
  struct wanco_snapshot *base = &sources[count++].snapshot;
  base->above = above->path;
  base->depth = depth - 1;
  wanco_snapshot_open(base, beside(above->path, name, length));
  struct wanco_reader meta = wanco_snapshot_section(base, WANCO_SECTION_META);
  if (base->size != size || base->header->header_crc != crc || wanco_read_u64(&meta) != time)
    wanco_fail("%s is not the snapshot that %s builds on: it has been replaced", base->path, above->path);
  bool is_full = !section_of(&sources[count - 1], WANCO_SECTION_BASE)->size;
  if (is_full != (base->depth == 0)) wanco_fail("%s: damaged: wrong number of snapshots beneath it", above->path);
  return true;
}

static void mark_absent(const struct source *source) {
  for (uint32_t i = 0; i < wanco_module.memory_count; i++)
    for (uint32_t k = 0; k < source->memories[i].run_count; k++) {
      struct wanco_run run = source->memories[i].runs[k];
      for (uint64_t block = run.first / BLOCK_PAGES; block <= (run.first + (uint64_t)run.count - 1) / BLOCK_PAGES; block++)
        wanco_blocks_set_absent(i, block);
    }
}

/* What is small is read at once: that takes less time than faults do. */
enum { SMALL = 1 << 20 };

void wanco_sources_open(const struct wanco_snapshot *snapshot) {
  uint64_t bytes = 0;
  sources[0].snapshot = *snapshot;
  count = 1;
  while (open_base()) {}
  for (uint32_t i = 0; i < count; i++) {
    read_memories(&sources[i]);
    bytes += section_of(&sources[i], WANCO_SECTION_PAGES)->size;
  }
  for (uint32_t i = 0; i < count; i++) mark_absent(&sources[i]);
  for (uint32_t i = 1; i < count; i++) wanco_snapshot_unmap(&sources[i].snapshot);
  wanco_blocks_close_absent();
  if (bytes <= SMALL || wanco_instance.options.verify) wanco_blocks_load();
}

/* ---- reading ---- */

static void read_pages(const struct source *source, uint8_t *to, uint64_t size, uint64_t page) {
  uint64_t offset = source->pages + page * WANCO_SNAPSHOT_PAGE;
  while (size) {
    long got = sys(pread64, source->snapshot.fd, to, size, offset);
    if (got == -EINTR) continue;
    if (got <= 0) wanco_fail("%s: cannot be read: %s", source->snapshot.path, got ? wanco_error_text(got) : "it has been cut off");
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
static void apply(const struct source *source, uint32_t i, uint64_t block, uint8_t *to, uint64_t size) {
  const struct source_memory *memory = &source->memories[i];
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
    read_pages(source, bytes, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE, page);
    sum = wanco_crc32c(sum, bytes, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE);
    page += run.count;
  }
  if (page != at.page && sum != source->sums[at.sum])
    wanco_fail("%s: damaged: wrong checksum of pages of memory %u, bytes 0x%lx to 0x%lx", source->snapshot.path, i, block * WANCO_BLOCK,
               block * WANCO_BLOCK + size);
}

void wanco_sources_load(uint32_t memory, uint64_t block, uint8_t *to, uint64_t size) {
  for (uint32_t k = count; k-- > 0;) apply(&sources[k], memory, block, to, size);
}

void wanco_sources_close(void) {
  for (uint32_t i = 0; i < count; i++) sys(close, sources[i].snapshot.fd);
  count = 0;
}
