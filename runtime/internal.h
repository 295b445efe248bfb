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
#if __has_include("table.h")
#include "table.h"
#else
struct wanco_registers {
  uint64_t r[WANCO_REGISTERS];
};
#endif
#include "wanco_layout.h"

#define WANCO_VERSION "0.1.0"

struct wanco_instance;

/* ---- mem.c: also called by generated code ---- */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
bool wanco_equal(const char *a, const char *b);                /* strings */
bool wanco_starts_with(const char *text, const char *prefix);

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

/* ---- format.c: text ----
   Formats: %s %c %% and %d %u %x, %ld %lu %lx for 64-bit numbers. Each call is one write. */

size_t wanco_format(char *buffer, size_t size, const char *format, ...);
void wanco_print(int fd, const char *format, ...);
void wanco_message(const char *format, ...);           /* "wanco: ...\n" on standard error */
_Noreturn void wanco_fail(const char *format, ...);    /* the same, then exit status 3 */
const char *wanco_error_text(long error);              /* of an errno, negative or positive */

/* ---- alloc.c: zeroed memory for start-up and restore; never freed ---- */

void *wanco_allocate(size_t size);                     /* 16-byte aligned; wanco_fail() if there is none */

/* ---- process.c: what the kernel tells a new process ---- */

extern uint64_t wanco_page_size;
struct timespec;
long wanco_clock_gettime(int clock, struct timespec *time); /* through the vDSO where there is one; 0 or -errno */

/* ---- options.c ---- */

struct wanco_options {
  /* The program's own arguments and the process environment. */
  int argc;
  char **argv;
  char **environment;
  /* Capabilities: HOST or HOST::GUEST, and K=V, in the order given. */
  const char **directories;
  uint32_t directory_count;
  const char **variables;
  uint32_t variable_count;
  bool inherit_environment;
  /* Limits, in bytes; 0: none. */
  uint64_t max_memory;
  uint64_t stack_size;
  /* Triggers. Durations in microseconds; 0: off. */
  bool checkpoint_on_term;
  uint64_t checkpoint_after;
  uint64_t checkpoint_every;
  uint64_t checkpoint_at; /* poll number, from 1 */
  uint64_t checkpoint_exit_status;
  const char *snapshot; /* path, %n stands for the snapshot's number */
  const char *restore;  /* NULL: start anew */
  bool verify;          /* check the checksum of memory pages, too */
  bool deterministic;   /* virtual clocks, seeded random numbers */
  bool quiet;           /* no line for a saved snapshot */
};

/* Takes the runtime's options out of the argument vector. */
void wanco_take_options(struct wanco_options *options, int argc, char **argv, char **environment);

/* ---- the instance ---- */

struct wanco_wasi; /* defined by wasi/ */

struct wanco_instance {
  struct wanco_registers anchor; /* of the caller of the host function that runs now (stubs) */
  uint64_t runtime_stack;        /* where the free part of the runtime's stack begins (stubs) */
  const struct wanco_module *module;
  struct wanco_options options;
  struct wanco_wasi *wasi;
  uint32_t phase;                /* WANCO_PHASE_... */
  uint32_t entry;                /* index of the export that runs */
  bool restored;                 /* this process continues from a snapshot */
};

extern struct wanco_instance wanco_instance;
extern const struct wanco_module wanco_module;

/* ---- memory.c ---- */

extern uint64_t wanco_memory_bytes[WANCO_MAX_MEMORIES]; /* read by generated code */
extern uint8_t *wanco_memory_base[WANCO_MAX_MEMORIES];

/* Address of `size` bytes of memory 0 at a guest address, NULL if they do not lie inside. */
static inline void *wanco_guest(const struct wanco_instance *instance, uint32_t address, uint64_t size) {
  (void)instance;
  uint64_t bytes = wanco_memory_bytes[0];
  return size <= bytes && address <= bytes - size ? wanco_memory_base[0] + address : NULL;
}

/* ---- host functions ---- */

/* What a host function does when a system call returned -EINTR (or sys_blocking() did) and
   nothing has been done yet: takes a checkpoint where one was requested, as of the call of the
   host function, which a restored program issues again. Returns if the program goes on. */
void wanco_host_interrupted(struct wanco_instance *instance);

/* Ends the program with a status (proc_exit). */
_Noreturn void wanco_exit(int status);

/* Traps; code is a WANCO_TRAP_.... */
_Noreturn void wanco_trap(uint32_t code);

/* ---- snapshot streams ----
   A writer remembers its first error; nobody need look before the end. A reader ends the
   process with one line and status 3 when a section is too short. All numbers are
   little-endian, unaligned. */

struct wanco_writer;
void wanco_write(struct wanco_writer *writer, const void *bytes, size_t size);
void wanco_write_u32(struct wanco_writer *writer, uint32_t value);
void wanco_write_u64(struct wanco_writer *writer, uint64_t value);
/* The checkpoint cannot be taken: `why` is a constant text. */
void wanco_write_fail(struct wanco_writer *writer, const char *why);

struct wanco_reader {
  const uint8_t *next;
  const uint8_t *end;
  const char *section; /* name, for messages */
};
const void *wanco_read(struct wanco_reader *reader, size_t size); /* the bytes, in place */
uint32_t wanco_read_u32(struct wanco_reader *reader);
uint64_t wanco_read_u64(struct wanco_reader *reader);
/* One line "<snapshot>: <section>: <what is wrong>", status 3. */
_Noreturn void wanco_read_fail(const struct wanco_reader *reader, const char *format, ...);

/* ---- wasi/ : called by the core ---- */

void wanco_wasi_start(struct wanco_instance *instance);  /* a new run: arguments, environment, pre-opens */
void wanco_wasi_dump(struct wanco_instance *instance, struct wanco_writer *writer);
void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader); /* the whole section */
