/* Declarations shared by the files of the runtime.

   The runtime is freestanding: no C library, one thread, one instance of one module. Host
   functions run on the stack of the WebAssembly code that calls them; signal handlers on a
   stack of their own; everything that takes a checkpoint or reports a trap on the stack the
   process started on (the runtime's stack). */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "sys.h"
#include "table.h"
#include "wanco_layout.h"
#include "wanco_runtime.h" /* what emitted code calls: wanco/abi/runtime.py */

#define WANCO_VERSION "0.1.0"

struct wanco_instance;

/* ---- mem.c: also called by generated code ---- */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

/* Unaligned little-endian numbers. */
static inline uint16_t wanco_load_u16(const void *at) {
  uint16_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}
static inline uint32_t wanco_load_u32(const void *at) {
  uint32_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}
static inline uint64_t wanco_load_u64(const void *at) {
  uint64_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}
static inline void wanco_store_u16(void *at, uint16_t value) { __builtin_memcpy(at, &value, sizeof value); }
static inline void wanco_store_u32(void *at, uint32_t value) { __builtin_memcpy(at, &value, sizeof value); }
static inline void wanco_store_u64(void *at, uint64_t value) { __builtin_memcpy(at, &value, sizeof value); }

/* ---- text.c ---- */

bool wanco_equal(const char *a, const char *b);
bool wanco_starts_with(const char *text, const char *prefix);

/* ---- format.c: text ----
   Formats: %s %c %% and %d %u %x, %ld %lu %lx for 64-bit numbers. Each call is one write. */

size_t wanco_format(char *buffer, size_t size, const char *format, ...);
size_t wanco_format_list(char *buffer, size_t size, const char *format, va_list *arguments);
void wanco_print(int fd, const char *format, ...);
void wanco_message(const char *format, ...);           /* "wanco: ...\n" on standard error */
_Noreturn void wanco_fail(const char *format, ...);    /* the same, then exit status 3 */
extern void (*wanco_message_to)(const char *text);     /* not NULL: who gets the messages, without "wanco: " */
extern void (*wanco_failed_to)(void);                  /* not NULL: where wanco_fail() goes, if it does not return */
const char *wanco_error_text(long error);              /* of an errno, negative or positive */

/* ---- alloc.c: zeroed memory for start-up and restore; never freed ---- */

void *wanco_allocate(size_t size);                     /* 16-byte aligned; wanco_fail() if there is none */

/* ---- process.c: what the kernel tells a new process ---- */

extern uint64_t wanco_page_size;
extern uint64_t wanco_hwcap;
void wanco_read_process(char **environment);
void wanco_note_process(unsigned long (*get)(unsigned long type)); /* the same from getauxval() */
struct timespec;
long wanco_clock_gettime(int clock, struct timespec *time); /* through the vDSO where there is one; 0 or -errno */
uint64_t wanco_now(void);  /* of the monotonic clock, nanoseconds */
uint64_t wanco_date(void); /* nanoseconds since 1970 */

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

/* ---- instance.c: the instance ---- */

struct wanco_wasi; /* defined by wasi/ */

enum { WANCO_OUTCOME_EXIT, WANCO_OUTCOME_TRAP, WANCO_OUTCOME_ERROR, WANCO_OUTCOME_CHECKPOINTED };

struct wanco_instance {
  struct wanco_registers anchor;   /* of the caller of the host function that runs now (stubs) */
  uint64_t runtime_stack;          /* where the free part of the runtime's stack begins (stubs) */
  void *innermost_resume;          /* not NULL: the stack is being rebuilt (stubs) */
  const struct wanco_module *module;
  struct wanco_options options;
  struct wanco_wasi *wasi;
  uint32_t phase;                  /* WANCO_PHASE_... */
  uint32_t entry;                  /* index of the export that runs */
  uint8_t *data_dropped;           /* one byte per data segment */
  uint8_t *elements_dropped;       /* one byte per element segment */
  uint8_t *named_functions;        /* one bit per function: dump.c */
  uint64_t stack_guard, stack_bottom, stack_top;
  bool restored;                   /* this process continues from a snapshot */
  bool resumed_by_guest;           /* at a call of wanco.checkpoint, which returns 1 */
  bool resumed_at_host_call;       /* which is issued again and has had its number */
  struct wanco_frame *outermost;   /* of a snapshot, to be resumed; NULL: none */
  struct wanco_registers *waiting; /* where a program that ends returns to; NULL: the process ends */
  bool embedded;                   /* a library of this process (embed.c) */
  uint32_t depth;                  /* calls of a library that run, one inside the other */
  uint32_t outcome, outcome_code;  /* how it ended: WANCO_OUTCOME_..., status or trap code */
};

