/* WASI preview 1, inside.

   One file per family of functions, which check their arguments, do one system call or a few,
   and write results to the program's memory; beneath them: guest.c (the program's memory),
   fdtable.c (descriptors and rights), resolve.c (paths that stay inside a directory),
   listing.c (directory contents), listen.c (listening sockets); grants.c, section_dump.c,
   section_undump.c, carry.c (what a program begins with, what goes into a snapshot and comes
   back: state.h).

   Host results are as of a system call: a value, or a negative Linux errno. What a WASI
   function returns is one of the WASI_E... below. */
#pragma once

#include <asm/errno.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/uio.h>

#include "wasi/p1/p1.h"

/* ---- numbers of the interface (witx, phase snapshot 1) ---- */

enum {
  WASI_ESUCCESS = 0,
  WASI_EACCES = 2,
  WASI_EBADF = 8,
  WASI_EBUSY = 10,
  WASI_EEXIST = 20,
  WASI_EFAULT = 21,
  WASI_EILSEQ = 25,
  WASI_EINVAL = 28,
  WASI_EIO = 29,
  WASI_EISDIR = 31,
  WASI_ELOOP = 32,
  WASI_EMFILE = 33,
  WASI_ENAMETOOLONG = 37,
  WASI_ENOENT = 44,
  WASI_ENOMEM = 48,
  WASI_ENOTCONN = 53,
  WASI_ENOTDIR = 54,
  WASI_ENOTSOCK = 57,
  WASI_ENOTSUP = 58,
  WASI_EPERM = 63,
  WASI_ESPIPE = 70,
  WASI_ENOTCAPABLE = 76,
};

enum { WASI_CLOCK_REALTIME, WASI_CLOCK_MONOTONIC, WASI_CLOCK_PROCESS_CPUTIME, WASI_CLOCK_THREAD_CPUTIME };

enum {
  WASI_FILETYPE_UNKNOWN,
  WASI_FILETYPE_BLOCK_DEVICE,
  WASI_FILETYPE_CHARACTER_DEVICE,
  WASI_FILETYPE_DIRECTORY,
  WASI_FILETYPE_REGULAR_FILE,
  WASI_FILETYPE_SOCKET_DGRAM,
  WASI_FILETYPE_SOCKET_STREAM,
  WASI_FILETYPE_SYMBOLIC_LINK,
};

enum {
  WASI_FDFLAG_APPEND = 1,
  WASI_FDFLAG_DSYNC = 2,
  WASI_FDFLAG_NONBLOCK = 4,
  WASI_FDFLAG_RSYNC = 8,
  WASI_FDFLAG_SYNC = 16,
  WASI_FDFLAG_ALL = 31,
};

#define WASI_RIGHT(bit) (UINT64_C(1) << (bit))
enum {
  WASI_BIT_FD_DATASYNC,
  WASI_BIT_FD_READ,
  WASI_BIT_FD_SEEK,
  WASI_BIT_FD_FDSTAT_SET_FLAGS,
  WASI_BIT_FD_SYNC,
  WASI_BIT_FD_TELL,
  WASI_BIT_FD_WRITE,
  WASI_BIT_FD_ADVISE,
  WASI_BIT_FD_ALLOCATE,
  WASI_BIT_PATH_CREATE_DIRECTORY,
  WASI_BIT_PATH_CREATE_FILE,
  WASI_BIT_PATH_LINK_SOURCE,
  WASI_BIT_PATH_LINK_TARGET,
  WASI_BIT_PATH_OPEN,
  WASI_BIT_FD_READDIR,
  WASI_BIT_PATH_READLINK,
  WASI_BIT_PATH_RENAME_SOURCE,
  WASI_BIT_PATH_RENAME_TARGET,
  WASI_BIT_PATH_FILESTAT_GET,
  WASI_BIT_PATH_FILESTAT_SET_SIZE,
  WASI_BIT_PATH_FILESTAT_SET_TIMES,
  WASI_BIT_FD_FILESTAT_GET,
  WASI_BIT_FD_FILESTAT_SET_SIZE,
  WASI_BIT_FD_FILESTAT_SET_TIMES,
  WASI_BIT_PATH_SYMLINK,
  WASI_BIT_PATH_REMOVE_DIRECTORY,
  WASI_BIT_PATH_UNLINK_FILE,
  WASI_BIT_POLL_FD_READWRITE,
  WASI_BIT_SOCK_SHUTDOWN,
  WASI_BIT_SOCK_ACCEPT,
  WASI_BITS,
};
#define WASI_RIGHTS_ALL (WASI_RIGHT(WASI_BITS) - 1)

