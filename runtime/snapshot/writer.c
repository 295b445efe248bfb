/* What a snapshot is written through: a buffer, a checksum, a section table. All bytes pass
   through wanco_write(). After an error nothing more is written; the first error stays. */
#include <errno.h>

#include "snapshot/snapshot.h"

struct wanco_writer {
  struct wanco_sink *sink;
  long error;        /* 0, or the first -errno */
  const char *why;   /* a text that says more than that, or NULL */
  uint64_t position; /* in the snapshot, of the buffer's first byte */
  size_t used;       /* bytes in the buffer */
  size_t summed;     /* of these, already in the checksum */
  uint32_t crc;
  uint32_t header_crc; /* once it is complete */
  uint32_t section_count;
  struct wanco_snapshot_section sections[WANCO_SECTION_COUNT];
  uint8_t buffer[64 << 10];
};

static void note_error(struct wanco_writer *writer, long error) {
  if (!writer->error) writer->error = error;
}

void wanco_write_fail(struct wanco_writer *writer, const char *why) {
  if (!writer->error) writer->why = why;
  note_error(writer, -EINVAL);
}

static void write_out(struct wanco_writer *writer, const uint8_t *bytes, size_t size) {
  while (size && !writer->error) {
    long written = writer->sink->append(writer->sink, bytes, size);
    if (written <= 0) {
      note_error(writer, written ? written : -EIO);
      return;
    }
    bytes += written;
    size -= (size_t)written;
    writer->position += (uint64_t)written;
  }
}

/* Brings the checksum up to what the buffer holds. */
static void sum(struct wanco_writer *writer) {
  writer->crc = wanco_crc32c(writer->crc, writer->buffer + writer->summed, writer->used - writer->summed);
  writer->summed = writer->used;
}

static void flush(struct wanco_writer *writer) {
  sum(writer);
  write_out(writer, writer->buffer, writer->used);
  writer->used = writer->summed = 0;
}

static void put(struct wanco_writer *writer, const void *bytes, size_t size) {
  memcpy(writer->buffer + writer->used, bytes, size);
  writer->used += size;
}

/* In parts that are still in the processor's cache when the kernel copies them after they have
   been summed. */
enum { PART = 512 << 10 };

static void write_part(struct wanco_writer *writer, const uint8_t *bytes, size_t size, uint32_t crc) {
  if (size > sizeof writer->buffer - writer->used) flush(writer);
  sum(writer);
  writer->crc = wanco_crc32c_append(writer->crc, crc, size);
  if (size >= sizeof writer->buffer) write_out(writer, bytes, size);
  else put(writer, bytes, size);
  writer->summed = writer->used;
}

uint32_t wanco_write_summed(struct wanco_writer *writer, const void *bytes, size_t size) {
  uint32_t total = 0;
  for (const uint8_t *at = bytes; size;) {
    size_t part = size < PART ? size : PART;
    uint32_t crc = wanco_crc32c(0, at, part);
    write_part(writer, at, part, crc);
    total = wanco_crc32c_append(total, crc, part);
    at += part;
    size -= part;
  }
  return total;
}

void wanco_write(struct wanco_writer *writer, const void *bytes, size_t size) {
  if (size >= sizeof writer->buffer) {
    wanco_write_summed(writer, bytes, size);
    return;
  }
  if (size > sizeof writer->buffer - writer->used) flush(writer);
  put(writer, bytes, size);
}

void wanco_write_u32(struct wanco_writer *writer, uint32_t value) { wanco_write(writer, &value, sizeof value); }

void wanco_write_u64(struct wanco_writer *writer, uint64_t value) { wanco_write(writer, &value, sizeof value); }

static uint64_t position(const struct wanco_writer *writer) { return writer->position + writer->used; }

void wanco_write_padding(struct wanco_writer *writer, uint64_t alignment) {
  static const uint8_t zeros[WANCO_SNAPSHOT_PAGE];
  wanco_write(writer, zeros, -position(writer) & (alignment - 1));
}

void wanco_write_begin(struct wanco_writer *writer, uint32_t kind, uint64_t alignment) {
  wanco_write_padding(writer, alignment);
  sum(writer);
  writer->crc = 0;
  writer->sections[writer->section_count] = (struct wanco_snapshot_section){.kind = kind, .offset = position(writer)};
}

void wanco_write_end(struct wanco_writer *writer) {
  sum(writer);
  struct wanco_snapshot_section *section = &writer->sections[writer->section_count++];
  section->crc = writer->crc;
  section->size = position(writer) - section->offset;
}

/* Header and section table; zero until wanco_writer_finish() knows them. */
struct head {
  struct wanco_snapshot_header header;
  struct wanco_snapshot_section sections[WANCO_SECTION_COUNT];
};

struct wanco_writer *wanco_writer_start(struct wanco_sink *sink) {
  static struct wanco_writer the_writer;
  struct wanco_writer *writer = &the_writer;
  struct head empty = {0};
  writer->sink = sink;
  writer->error = 0;
  writer->why = NULL;
  writer->position = 0;
  writer->used = writer->summed = 0;
  writer->crc = 0;
  writer->section_count = 0;
  wanco_write(writer, &empty, sizeof empty);
  return writer;
}

long wanco_writer_finish(struct wanco_writer *writer) {
  struct head head = {.header = {.version = WANCO_SNAPSHOT_VERSION, .section_count = writer->section_count}};
  memcpy(head.header.magic, WANCO_SNAPSHOT_MAGIC, sizeof head.header.magic);
  head.header.file_size = position(writer);
  memcpy(head.header.module_hash, wanco_module.module_hash, sizeof head.header.module_hash);
  memcpy(head.header.site_table_hash, wanco_module.site_table_hash, sizeof head.header.site_table_hash);
  memcpy(head.sections, writer->sections, sizeof head.sections);
  head.header.header_crc = writer->header_crc = wanco_crc32c(0, &head, sizeof head);
  flush(writer);
  if (writer->error) return writer->error;
  long error = writer->sink->replace(writer->sink, &head, sizeof head, 0);
  if (error) note_error(writer, error);
  return writer->error;
}

uint64_t wanco_writer_size(const struct wanco_writer *writer) { return position(writer); }

const char *wanco_writer_reason(const struct wanco_writer *writer) {
  return writer->why ? writer->why : wanco_error_text(writer->error);
}

uint32_t wanco_writer_header_crc(const struct wanco_writer *writer) { return writer->header_crc; }
