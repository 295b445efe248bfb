/* Opens a snapshot and checks that it is whole and of this program; the sections' contents
   are for those who wrote them. */
#include "snapshot/snapshot.h"

enum { COUNT = WANCO_SECTION_COUNT };

static const char *const NAMES[COUNT + 1] = WANCO_NAMES_OF_SECTIONS;

/* Header and section table. */
struct head {
  struct wanco_snapshot_header header;
  struct wanco_snapshot_section sections[COUNT];
};

_Noreturn void wanco_snapshot_fail(const struct wanco_snapshot *snapshot, const char *what) {
  if (snapshot->above) wanco_fail("%s, on which %s builds: %s", snapshot->source->name, snapshot->above, what);
  wanco_fail("%s: %s", snapshot->source->name, what);
}

static const uint8_t *view(const struct wanco_snapshot *snapshot, uint64_t offset, uint64_t size) {
  const uint8_t *bytes;
  long error = snapshot->source->view(snapshot->source, offset, size, &bytes);
  if (error) wanco_snapshot_fail(snapshot, wanco_error_text(error));
  return bytes;
}

/* What must hold before anything else in the file means anything. */
static void check_format(const struct wanco_snapshot *snapshot) {
  const struct wanco_snapshot_header *header = snapshot->header;
  if (memcmp(header->magic, WANCO_SNAPSHOT_MAGIC, sizeof header->magic)) wanco_snapshot_fail(snapshot, "not a snapshot");
  if (header->version != WANCO_SNAPSHOT_VERSION)
    wanco_fail("%s: snapshot format %u, but this program reads only format %u", snapshot->source->name, header->version, WANCO_SNAPSHOT_VERSION);
  if (header->file_size != snapshot->source->size)
    wanco_fail("%s: damaged: %lu bytes long instead of %lu", snapshot->source->name, snapshot->source->size, header->file_size);
  if (header->section_count != COUNT || sizeof(struct head) > snapshot->source->size)
    wanco_snapshot_fail(snapshot, "damaged: wrong number of sections");
}

static void check_header_sum(const struct wanco_snapshot *snapshot) {
  struct head copy;
  memcpy(&copy, snapshot->header, sizeof copy);
  uint32_t expected = copy.header.header_crc;
  copy.header.header_crc = 0;
  if (wanco_crc32c(0, &copy, sizeof copy) != expected) wanco_snapshot_fail(snapshot, "damaged: wrong checksum of the header");
}

static void check_program(const struct wanco_snapshot *snapshot) {
  const struct wanco_snapshot_header *header = snapshot->header;
  if (memcmp(header->module_hash, wanco_module.module_hash, sizeof header->module_hash))
    wanco_snapshot_fail(snapshot, "snapshot of another program (the WebAssembly modules differ)");
  if (memcmp(header->site_table_hash, wanco_module.site_table_hash, sizeof header->site_table_hash))
    wanco_snapshot_fail(snapshot, "this program was compiled with other safepoints (poll interval, values of imported globals, or compiler version)");
}

static void open_section(struct wanco_snapshot *snapshot, uint32_t kind, uint64_t *end) {
  const struct wanco_snapshot_section *section = &snapshot->sections[kind - 1];
  uint64_t alignment = kind == WANCO_SECTION_PAGES ? WANCO_SNAPSHOT_PAGE : 8;
  if (section->kind != kind || section->offset < *end || section->offset % alignment || section->offset > snapshot->source->size ||
      section->size > snapshot->source->size - section->offset)
    wanco_fail("%s: damaged: section %s lies at a wrong place", snapshot->source->name, NAMES[kind]);
  *end = section->offset + section->size;
  if (kind == COUNT && *end != snapshot->source->size) wanco_snapshot_fail(snapshot, "damaged: there is something after the last section");
  if (kind == WANCO_SECTION_PAGES) return; /* has checksums for its parts: chain.c */
  snapshot->contents[kind - 1] = view(snapshot, section->offset, section->size);
  if (wanco_crc32c(0, snapshot->contents[kind - 1], section->size) != section->crc)
    wanco_fail("%s: damaged: wrong checksum of section %s", snapshot->source->name, NAMES[kind]);
}

void wanco_snapshot_open(struct wanco_snapshot *snapshot, struct wanco_source *source) {
  snapshot->source = source;
  if (source->size < sizeof *snapshot->header) wanco_snapshot_fail(snapshot, "not a snapshot: too short");
  snapshot->header = (const struct wanco_snapshot_header *)view(snapshot, 0, sizeof *snapshot->header);
  check_format(snapshot);
  const struct head *head = (const struct head *)view(snapshot, 0, sizeof *head);
  snapshot->header = &head->header;
  snapshot->sections = head->sections;
  check_header_sum(snapshot);
  check_program(snapshot);
  uint64_t end = sizeof *head;
  for (uint32_t kind = 1; kind <= COUNT; kind++) open_section(snapshot, kind, &end);
}

struct wanco_reader wanco_snapshot_section(const struct wanco_snapshot *snapshot, uint32_t kind) {
  const uint8_t *bytes = snapshot->contents[kind - 1];
  return (struct wanco_reader){bytes, bytes + snapshot->sections[kind - 1].size, NAMES[kind], snapshot->source->name};
}
