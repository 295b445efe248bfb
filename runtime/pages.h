/* Pages that snapshots store (pages.c) and how they are told apart (hash.c). */
#pragma once
#include "internal.h"

enum wanco_scan {
  WANCO_SCAN_FULL,    /* store all that hold anything */
  WANCO_SCAN_FIRST,   /* the same, and remember all for increments */
  WANCO_SCAN_CHANGES, /* since the last one of these two */
};

enum wanco_pages { WANCO_PAGES_STORED, WANCO_PAGES_CLEARED, WANCO_PAGE_SETS };

/* A run of pages. */
struct wanco_run {
  uint32_t first, count; /* in units of WANCO_SNAPSHOT_PAGE */
};

void wanco_pages_start(void); /* if there will be increments */
void wanco_pages_scan(uint32_t memory, enum wanco_scan scan);
uint32_t wanco_pages_runs(uint32_t memory, enum wanco_pages set);
bool wanco_pages_next(uint32_t memory, enum wanco_pages set, struct wanco_run *run); /* the run after *run */

struct wanco_hash {
  uint64_t a, b;
};
void wanco_hash_start(void);
struct wanco_hash wanco_hash(const uint8_t *page); /* never 0, 0 */
