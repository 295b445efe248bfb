/* Section WASI of a snapshot, written by section_dump.c and read by section_undump.c.

   All numbers little-endian, strings u32 length and bytes:

     section  = u32 flags (1: deterministic, 2: a poll_oneoff was waiting), u32 0,
                u64 virtual time, u64 random state,
                u64 last reading of the monotonic clock, u64 of the CPU clock,
                u64 when the waiting poll_oneoff began, or 0
                strings (arguments), strings (environment)
                u32 count, count x preopen
                u32 count, count x string: listeners as the user wrote them
                u32 count, count x descriptor, ascending
     strings  = u32 count, u32 size, size bytes: NUL-terminated
     preopen  = string guest name, string host path as the user wrote it
     descriptor = u32 number, u8 kind, u8 type, u16 flags, u32 preopen (of a stream: 0, 1, 2; of
                a listener: its index), u32 mode, u64 rights given up, u64 inheriting rights,
                u64 offset, u64 size, string path relative to the preopen,
                [LISTING: contents of the directory, listing.c]
                [CARRIED: size bytes, the contents of a file without a name]
                [SHARED: u32 number of an earlier descriptor that is CARRIED: of the same file]

   A file is named by the path that it has when the checkpoint is taken, so files renamed
   meanwhile are found again. One that was deleted has none: its contents go into the snapshot. */
#pragma once

#include "wasi/p1/inside.h"

enum { WASI_STATE_DETERMINISTIC = 1, WASI_STATE_POLL_PENDING = 2, WASI_STATE_ALL = 3 };

enum {
  WASI_MODE_READS = 1,
  WASI_MODE_WRITES = 2,
  WASI_MODE_LISTING = 4,
  WASI_MODE_CARRIED = 8,
  WASI_MODE_SHARED = 16,
  WASI_MODE_ALL = 31,
};

/* Most bytes of deleted files that a snapshot takes along. */
#define WASI_MAX_CARRIED (UINT64_C(64) << 20)

/* ---- grants.c ---- */

extern struct wanco_wasi wasi_state;

void wasi_open_streams(struct wanco_wasi *wasi);
struct wasi_preopen wasi_parse_directory(const char *text);
const struct wasi_preopen *wasi_find_preopen(const struct wanco_wasi *wasi, const char *guest);
void wasi_add_preopen(struct wanco_wasi *wasi, struct wasi_preopen preopen);
const char *wasi_copy_text(const char *text, size_t size);

/* ---- carry.c: regular files without a name ---- */

/* Is the file deleted, with no name left anywhere? */
bool wasi_is_nameless(const struct wasi_fd *entry);
/* The lowest descriptor below `fd` that has the same nameless file open; `fd` itself: there is none. */
uint32_t wasi_first_of_file(const struct wanco_wasi *wasi, uint32_t fd);
void wasi_carry_save(const struct wasi_fd *entry, uint64_t size, struct wanco_writer *writer);
/* A new file without a name, open in the way of the old one: a descriptor or -errno. */
long wasi_carry_load(int root, const void *bytes, uint64_t size, int flags);
/* Opens the file of a descriptor once more. */
long wasi_open_again(int host, int flags);
