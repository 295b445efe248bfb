/* Directory contents.

   fd_readdir reads a directory in pieces, and programs add and delete files between them. So
   the first piece reads all of it, and the cookies are positions in what was read: stable
   until the program starts again. Sorting makes them independent of the host's file system,
   so that a restored program goes on anywhere.

   Both blocks are mapped: the kernel's records (struct linux_dirent64), one after the other,
   and their offsets in the order of names. */
#include "wasi/p1/inside.h"

#include <linux/mman.h>

enum {
  DT_UNKNOWN = 0,
  RECORD_NAME = 19,         /* u64 inode, u64 offset, u16 record size, u8 type, then the name */
  RECORD_SIZE = 16,
  RECORD_TYPE = 18,
  FIRST_CAPACITY = 1 << 16,
  MAX_CAPACITY = 1 << 28,   /* some two to eight million names */
};

struct block {
  uint8_t *bytes;
  uint64_t size;
  uint64_t capacity;
};

struct wasi_listing {
  uint64_t mapped; /* of this block */
  uint32_t count;
  struct block records;
  uint32_t offsets[];
};

static void *map(uint64_t size) {
  long result = sys(mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return result < 0 && result > -4096 ? NULL : (void *)result;
}

/* Makes room for `more` bytes. */
static long reserve(struct block *block, uint64_t more) {
  uint64_t capacity = block->capacity ? block->capacity : FIRST_CAPACITY;
  while (capacity - block->size < more) capacity *= 2;
  if (capacity > MAX_CAPACITY) return -ENOMEM;
  if (capacity == block->capacity) return 0;
  long result = block->capacity ? sys(mremap, block->bytes, block->capacity, capacity, MREMAP_MAYMOVE) : (long)map(capacity);
  if (result == 0 || (result < 0 && result > -4096)) return -ENOMEM;
  block->bytes = (uint8_t *)result;
  block->capacity = capacity;
  return 0;
}

static void release(struct block *block) {
  if (block->capacity) sys(munmap, block->bytes, block->capacity);
}

static const char *name_of(const uint8_t *record) { return (const char *)record + RECORD_NAME; }

static bool is_dot(const char *name) { return wanco_equal(name, ".") || wanco_equal(name, ".."); }

/* ---- sorting: heapsort, in place and without recursion ---- */

static bool before(const uint8_t *records, uint32_t a, uint32_t b) {
  const uint8_t *x = (const uint8_t *)name_of(records + a);
  const uint8_t *y = (const uint8_t *)name_of(records + b);
  while (*x && *x == *y) x++, y++;
  return *x < *y;
}

static void sift(const uint8_t *records, uint32_t *offsets, uint32_t root, uint32_t count) {
  for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && before(records, offsets[child], offsets[child + 1])) child++;
    if (!before(records, offsets[root], offsets[child])) return;
    uint32_t moved = offsets[root];
    offsets[root] = offsets[child];
    offsets[child] = moved;
  }
}

static void sort(const uint8_t *records, uint32_t *offsets, uint32_t count) {
  for (uint32_t root = count / 2; root-- > 0;) sift(records, offsets, root, count);
  for (uint32_t end = count; end-- > 1;) {
    uint32_t largest = offsets[0];
    offsets[0] = offsets[end];
    offsets[end] = largest;
    sift(records, offsets, 0, end);
  }
}

/* ---- building ---- */

static uint32_t count_entries(const struct block *records) {
  uint32_t count = 0;
  for (uint64_t at = 0; at < records->size; at += wanco_load_u16(records->bytes + at + RECORD_SIZE))
    count += !is_dot(name_of(records->bytes + at));
  return count;
}

/* Takes the records over; they are released on failure. */
static long build(struct block *records, struct wasi_listing **listing) {
  uint32_t count = count_entries(records);
  uint64_t size = sizeof(struct wasi_listing) + count * UINT64_C(4);
  struct wasi_listing *built = map(size);
  if (!built) {
    release(records);
    return -ENOMEM;
  }
  built->mapped = size;
  built->records = *records;
  for (uint64_t at = 0; at < records->size; at += wanco_load_u16(records->bytes + at + RECORD_SIZE))
    if (!is_dot(name_of(records->bytes + at))) built->offsets[built->count++] = (uint32_t)at;
  sort(records->bytes, built->offsets, built->count);
  *listing = built;
  return 0;
}

