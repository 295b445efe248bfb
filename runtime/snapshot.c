/* Opens a snapshot and checks that it is whole and of this program; the sections' contents
   are undump.c's. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "snapshot.h"

enum { COUNT = WANCO_SECTION_SUMS };

static const char *const NAMES[COUNT + 1] = {"",     "CONTROL", "FRAMES", "GLOBALS", "TABLES", "SEGMENTS", "WASI",
                                             "HOST", "NAMES",   "META",   "BASE",    "MEMORY", "PAGES",    "SUMS"};

static _Noreturn void fail(const struct wanco_snapshot *snapshot, const char *what) {
  if (snapshot->above) wanco_fail("%s, on which %s builds: %s", snapshot->path, snapshot->above, what);
  wanco_fail("%s: %s", snapshot->path, what);
}

static void map_file(struct wanco_snapshot *snapshot) {
  snapshot->fd = sys(openat, AT_FDCWD, snapshot->path, O_RDONLY | O_CLOEXEC);
  if (wanco_failed(snapshot->fd)) fail(snapshot, wanco_error_text(snapshot->fd));
  if (snapshot->fd < 3) { /* a standard stream that was closed: the program is not to have this one for it */
    long fd = sys(fcntl, snapshot->fd, F_DUPFD_CLOEXEC, 3);
    sys(close, snapshot->fd);
    if (wanco_failed(fd)) fail(snapshot, wanco_error_text(fd));
    snapshot->fd = fd;
  }
  struct stat status;
  long error = sys(fstat, snapshot->fd, &status);
  if (error) fail(snapshot, wanco_error_text(error));
  if (!S_ISREG(status.st_mode)) fail(snapshot, "not a regular file");
  if ((uint64_t)status.st_size < sizeof(struct wanco_snapshot_header)) fail(snapshot, "not a snapshot: too short");
  long at = sys(mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, snapshot->fd, 0);
  if (wanco_failed(at)) fail(snapshot, wanco_error_text(at));
  snapshot->bytes = (const uint8_t *)at;
  snapshot->size = (uint64_t)status.st_size;
}

/* What must hold before anything else in the file means anything. */
static void check_format(const struct wanco_snapshot *snapshot) {
  const struct wanco_snapshot_header *header = snapshot->header;
  if (memcmp(header->magic, WANCO_SNAPSHOT_MAGIC, sizeof header->magic)) fail(snapshot, "not a snapshot");
  if (header->version != WANCO_SNAPSHOT_VERSION)
    wanco_fail("%s: snapshot format %u, but this program reads only format %u", snapshot->path, header->version, WANCO_SNAPSHOT_VERSION);
  if (header->file_size != snapshot->size)
    wanco_fail("%s: damaged: %lu bytes long instead of %lu", snapshot->path, snapshot->size, header->file_size);
  if (header->section_count != COUNT || sizeof *header + COUNT * sizeof *snapshot->sections > snapshot->size)
    fail(snapshot, "damaged: wrong number of sections");
}

static void check_header_sum(const struct wanco_snapshot *snapshot) {
  struct {
    struct wanco_snapshot_header header;
    struct wanco_snapshot_section sections[COUNT];
  } copy;
  memcpy(&copy, snapshot->bytes, sizeof copy);
  uint32_t expected = copy.header.header_crc;
  copy.header.header_crc = 0;
  if (wanco_crc32c(0, &copy, sizeof copy) != expected) fail(snapshot, "damaged: wrong checksum of the header");
}

static void check_program(const struct wanco_snapshot *snapshot) {
  const struct wanco_snapshot_header *header = snapshot->header;
  if (memcmp(header->module_hash, wanco_module.module_hash, sizeof header->module_hash))
    fail(snapshot, "snapshot of another program (the WebAssembly modules differ)");
  if (memcmp(header->site_table_hash, wanco_module.site_table_hash, sizeof header->site_table_hash))
    fail(snapshot, "this program was compiled with other safepoints (poll interval, values of imported globals, or compiler version)");
}

static void check_section(const struct wanco_snapshot *snapshot, uint32_t kind, uint64_t *end) {
  const struct wanco_snapshot_section *section = &snapshot->sections[kind - 1];
  uint64_t alignment = kind == WANCO_SECTION_PAGES ? WANCO_SNAPSHOT_PAGE : 8;
  if (section->kind != kind || section->offset < *end || section->offset % alignment || section->offset > snapshot->size ||
      section->size > snapshot->size - section->offset)
    wanco_fail("%s: damaged: section %s lies at a wrong place", snapshot->path, NAMES[kind]);
  *end = section->offset + section->size;
  if (kind == COUNT && *end != snapshot->size) fail(snapshot, "damaged: there is something after the last section");
  if (kind == WANCO_SECTION_PAGES) return; /* has checksums for its parts: sources.c */
  if (wanco_crc32c(0, snapshot->bytes + section->offset, section->size) != section->crc)
    wanco_fail("%s: damaged: wrong checksum of section %s", snapshot->path, NAMES[kind]);
}

void wanco_snapshot_open(struct wanco_snapshot *snapshot, const char *path) {
  snapshot->path = path;
  map_file(snapshot);
  snapshot->header = (const struct wanco_snapshot_header *)snapshot->bytes;
  snapshot->sections = (const struct wanco_snapshot_section *)(snapshot->header + 1);
  check_format(snapshot);
  check_header_sum(snapshot);
  check_program(snapshot);
  uint64_t end = sizeof *snapshot->header + COUNT * sizeof *snapshot->sections;
  for (uint32_t kind = 1; kind <= COUNT; kind++) check_section(snapshot, kind, &end);
}

struct wanco_reader wanco_snapshot_section(const struct wanco_snapshot *snapshot, uint32_t kind) {
  const struct wanco_snapshot_section *section = &snapshot->sections[kind - 1];
  const uint8_t *bytes = snapshot->bytes + section->offset;
  return (struct wanco_reader){bytes, bytes + section->size, NAMES[kind], snapshot->path};
}

void wanco_snapshot_unmap(struct wanco_snapshot *snapshot) { sys(munmap, snapshot->bytes, snapshot->size); }
