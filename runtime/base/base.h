/* What every other folder stands on: system calls without a C library, memory, text, time, checksums,
   and the program that the runtime is linked with.

   The runtime is freestanding: no C library, one thread, one instance of one module. Host
   functions run on the stack of the WebAssembly code that calls them; signal handlers on a
   stack of their own; everything that takes a checkpoint or reports a trap on the stack the
   process started on (the runtime's stack). */
#pragma once

#include <asm/unistd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "wanco_layout.h"
#include "wanco_runtime.h" /* what emitted code calls: wanco/abi/runtime.py */

#define WANCO_VERSION "0.1.0"

extern const struct wanco_module wanco_module; /* the program: emitted */

/* ---- system calls; one that failed returns a negative errno ---- */

static inline bool wanco_failed(long result) { return (unsigned long)result > -4096ul; }

#define WANCO_SYS_ARGUMENTS(call, number, a, b, c, d, e, f, ...) \
  call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* sys(openat, directory, path, flags, mode): up to six arguments, integers or pointers. */
#define sys(name, ...) WANCO_SYS_ARGUMENTS(wanco_syscall, __NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* The same for a call that may wait for long. It returns -EINTR at once, without entering
   the kernel, where a checkpoint has been requested, and there is no gap between that check
   and the wait: the signal handler moves a thread that is caught in between to the -EINTR
   exit (stack/signals.c). On -EINTR call wanco_host_interrupted(), then issue the call again. */
#define sys_blocking(name, ...) WANCO_SYS_ARGUMENTS(wanco_blocking_syscall, __NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* ---- builtins.c: also called by emitted code ---- */

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

/* ---- crc32c.c ---- */

uint32_t wanco_crc32c(uint32_t crc, const void *bytes, size_t size); /* 0 to begin with */
uint32_t wanco_crc32c_append(uint32_t first, uint32_t second, uint64_t second_size); /* of two parts, from theirs */