/* Some file systems do not keep the type in the directory. */
static void complete_types(int directory, struct block *records) {
  for (uint64_t at = 0; at < records->size; at += wanco_load_u16(records->bytes + at + RECORD_SIZE)) {
    struct stat stat;
    uint8_t *type = records->bytes + at + RECORD_TYPE;
    if (*type != DT_UNKNOWN) continue;
    if (sys(newfstatat, directory, name_of(records->bytes + at), &stat, AT_SYMLINK_NOFOLLOW) == 0)
      *type = (uint8_t)((stat.st_mode & S_IFMT) >> 12); /* DT_... are these bits */
  }
}

static long read_records(int directory, struct block *records) {
  enum { ROOM = 32768 };
  long result = sys(lseek, directory, 0, 0);
  while (result >= 0) {
    result = reserve(records, ROOM);
    if (result < 0) break;
    result = WASI_SYS(getdents64, directory, records->bytes + records->size, records->capacity - records->size);
    if (result == 0) return 0;
    if (result > 0) records->size += (uint64_t)result;
  }
  return result;
}

long wasi_listing_read(int directory, struct wasi_listing **listing) {
  struct block records = {0};
  long result = read_records(directory, &records);
  if (result < 0) {
    release(&records);
    return result;
  }
  complete_types(directory, &records);
  return build(&records, listing);
}

void wasi_listing_free(struct wasi_listing *listing) {
  if (!listing) return;
  release(&listing->records);
  sys(munmap, listing, listing->mapped);
}

uint32_t wasi_listing_count(const struct wasi_listing *listing) { return listing->count; }

struct wasi_dirent wasi_listing_entry(const struct wasi_listing *listing, uint32_t index) {
  const uint8_t *record = listing->records.bytes + listing->offsets[index];
  return (struct wasi_dirent){
      .inode = wanco_load_u64(record), .type = wasi_filetype((uint32_t)record[RECORD_TYPE] << 12), .name = name_of(record)};
}

/* ---- snapshot: u32 count, then for each u32 type (DT_...), u32 length and the name ----
   Inode numbers are not kept: they are the host's, and 0 makes wasi-libc ask for them. */

void wasi_listing_dump(const struct wasi_listing *listing, struct wanco_writer *writer) {
  wanco_write_u32(writer, listing->count);
  for (uint32_t i = 0; i < listing->count; i++) {
    const uint8_t *record = listing->records.bytes + listing->offsets[i];
    uint32_t length = (uint32_t)strlen(name_of(record));
    wanco_write_u32(writer, record[RECORD_TYPE]);
    wanco_write_u32(writer, length);
    wanco_write(writer, name_of(record), length);
  }
}

static void undump_record(struct wanco_reader *reader, struct block *records) {
  uint32_t type = wanco_read_u32(reader);
  uint32_t length = wanco_read_u32(reader);
  if (type > 15 || length == 0 || length >= WASI_NAME_MAX) wanco_read_fail(reader, "a directory entry is not well-formed");
  const char *name = wanco_read(reader, length);
  uint32_t size = (RECORD_NAME + length + 1 + 7) & ~7u;
  if (reserve(records, size) < 0) wanco_read_fail(reader, "no memory for a directory's contents");
  uint8_t *record = records->bytes + records->size;
  memset(record, 0, size);
  wanco_store_u16(record + RECORD_SIZE, (uint16_t)size);
  record[RECORD_TYPE] = (uint8_t)type;
  memcpy(record + RECORD_NAME, name, length);
  records->size += size;
}

struct wasi_listing *wasi_listing_undump(struct wanco_reader *reader) {
  struct block records = {0};
  struct wasi_listing *listing = NULL;
  uint32_t count = wanco_read_u32(reader);
  for (uint32_t i = 0; i < count; i++) undump_record(reader, &records);
  if (build(&records, &listing) < 0 || listing->count != count) wanco_read_fail(reader, "a directory's contents do not fit");
  return listing;
}
