/* When the program's state is saved and what it consists of: requests, snapshots in the foreground and
   in the background, increments; and the way back. */
#pragma once
#include "host/host.h"
#include "snapshot/snapshot.h"
#include "wasi/p1/p1.h"

/* ---- requests.c ---- */

enum {
  WANCO_REQUEST_LEAVE = 1,    /* save and leave */
  WANCO_REQUEST_SAVE = 2,
  WANCO_REQUEST_PERIODIC = 4, /* save in the background */
  WANCO_REQUEST_COLLECT = 8,  /* see what became of that */
  WANCO_REQUEST_MEASURE = 16, /* how long requests wait for a safepoint */
};

void wanco_requests_start(void);
void wanco_request(uint32_t what); /* also from signal handlers */
void wanco_requests_allowed(void); /* the last nested call has ended */
void wanco_serve_host_call(void);  /* what was requested, in a host call that waits (struct wanco_handlers) */
void wanco_on_host_call(void); /* at the call that the anchor notes, before it does anything: from its stub */

/* ---- triggers.c: what the options ask for ---- */

void wanco_checkpoints_start(struct wanco_instance *instance);
void wanco_on_signal(int signal); /* that was asked for (wanco_signals_start()) */

/* ---- save.c ---- */

/* The snapshot that an increment builds on. */
struct wanco_base {
  char name[256];  /* of the file, in the same directory */
  uint64_t size, time;
  uint32_t header_crc;
  uint32_t depth;  /* how many snapshots are beneath the increment */
};

/* Where and why the program was stopped. */
struct wanco_stop {
  const struct wanco_registers *registers; /* NULL: between two calls */
  bool by_guest;
  bool in_host_call; /* which goes on after it */
  uint64_t polls, number;
  uint64_t requested, began; /* when, on the monotonic clock; 0: when saving begins */
  uint64_t time;             /* nanoseconds since 1970 */
  const struct wanco_base *base; /* of an increment, else NULL */
};

bool wanco_save(struct wanco_stop *stop); /* false: that failed, and has been told */
bool wanco_save_apart(const char *pattern, struct wanco_stop *stop); /* the same, to another file, not counted */
bool wanco_save_between_calls(void);
bool wanco_save_to(const char *path);
void wanco_save_at_end(void); /* if that was asked for */
void wanco_increments_start(void);
void wanco_save_in_background(struct wanco_stop *stop); /* only where none is being saved */
bool wanco_save_busy(void);    /* one is being saved in the background */
void wanco_save_finish(void);  /* waits for it */
void wanco_snapshot_number(uint64_t last);

/* ---- background.c: the process that saves ---- */

/* How a snapshot came out. */
struct wanco_saved {
  bool ended;    /* false: the process that saved was ended by something else before it was done */
  bool complete; /* the snapshot is there */
  int signal;    /* where it has not ended by itself: by what; 0: not known */
  uint64_t bytes, time; /* size; when it was complete, on the monotonic clock */
  uint32_t header_crc;
};

void wanco_background_start(void);
bool wanco_background_shares_memory(void); /* with this process */
bool wanco_background_busy(void);
long wanco_background_fork(void); /* as fork() */
_Noreturn void wanco_background_end(const struct wanco_saved *saved); /* of the child */
/* How the child ended; false: there is none, or it is still at it. */
bool wanco_background_collect(bool wait, struct wanco_saved *saved);

/* ---- end.c ---- */

/* Ends the process, when what is being saved is complete: through the exit() of a C library that the
   program is linked with (front/libc_main.c), so that what host functions have printed is written. */
_Noreturn void wanco_end_process(int status);
extern void (*wanco_libc_exit)(int status);

/* ---- trace.c: --wanco-trace-... ---- */

/* What a snapshot took: times on the monotonic clock, nanoseconds. */
struct wanco_times {
  uint64_t number, bytes;
  uint64_t requested, began; /* the request; the safepoint */
  uint64_t resumed, complete; /* the program went on; the snapshot was complete */
};

void wanco_trace_start(const struct wanco_options *options);
void wanco_trace_poll(uint64_t poll, const struct wanco_registers *registers);
void wanco_trace_checkpoint(const struct wanco_times *times);
void wanco_trace_latency(uint64_t nanoseconds);
void wanco_trace_program_start(void); /* its code runs from here on */

/* ---- dump.c, undump.c: the sections ---- */

enum { WANCO_CONTROL_BY_GUEST = 1 };

struct wanco_value_head {
  uint8_t type, role;
  uint16_t zero;
  uint32_t index;
};

void wanco_dump_state(struct wanco_writer *writer, const struct wanco_stop *stop); /* all but the memories */
long wanco_dump_memories(struct wanco_writer *writer, enum wanco_scan scan); /* after that: 0 or -errno */
void wanco_undump(struct wanco_instance *instance, struct wanco_source *source);
