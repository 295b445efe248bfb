/* The one instance of the module: what it was given, its memories and tables, and the instructions on
   them that emitted code leaves to the runtime. */
#pragma once
#include "stack/stack.h"

/* ---- options.c ---- */

struct wanco_list {
  const char **items;
  uint32_t count;
};

struct wanco_polls {
  uint64_t *items; /* poll numbers, from 1, ascending */
  uint32_t count;
};

struct wanco_options {
  /* The program's own arguments and the process environment. */
  int argc;
  char **argv;
  char **environment;
  /* Capabilities: HOST or HOST::GUEST, listeners, and K=V, in the order given. */
  struct wanco_list directories;
  struct wanco_list listeners;
  struct wanco_list variables;
  bool inherit_environment;
  /* Limits, in bytes; 0: none. */
  uint64_t max_memory;
  uint64_t stack_size;
  /* Triggers. Durations in microseconds; 0: off. */
  bool checkpoint_on_term;
  uint64_t checkpoint_after;
  uint64_t checkpoint_every;
  struct wanco_polls checkpoint_at; /* leave at the last */
  bool count_host_calls;            /* those that can block have numbers among the polls */
  const char *checkpoint_at_exit;   /* path; NULL: off */
  const char *trace_polls;          /* paths; NULL: off */
  const char *trace_checkpoints;
  const char *trace_latency;
  const char *trace_start;
  uint64_t checkpoint_exit_status;
  const char *snapshot; /* path, %n stands for the snapshot's number */
  const char *guest_snapshot; /* of the program's own checkpoints; NULL: the same */
  const char *restore;  /* NULL: start anew */
  bool allow_changed_files; /* open files that are gone or have another size are no error */
  bool untrusted;       /* only directories that are given here are opened */
  bool verify;          /* read and check all memory pages at once */
  bool incremental;     /* snapshots build on the one before */
  bool deterministic;   /* virtual clocks, seeded random numbers */
  bool quiet;           /* no line for a saved snapshot */
};

/* Takes the runtime's options out of the argument vector. */
void wanco_take_options(struct wanco_options *options, int argc, char **argv, char **environment);

/* ---- data.c: the instance ---- */

struct wanco_wasi; /* defined by wasi/p1/ */

struct wanco_instance {
  const struct wanco_module *module;
  struct wanco_options options;
  struct wanco_wasi *wasi;
  uint8_t *data_dropped;           /* one byte per data segment */
  uint8_t *elements_dropped;       /* one byte per element segment */
  uint8_t *named_functions;        /* one bit per function: checkpoint/dump.c */
  bool restored;                   /* this process continues from a snapshot */
  bool embedded;                   /* a library of this process (front/embed.c) */
};

static inline bool wanco_is_mutable(const struct wanco_global *global) { return global->is_mutable && global->address; }
uint32_t wanco_mutable_globals(void);
uint32_t wanco_mutable_tables(void);

/* ---- memories.c ---- */

void wanco_memories_create(void);
bool wanco_memory_can_grow(uint32_t memory, uint64_t pages); /* to so many */
bool wanco_memory_resize(uint32_t memory, uint64_t pages); /* whose last block is open: wanco_blocks_grow() */
bool wanco_in_reservation(uint64_t address, uint32_t *memory);
bool wanco_data_copy(uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t size);

/* ---- blocks.c: parts of the memories that are closed for a while ---- */

enum { WANCO_BLOCK = WANCO_SNAPSHOT_BLOCK };

extern bool wanco_blocks_watched; /* some are or may be closed */
/* From now on they may be closed; `shared`: whether another process has the memory, too, at the moment. */
void wanco_blocks_watch(bool (*shared)(void));
void wanco_blocks_guard(bool in_host_call); /* all: to be opened when they are written to */
void wanco_blocks_open_guarded(void);
bool wanco_block_is_open(uint32_t memory, uint64_t block);
/* Contents are in a snapshot: to be loaded when they are first accessed. */
struct wanco_block_source {
  void (*load)(uint32_t memory, uint64_t block, uint8_t *to, uint64_t size); /* the block, or the part that the memory has */
  void (*close)(void); /* all are loaded */
};
void wanco_blocks_set_absent(uint32_t memory, uint64_t block);
void wanco_blocks_close_absent(const struct wanco_block_source *source); /* after that */
void wanco_blocks_load(void); /* all that are absent */
void wanco_blocks_leave_open(void); /* from now on all of them stay open */
void wanco_blocks_lend(uint64_t address, uint64_t size); /* of memory 0: opens them */
void wanco_blocks_grow(uint32_t memory); /* before its size changes */
bool wanco_blocks_fault(uint64_t address); /* true: the access is possible now */

/* Address of `size` bytes of memory 0 at a guest address, which can be given to the kernel until
   the host call ends; NULL if they do not lie inside. */
static inline void *wanco_guest(const struct wanco_instance *instance, uint32_t address, uint64_t size) {
  (void)instance;
  uint64_t bytes = wanco_memory_bytes[0];
  if (size > bytes || address > bytes - size) return NULL;
  if (wanco_blocks_watched) wanco_blocks_lend(address, size);
  return wanco_memory_base[0] + address;
}

/* ---- tables.c ---- */

void wanco_tables_create(void);
bool wanco_table_resize(uint32_t table, uint64_t size, const void *reference);
void wanco_entry_set(uint32_t table, uint32_t i, const void *reference);
void *wanco_entry_reference(uint32_t table, uint32_t i);
void wanco_entries_fill(uint32_t table, uint32_t first, const void *reference, uint32_t count);
bool wanco_element_copy(uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count);

/* ---- instance.c ---- */

void wanco_instance_create(struct wanco_instance *instance);
void wanco_instance_initialise(struct wanco_instance *instance); /* tables and memories, from the active segments */
