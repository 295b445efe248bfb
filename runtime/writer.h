/* The writer of snapshots, for those who write them (see writer.c). */
#pragma once
#include "pages.h"

enum { WANCO_SECTION_COUNT = WANCO_SECTION_SUMS };

struct wanco_writer {
  long fd;
  long error;        /* 0, or the first -errno */
  const char *why;   /* a text that says more than that, or NULL */
  uint64_t position; /* in the file, of the buffer's first byte */
  size_t used;       /* bytes in the buffer */
  size_t summed;     /* of these, already in the checksum */
  uint32_t crc;
  uint32_t header_crc; /* once it is complete */
  uint32_t section_count;
  struct wanco_snapshot_section sections[WANCO_SECTION_COUNT];
  uint8_t buffer[64 << 10];
};

long wanco_dump_memories(struct wanco_writer *writer, enum wanco_scan scan); /* after wanco_dump_state(); 0 or -errno */

void wanco_writer_start(struct wanco_writer *writer, long fd);
void wanco_write_begin(struct wanco_writer *writer, uint32_t kind, uint64_t alignment);
void wanco_write_end(struct wanco_writer *writer);
uint32_t wanco_write_summed(struct wanco_writer *writer, const void *bytes, size_t size); /* their checksum */
long wanco_writer_finish(struct wanco_writer *writer); /* 0 or -errno */
const char *wanco_writer_reason(const struct wanco_writer *writer);
