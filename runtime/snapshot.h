/* A snapshot that is being read (snapshot.c, undump.c). */
#pragma once
#include "pages.h"

struct wanco_snapshot {
  const char *path;
  const char *above;    /* path of the snapshot that builds on it; NULL: none */
  uint32_t depth;       /* where one does: how many this one builds on */
  long fd;
  const uint8_t *bytes; /* the whole file, mapped */
  uint64_t size;
  const struct wanco_snapshot_header *header;
  const struct wanco_snapshot_section *sections; /* by kind - 1 */
};

void wanco_snapshot_open(struct wanco_snapshot *snapshot, const char *path); /* wanco_fail() if it is no good */
struct wanco_reader wanco_snapshot_section(const struct wanco_snapshot *snapshot, uint32_t kind);
void wanco_snapshot_unmap(struct wanco_snapshot *snapshot); /* the file stays open */

/* Where the memories' pages are (sources.c): in the snapshot and those that it builds on. */
void wanco_sources_open(const struct wanco_snapshot *snapshot); /* they keep its file open */
