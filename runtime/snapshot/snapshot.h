/* Snapshots as bytes (docs/snapshot-format.md): sections, checksums, the memories' pages, and where they
   are written to and read from. What stands in the other sections is known by those who write it. */
#pragma once
#include "instance/instance.h"

enum { WANCO_MAX_CHAIN = 64 }; /* snapshots that build on each other */

/* ---- sinks and sources: where a snapshot goes to and comes from, of which a file is one ----

   Operations return -errno where they fail. */

/* A snapshot is appended from its beginning; its header, which is known last, replaces what stands there. */
struct wanco_sink {
  long (*append)(struct wanco_sink *sink, const void *bytes, size_t size); /* how many of them it took, at least one */
  long (*replace)(struct wanco_sink *sink, const void *bytes, size_t size, uint64_t offset); /* all of them: 0 */
  long (*finish)(struct wanco_sink *sink);  /* 0: the snapshot is there as a whole; nothing of it was to be seen before */
  void (*abandon)(struct wanco_sink *sink); /* it is not to be there: after a failure, also of finish() */
  void (*leave)(struct wanco_sink *sink);   /* another process goes on with it, whose copy of this structure it uses */
};

struct wanco_source {
  const char *name; /* for messages */
  uint64_t size;
  /* 0: the bytes, which stay where they are until release(). */
  long (*view)(struct wanco_source *source, uint64_t offset, uint64_t size, const uint8_t **bytes);
  void (*release)(struct wanco_source *source);
  /* Copies bytes, also after release(): how many, 0 at the source's end. */
  long (*read_at)(struct wanco_source *source, void *to, size_t size, uint64_t offset);
  void (*close)(struct wanco_source *source);
  /* Opens what this one builds on, by the name that it has there: NULL, or why it cannot be opened. *base is set in either case. */
  const char *(*open_base)(struct wanco_source *source, const char *name, size_t length, struct wanco_source **base);
};

/* ---- file.c ---- */

struct wanco_file_sink {
  struct wanco_sink sink;
  long fd;
  const char *temporary, *final; /* the name until it is complete, and then */
};

long wanco_file_sink_open(struct wanco_file_sink *file, const char *temporary, const char *final); /* 0 or -errno */
struct wanco_source *wanco_file_source_open(const char *path, const char **why); /* *why is NULL, or why it cannot be opened */

/* ---- writer.c: one snapshot at a time ----
   A writer remembers its first error; nobody need look before the end. What writes numbers and
   bytes stands in wanco.h: host functions may call it. */

struct wanco_writer *wanco_writer_start(struct wanco_sink *sink);
void wanco_write_begin(struct wanco_writer *writer, uint32_t kind, uint64_t alignment);
void wanco_write_end(struct wanco_writer *writer);
void wanco_write_padding(struct wanco_writer *writer, uint64_t alignment);
uint32_t wanco_write_summed(struct wanco_writer *writer, const void *bytes, size_t size); /* their checksum */
uint64_t wanco_writer_size(const struct wanco_writer *writer); /* bytes so far */
long wanco_writer_finish(struct wanco_writer *writer); /* writes the header; 0 or the first -errno */
const char *wanco_writer_reason(const struct wanco_writer *writer);
uint32_t wanco_writer_header_crc(const struct wanco_writer *writer); /* when it is finished */

/* ---- reader.c ----
   A reader ends the process, with one line and status 3, where a section is too short or
   says what cannot be. */

struct wanco_reader {
  const uint8_t *next;
  const uint8_t *end;
  const char *section; /* names, for messages */
  const char *source;
};
void wanco_read_end(const struct wanco_reader *reader);

/* ---- hash.c: how pages are told apart ---- */

struct wanco_hash {
  uint64_t a, b;
};
void wanco_hash_start(void);
struct wanco_hash wanco_hash(const uint8_t *page); /* never 0, 0 */

/* ---- pages.c: pages that a snapshot stores ---- */

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

/* ---- container.c: a snapshot that is being read ---- */

struct wanco_snapshot {
  struct wanco_source *source;
  const char *above;    /* name of the snapshot that builds on it; NULL: none */
  uint32_t depth;       /* where one does: how many this one builds on */
  const struct wanco_snapshot_header *header;
  const struct wanco_snapshot_section *sections; /* by kind - 1 */
  const uint8_t *contents[WANCO_SECTION_COUNT];  /* the same; of PAGES none */
};

/* Checks that it is whole and of this program; wanco_fail() if it is no good. */
void wanco_snapshot_open(struct wanco_snapshot *snapshot, struct wanco_source *source);
struct wanco_reader wanco_snapshot_section(const struct wanco_snapshot *snapshot, uint32_t kind);
_Noreturn void wanco_snapshot_fail(const struct wanco_snapshot *snapshot, const char *what);

/* ---- chain.c: where the memories' pages are, in a snapshot and those that it builds on ---- */

void wanco_chain_open(const struct wanco_snapshot *snapshot); /* keeps its source open */