extern const struct wanco_module wanco_module;

#define WANCO_NO_EXPORT WANCO_NULL_FUNCTION      /* start_export, command_export: there is none */

void wanco_instance_create(struct wanco_instance *instance);
void wanco_instance_initialise(struct wanco_instance *instance);
/* Run on the WebAssembly stack until the export's function returns. */
void wanco_invoke(struct wanco_instance *instance, uint32_t phase, uint32_t entry, void *slots);
void wanco_continue(struct wanco_instance *instance, void *slots); /* from instance->outermost */

static inline bool wanco_is_mutable(const struct wanco_global *global) { return global->is_mutable && global->address; }
uint32_t wanco_mutable_globals(void);
uint32_t wanco_mutable_tables(void);

/* ---- start.c, setup.c, main.c or driver.c or embed.c ---- */

_Noreturn void wanco_start(long *stack);
struct wanco_instance *wanco_setup(int argc, char **argv, char **environment);
struct wanco_instance *wanco_instantiate(void); /* when the options are there */
int wanco_main(int argc, char **argv, char **environment);

/* ---- memory.c ---- */

void wanco_memories_create(void);
bool wanco_memory_resize(uint32_t memory, uint64_t pages);
bool wanco_in_reservation(uint64_t address, uint32_t *memory);
bool wanco_data_copy(uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t size);

/* ---- blocks.c: parts of the memories that are closed for a while ---- */

enum { WANCO_BLOCK = WANCO_SNAPSHOT_BLOCK };

extern bool wanco_blocks_watched; /* some are or may be closed */
void wanco_blocks_watch(void);
void wanco_blocks_guard(bool in_host_call); /* all: to be opened when they are written to */
void wanco_blocks_open_guarded(void);
bool wanco_block_is_open(uint32_t memory, uint64_t block);
/* Contents are in a snapshot: to be loaded (sources.c) when they are first accessed. */
void wanco_blocks_set_absent(uint32_t memory, uint64_t block);
void wanco_blocks_close_absent(void); /* after that */
void wanco_blocks_load(void); /* all that are absent */
void wanco_sources_load(uint32_t memory, uint64_t block, uint8_t *to, uint64_t size);
void wanco_sources_close(void);
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
const struct wanco_funcref *wanco_function_reference(uint32_t function); /* NULL for WANCO_NULL_FUNCTION */
bool wanco_element_copy(uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count);

/* ---- for host functions ---- */

/* What a host function does when a system call returned -EINTR (or sys_blocking() did) and
   nothing has been done yet: takes a checkpoint where one was requested, as of the call of the
   host function, which a restored program issues again. Returns if the program goes on. */
void wanco_host_interrupted(struct wanco_instance *instance);

/* Ends the program with a status (proc_exit). */
_Noreturn void wanco_exit(int status);

/* Ends the process: through the exit() of a C library that the program is linked with (hosted.c),
   so that what host functions have printed is written. */
_Noreturn void wanco_end_process(int status);
extern void (*wanco_libc_exit)(int status);

/* ---- trap.c; the codes are WANCO_TRAP_... ---- */

_Noreturn void wanco_trap_at_anchor(uint32_t code); /* at the call of an anchored function */
_Noreturn void wanco_trap_at_start(uint32_t code);  /* while the instance is being made */
void wanco_on_fault(int signal, uint64_t address, void *info, void *context);
_Noreturn void wanco_trap_with_text(const char *text); /* WANCO_TRAP_HOST */
const char *wanco_trap_message(uint32_t code);         /* of the last trap, which has this code */

/* ---- signals.c ---- */

void wanco_signals_start(void);
void wanco_signals_request(const struct wanco_options *options);
void wanco_signal_default(int signal);
bool wanco_signal_forward(int signal, void *info, void *context); /* to the handler that was there before; false: none */

/* ---- arch/ ---- */