enum { WASI_LOOKUP_SYMLINK_FOLLOW = 1 };

/* ---- sizes ---- */

enum {
  WASI_MAX_FDS = 1024,     /* descriptors of the program */
  WASI_MAX_PREOPENS = 64,
  WASI_MAX_LISTENERS = 64,
  WASI_PATH_MAX = 4096,    /* Linux PATH_MAX: longest path with its NUL */
  WASI_NAME_MAX = 256,     /* longest name in a directory with its NUL */
  WASI_MAX_IOVECS = 64,    /* buffers per system call; more give a partial transfer */
};

/* ---- state ---- */

enum wasi_kind {
  WASI_FREE,   /* no descriptor */
  WASI_STREAM, /* standard input, output or error; not ours to close */
  WASI_FILE,   /* opened by the program: anything but a directory */
  WASI_DIR,    /* opened by the program */
  WASI_ROOT,   /* a directory that the user granted; the host descriptor is the preopen's */
  WASI_LISTENER, /* a socket that the user granted */
  WASI_SOCKET, /* a connection that it accepted; of a restored program: one that is closed */
  WASI_LOST,   /* a file that was gone when the program was restored; only the number is left */
};

struct wasi_listing; /* listing.c */

struct wasi_fd {
  uint8_t kind;
  uint8_t type;      /* WASI_FILETYPE_... */
  uint16_t flags;    /* WASI_FDFLAG_... */
  int32_t host;
  uint32_t preopen;  /* under which it was opened; of a stream: 0, 1 or 2; of a listener: its index */
  uint64_t rights;
  uint64_t inheriting;
  uint64_t dropped;  /* what it would have, had the program not given it up */
  struct wasi_listing *listing; /* of the last fd_readdir; NULL: none */
};

struct wasi_preopen {
  const char *guest; /* name shown to the program */
  const char *host;  /* as the user wrote it */
  int32_t root;      /* stays open whatever the program does with its descriptor */
};

/* NUL-terminated strings, one after the other. */
struct wasi_strings {
  char *bytes;
  uint32_t count;
  uint32_t size;
};

struct wanco_wasi {
  struct wasi_strings arguments;
  struct wasi_strings environment;

  bool deterministic;         /* virtual clocks, seeded random numbers, no inode numbers or times of files */
  uint64_t virtual_time;      /* nanoseconds that the virtual clocks have advanced */
  uint64_t random_state;

  /* Guest reading = host reading + offset, never below the last one that the program saw. */
  uint64_t monotonic_offset;
  uint64_t monotonic_last;
  uint64_t cpu_offset;
  uint64_t cpu_last;

  /* A poll_oneoff that a checkpoint interrupted: when it began, on the monotonic clock, so
     that its relative timeouts go on where it is issued again. */
  bool poll_pending;
  uint64_t poll_start;

  uint32_t preopen_count;
  struct wasi_preopen preopens[WASI_MAX_PREOPENS];
  uint32_t listener_count;
  const char *listeners[WASI_MAX_LISTENERS]; /* as the user wrote them */
  struct wasi_fd fds[WASI_MAX_FDS];
};

/* ---- guest.c: the program's memory; every pointer is checked, addresses need not be aligned ---- */

int32_t wasi_error(long result); /* WASI errno of a host result below 0; success otherwise */
uint8_t wasi_filetype(uint32_t mode); /* of a struct stat */

/* The bytes at a guest address for reading or for writing, NULL if they are not all inside. */
const void *wasi_guest_in(const struct wanco_instance *instance, uint32_t address, uint64_t size);
void *wasi_guest_out(const struct wanco_instance *instance, uint32_t address, uint64_t size);

/* A guest array of buffers as host ones: empty ones left out, at most WASI_MAX_IOVECS, after
   all of them have been checked. Returns how many, or -EFAULT. */
long wasi_guest_iovecs(const struct wanco_instance *instance, uint32_t address, uint32_t count, bool write_to_guest,
                       struct iovec vectors[WASI_MAX_IOVECS]);

/* Copies a path, with a NUL, to `path`. Paths are UTF-8 without NUL. */
int32_t wasi_guest_path(const struct wanco_instance *instance, uint32_t address, uint32_t size, char path[WASI_PATH_MAX]);

/* ---- system calls that no checkpoint can interrupt: issued again after a signal ---- */

