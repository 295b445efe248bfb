/* A snapshot that is being read (snapshot.c, undump.c). */
#pragma once
#include "internal.h"

struct wanco_snapshot {
  const char *path;
  long fd;
  const uint8_t *bytes; /* the whole file, mapped */
  uint64_t size;
  const struct wanco_snapshot_header *header;
  const struct wanco_snapshot_section *sections; /* by kind - 1 */
};

void wanco_snapshot_open(struct wanco_snapshot *snapshot, const char *path); /* wanco_fail() if it is no good */
struct wanco_reader wanco_snapshot_section(const struct wanco_snapshot *snapshot, uint32_t kind);
void wanco_snapshot_close(struct wanco_snapshot *snapshot);