int wanco_save_context(struct wanco_registers *context) __attribute__((returns_twice)); /* 0; 1 when resumed */
_Noreturn void wanco_resume_context(struct wanco_registers *context);
void wanco_call_on_stack(void *function, void *a, void *b, void *c, uint64_t stack_top);
void wanco_resume_innermost(void *memory, struct wanco_frame *frame, void *results);
extern const char wanco_blocking_check[], wanco_blocking_end[], wanco_blocking_abort[];

/* Of the code that a signal handler interrupted. */
uint64_t wanco_context_pc(void *context);
void wanco_context_set_pc(void *context, uint64_t pc);
void wanco_context_call(void *context, void *function, void *argument); /* go on with function(argument) */
void wanco_context_registers(void *context, struct wanco_registers *registers);

/* ---- site.c, value.c: what is recorded at safepoints ---- */

enum { WANCO_ROLE_LOCAL, WANCO_ROLE_STACK, WANCO_ROLE_GLOBAL };

struct wanco_slot {
  uint8_t type;   /* WANCO_VALUE_CODE_... */
  bool raw_nan;   /* if it is a NaN, its bits are open */
  uint8_t role;
  uint32_t index;
};

struct wanco_site {
  uint32_t number, function, offset;
  uint8_t kind; /* WANCO_SITE_KIND_... */
  uint32_t callee;
  uint32_t local_count, stack_count;
  const uint8_t *locals, *stack; /* encoded */
};

struct wanco_site_values {
  const struct wanco_site *site;
  const uint8_t *local;
  uint32_t taken;
};

void wanco_site_read(uint64_t number, struct wanco_site *site);
struct wanco_site_values wanco_site_values(const struct wanco_site *site);
/* Where a resume function has a value of a site. */
void *wanco_home(const struct wanco_frame *frame, const struct wanco_site *site, struct wanco_slot slot);
bool wanco_site_next(struct wanco_site_values *values, struct wanco_slot *slot);

size_t wanco_native_size(uint8_t type);
size_t wanco_payload_size(uint8_t type);
void wanco_value_save(struct wanco_slot slot, const void *native, uint8_t payload[16]);
bool wanco_value_load(uint8_t type, const uint8_t *payload, void *native); /* false: no such value can be */
bool wanco_is_referenceable(uint64_t function);

/* ---- walk.c ---- */

struct wanco_activation {
  uint64_t id; /* site number, WANCO_ENTRY_SITE, WANCO_TAIL_SITE or a place (WANCO_LOCATION_SITE) */
  bool is_site;
  struct wanco_site site;
  const struct wanco_frame *home; /* where the values are, if a resume function has them in memory; else NULL */
  struct wanco_record values; /* to be read with the registers of its machine frame */
};

/* How many activations a record holds; false: it is damaged. */
bool wanco_record_activations(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t *count);
/* One of them, from 0 for the outermost; the record is known to be good. */
void wanco_record_activation(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t i,
                             struct wanco_activation *activation);

/* Visits all activations that are sites, innermost first, until the visitor has seen enough and
   returns false. False: the walk did not end at an entry wrapper, or something in between is no
   site. */
typedef bool wanco_visitor(void *context, const struct wanco_activation *activation, const struct wanco_registers *registers);
bool wanco_walk(const struct wanco_registers *innermost, wanco_visitor *visit, void *context);

/* ---- checkpoint.c ---- */

extern uint32_t wanco_requests;  /* read by wanco_blocking_syscall */
extern uint32_t wanco_host_calls_counted; /* not 0: the stubs of host calls that can block call wanco_on_host_call() */
enum {
  WANCO_REQUEST_LEAVE = 1,    /* save and leave */
  WANCO_REQUEST_SAVE = 2,
  WANCO_REQUEST_PERIODIC = 4, /* save in the background */
  WANCO_REQUEST_COLLECT = 8,  /* see what became of that */
  WANCO_REQUEST_MEASURE = 16, /* how long requests wait for a safepoint */
};

void wanco_checkpoints_start(struct wanco_instance *instance);
void wanco_request(uint32_t what); /* from signal handlers */
void wanco_on_host_call(void); /* at the call that the anchor notes, before it does anything */

/* ---- save.c, background.c ---- */