#define WASI_SYS(name, ...)                \
  __extension__({                          \
    long wasi_sys_result;                  \
    do                                     \
      wasi_sys_result = sys(name, ##__VA_ARGS__); \
    while (wasi_sys_result == -EINTR);     \
    wasi_sys_result;                       \
  })

/* ---- system calls that wait: a checkpoint is offered where one is interrupted ---- */

/* The same call until it is not interrupted before its first byte. A transfer that was
   interrupted later is a short one and is not continued here: the program sees how far it
   got, so a checkpoint between two calls loses nothing. */
#define WASI_UNTIL_DONE(instance, call)                 \
  __extension__({                                       \
    long until_done;                                    \
    while ((until_done = (call)) == -EINTR)             \
      wanco_host_interrupted(instance);                 \
    until_done;                                         \
  })

/* ---- fdtable.c ---- */

/* The descriptor, if it is open and has the rights; else NULL and why in *error. */
struct wasi_fd *wasi_fd_get(struct wanco_instance *instance, uint32_t fd, uint64_t rights, int32_t *error);
/* The lowest free number, -EMFILE if there is none. */
long wasi_fd_free(const struct wanco_wasi *wasi);
/* What a descriptor can do by its kind and open mode, apart from what was given up. */
uint64_t wasi_fd_rights(const struct wasi_fd *entry, bool reads, bool writes);
uint64_t wasi_fd_inheriting(uint8_t kind);
void wasi_fd_fill_stream(struct wasi_fd *entry, uint32_t host);
void wasi_fd_fill_root(const struct wanco_wasi *wasi, struct wasi_fd *entry, uint32_t preopen);
void wasi_fd_fill_listener(struct wasi_fd *entry, uint32_t listener, int32_t host);
void wasi_fd_fill_socket(struct wasi_fd *entry, int32_t host, uint16_t flags);
bool wasi_is_socket(const struct wasi_fd *entry);
void wasi_fd_close(struct wasi_fd *entry);
int wasi_open_flags(bool reads, bool writes, uint32_t fdflags); /* O_... */

/* ---- resolve.c: paths relative to a directory, confined to it ---- */

/* openat(), but no path leads out of `root`, whatever others do to the tree meanwhile.
   O_NOFOLLOW in `flags` is for the last component alone, as in openat(). Way out: -EPERM. */
long wasi_open_beneath(int root, const char *path, int flags, uint32_t mode);

/* Where a path's last component is: a directory and a name in it that is no path, for system
   calls that do not follow the name. */
struct wasi_place {
  int directory;
  bool opened;   /* directory is to be closed */
  bool slash;    /* the path ended in a slash: it means a directory */
  char name[WASI_NAME_MAX];
};
long wasi_locate(int root, const char *path, struct wasi_place *place);
void wasi_leave(struct wasi_place *place);

/* Tests compare the two ways of resolving. */
extern bool wasi_openat2_missing;

/* Path of an open file or directory relative to a root, both as the kernel has them now ("." for
   the root itself). -ENOENT: deleted; -EXDEV: moved out; -EIO: /proc does not tell. */
long wasi_path_of(int root, int host, char path[WASI_PATH_MAX]);

/* ---- listen.c ---- */

/* The socket that an argument of --wanco-listen stands for; ends the process where there can be none. */
int32_t wasi_listen(const char *text);

/* ---- filestat.c ---- */

enum { WASI_FILESTAT_SIZE = 64 };

/* Stands for the inode number in deterministic mode: a hash of preopen and path; 0 if there is
   no path. That of a file in a directory is the directory's, extended by the name. */
uint64_t wasi_identity(const struct wanco_wasi *wasi, uint32_t preopen, int host);
uint64_t wasi_identity_extend(uint64_t identity, const char *name);

/* ---- listing.c ---- */

/* Contents of a directory as of when it was read, sorted by name, without "." and "..". */
long wasi_listing_read(int directory, struct wasi_listing **listing);
void wasi_listing_free(struct wasi_listing *listing);
uint32_t wasi_listing_count(const struct wasi_listing *listing);
struct wasi_dirent {
  uint64_t inode; /* 0: not known */
  uint8_t type;   /* WASI_FILETYPE_... */
  const char *name;
};
struct wasi_dirent wasi_listing_entry(const struct wasi_listing *listing, uint32_t index);
void wasi_listing_dump(const struct wasi_listing *listing, struct wanco_writer *writer);
struct wasi_listing *wasi_listing_undump(struct wanco_reader *reader);

/* ---- clock.c ---- */

void wasi_clock_start(struct wanco_wasi *wasi);
uint64_t wasi_clock_now(struct wanco_wasi *wasi, uint32_t clock); /* nanoseconds; the clock must exist */