struct wanco_stop;
bool wanco_save(struct wanco_stop *stop); /* false: that failed, and has been told */
bool wanco_save_apart(const char *pattern, struct wanco_stop *stop); /* the same, to another file, not counted */
bool wanco_save_between_calls(void);
bool wanco_save_to(const char *path);
void wanco_requests_allowed(void); /* the last nested call has ended */
void wanco_save_at_end(void); /* if that was asked for */
void wanco_background_start(void);
void wanco_increments_start(void);
bool wanco_background_shares_memory(void); /* with this process */
void wanco_save_in_background(struct wanco_stop *stop); /* only where none is being saved */
bool wanco_save_busy(void);    /* one is being saved in the background */
void wanco_save_finish(void);  /* waits for it */
void wanco_snapshot_number(uint64_t last);

/* ---- trace.c: --wanco-trace-... ---- */

/* What a snapshot took: times on the monotonic clock, nanoseconds. */
struct wanco_times {
  uint64_t number, bytes;
  uint64_t requested, began; /* the request; the safepoint */
  uint64_t resumed, complete; /* the program went on; the file was complete */
};

void wanco_trace_start(const struct wanco_options *options);
void wanco_trace_poll(uint64_t poll, const struct wanco_registers *registers);
void wanco_trace_checkpoint(const struct wanco_times *times);
void wanco_trace_latency(uint64_t nanoseconds);
void wanco_trace_program_start(void); /* its code runs from here on */

/* ---- snapshots: docs/snapshot-format.md ---- */

enum { WANCO_CONTROL_BY_GUEST = 1 };

/* The snapshot that an increment builds on. */
struct wanco_base {
  char name[256];  /* of the file, in the same directory */
  uint64_t size, time;
  uint32_t header_crc;
  uint32_t depth;  /* how many snapshots are beneath the increment */
};

enum { WANCO_MAX_CHAIN = 64 }; /* files */

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

struct wanco_value_head {
  uint8_t type, role;
  uint16_t zero;
  uint32_t index;
};

/* A writer remembers its first error; nobody need look before the end. */
struct wanco_writer;
void wanco_dump_state(struct wanco_writer *writer, long fd, const struct wanco_stop *stop); /* all but the memories */
void wanco_write(struct wanco_writer *writer, const void *bytes, size_t size);
void wanco_write_u32(struct wanco_writer *writer, uint32_t value);
void wanco_write_u64(struct wanco_writer *writer, uint64_t value);
void wanco_write_padding(struct wanco_writer *writer, uint64_t alignment);
uint64_t wanco_writer_size(const struct wanco_writer *writer); /* bytes so far */
void wanco_write_fail(struct wanco_writer *writer, const char *why); /* why: a constant text */

/* A reader ends the process, with one line and status 3, where a section is too short or
   says what cannot be. */
struct wanco_reader {
  const uint8_t *next;
  const uint8_t *end;
  const char *section; /* name, for messages */
  const char *path;    /* the same; NULL: that of --wanco-restore */
};
void wanco_undump(struct wanco_instance *instance, const char *path);
const void *wanco_read(struct wanco_reader *reader, size_t size); /* the bytes, in place */
uint32_t wanco_read_u32(struct wanco_reader *reader);
uint64_t wanco_read_u64(struct wanco_reader *reader);
void wanco_read_end(const struct wanco_reader *reader);
_Noreturn void wanco_read_fail(const struct wanco_reader *reader, const char *format, ...);

uint32_t wanco_crc32c(uint32_t crc, const void *bytes, size_t size); /* 0 to begin with */
uint32_t wanco_crc32c_append(uint32_t first, uint32_t second, uint64_t second_size); /* of two parts, from theirs */

/* ---- hoststate.c: what host functions keep ---- */

void wanco_host_start(void);
void wanco_host_dump(struct wanco_writer *writer);
void wanco_host_undump(struct wanco_reader *reader); /* the whole section */

/* ---- wasi/ : called by the core ---- */

void wanco_wasi_start(struct wanco_instance *instance);  /* a new run: arguments, environment, pre-opens */
void wanco_wasi_dump(struct wanco_instance *instance, struct wanco_writer *writer);
void wanco_wasi_let_go(struct wanco_instance *instance); /* in a child process: sockets are the program's alone */
void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader); /* the whole section */
/* Readings of the program's monotonic and CPU clocks, nanoseconds. They are no program state as
   long as the program has not asked for them, so they go into META. */
void wanco_wasi_dump_clocks(struct wanco_instance *instance, struct wanco_writer *writer);
void wanco_wasi_undump_clocks(struct wanco_instance *instance, struct wanco_reader *reader); /* after the section */
