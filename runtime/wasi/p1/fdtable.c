/* The program's descriptors and what may be done with them.

   A descriptor has all rights that its kind and open mode allow, as in Wasmtime, whatever
   path_open asked for beyond reading and writing; fd_fdstat_set_rights takes rights away. An
   operation that a descriptor's kind does not have is EBADF (or what POSIX says), one that
   was given up is ENOTCAPABLE. */
#include "wasi/p1/inside.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>

#define READ WASI_RIGHT(WASI_BIT_FD_READ)
#define WRITE WASI_RIGHT(WASI_BIT_FD_WRITE)
#define SEEK (WASI_RIGHT(WASI_BIT_FD_SEEK) | WASI_RIGHT(WASI_BIT_FD_TELL))
#define EITHER (WASI_RIGHT(WASI_BIT_FD_FILESTAT_GET) | WASI_RIGHT(WASI_BIT_FD_SYNC) | WASI_RIGHT(WASI_BIT_FD_DATASYNC))
#define FILE_ONLY                                                                                                        \
  (SEEK | WASI_RIGHT(WASI_BIT_FD_FDSTAT_SET_FLAGS) | WASI_RIGHT(WASI_BIT_FD_ADVISE) | WASI_RIGHT(WASI_BIT_FD_ALLOCATE) | \
   WASI_RIGHT(WASI_BIT_FD_FILESTAT_SET_SIZE) | WASI_RIGHT(WASI_BIT_FD_FILESTAT_SET_TIMES) |                              \
   WASI_RIGHT(WASI_BIT_POLL_FD_READWRITE))
#define DIR_ONLY                                                                                                              \
  (WASI_RIGHT(WASI_BIT_PATH_CREATE_DIRECTORY) | WASI_RIGHT(WASI_BIT_PATH_CREATE_FILE) | WASI_RIGHT(WASI_BIT_PATH_LINK_SOURCE) | \
   WASI_RIGHT(WASI_BIT_PATH_LINK_TARGET) | WASI_RIGHT(WASI_BIT_PATH_OPEN) | WASI_RIGHT(WASI_BIT_FD_READDIR) |                 \
   WASI_RIGHT(WASI_BIT_PATH_READLINK) | WASI_RIGHT(WASI_BIT_PATH_RENAME_SOURCE) | WASI_RIGHT(WASI_BIT_PATH_RENAME_TARGET) |   \
   WASI_RIGHT(WASI_BIT_PATH_FILESTAT_GET) | WASI_RIGHT(WASI_BIT_PATH_FILESTAT_SET_SIZE) |                                     \
   WASI_RIGHT(WASI_BIT_PATH_FILESTAT_SET_TIMES) | WASI_RIGHT(WASI_BIT_FD_FILESTAT_SET_TIMES) |                                \
   WASI_RIGHT(WASI_BIT_PATH_SYMLINK) | WASI_RIGHT(WASI_BIT_PATH_REMOVE_DIRECTORY) | WASI_RIGHT(WASI_BIT_PATH_UNLINK_FILE))
#define SOCKET_ONLY                                                                                                    \
  (WASI_RIGHT(WASI_BIT_FD_FDSTAT_SET_FLAGS) | WASI_RIGHT(WASI_BIT_FD_FILESTAT_GET) | WASI_RIGHT(WASI_BIT_POLL_FD_READWRITE))
#define STREAM_ONLY (WASI_RIGHT(WASI_BIT_FD_FILESTAT_GET) | WASI_RIGHT(WASI_BIT_POLL_FD_READWRITE))

static bool is_directory(const struct wasi_fd *entry) { return entry->kind == WASI_DIR || entry->kind == WASI_ROOT; }

static int32_t lacking(const struct wasi_fd *entry, uint64_t rights) {
  if (rights & entry->dropped) return WASI_ENOTCAPABLE;
  if (entry->kind == WASI_LOST) return WASI_EBADF;
  if (entry->kind == WASI_FILE && rights & WASI_RIGHT(WASI_BIT_PATH_OPEN)) return WASI_ENOTDIR;
  return !is_directory(entry) && !(rights & ~SEEK) ? WASI_ESPIPE : WASI_EBADF;
}

struct wasi_fd *wasi_fd_get(struct wanco_instance *instance, uint32_t fd, uint64_t rights, int32_t *error) {
  struct wasi_fd *entry = fd < WASI_MAX_FDS ? &instance->wasi->fds[fd] : NULL;
  if (!entry || entry->kind == WASI_FREE) {
    *error = WASI_EBADF;
    return NULL;
  }
  if (rights & ~entry->rights) {
    *error = lacking(entry, rights & ~entry->rights);
    return NULL;
  }
  return entry;
}

long wasi_fd_free(const struct wanco_wasi *wasi) {
  for (long fd = 0; fd < WASI_MAX_FDS; fd++)
    if (wasi->fds[fd].kind == WASI_FREE) return fd;
  return -EMFILE;
}

static bool is_terminal(int host) {
  struct termios settings;
  return sys(ioctl, host, TCGETS, &settings) == 0;
}

/* Programs take a character device for a terminal if it cannot seek (isatty of wasi-libc). */
static uint64_t seek_rights(uint8_t type, int host) {
  if (type == WASI_FILETYPE_REGULAR_FILE || type == WASI_FILETYPE_BLOCK_DEVICE) return SEEK;
  return type == WASI_FILETYPE_CHARACTER_DEVICE && !is_terminal(host) ? SEEK : 0;
}

uint64_t wasi_fd_rights(const struct wasi_fd *entry, bool reads, bool writes) {
  if (is_directory(entry)) return EITHER | DIR_ONLY;
  if (entry->kind == WASI_LISTENER) return SOCKET_ONLY | WASI_RIGHT(WASI_BIT_SOCK_ACCEPT);
  if (entry->kind == WASI_SOCKET) return SOCKET_ONLY | READ | WRITE | WASI_RIGHT(WASI_BIT_SOCK_SHUTDOWN);
  if (entry->kind == WASI_LOST) return 0;
  uint64_t rights = (reads ? READ : 0) | (writes ? WRITE : 0) | seek_rights(entry->type, entry->host);
  if (entry->type == WASI_FILETYPE_SOCKET_STREAM) rights |= WASI_RIGHT(WASI_BIT_SOCK_SHUTDOWN);
  return rights | (entry->kind == WASI_STREAM ? STREAM_ONLY : EITHER | (FILE_ONLY & ~SEEK));
}

uint64_t wasi_fd_inheriting(uint8_t kind) {
  return kind == WASI_DIR || kind == WASI_ROOT ? READ | WRITE | EITHER | FILE_ONLY | DIR_ONLY : 0;
}

int wasi_open_flags(bool reads, bool writes, uint32_t fdflags) {
  int flags = O_CLOEXEC | O_NOCTTY | (!writes ? O_RDONLY : reads ? O_RDWR : O_WRONLY);
  if (fdflags & WASI_FDFLAG_APPEND) flags |= O_APPEND;
  if (fdflags & WASI_FDFLAG_NONBLOCK) flags |= O_NONBLOCK;
  if (fdflags & WASI_FDFLAG_DSYNC) flags |= O_DSYNC;
  if (fdflags & (WASI_FDFLAG_SYNC | WASI_FDFLAG_RSYNC)) flags |= O_SYNC;
  return flags;
}

void wasi_fd_fill_stream(struct wasi_fd *entry, uint32_t host) {
  struct stat stat;
  uint8_t type = sys(fstat, host, &stat) == 0 ? wasi_filetype(stat.st_mode) : WASI_FILETYPE_UNKNOWN;
  *entry = (struct wasi_fd){.kind = WASI_STREAM, .type = type, .host = (int32_t)host, .preopen = host};
  entry->rights = wasi_fd_rights(entry, host == 0, host != 0);
}

void wasi_fd_fill_root(const struct wanco_wasi *wasi, struct wasi_fd *entry, uint32_t preopen) {
  *entry = (struct wasi_fd){
      .kind = WASI_ROOT, .type = WASI_FILETYPE_DIRECTORY, .host = wasi->preopens[preopen].root, .preopen = preopen};
  entry->rights = wasi_fd_rights(entry, true, false);
  entry->inheriting = wasi_fd_inheriting(WASI_ROOT);
}

/* An inherited listener's mode is whatever it had. */
void wasi_fd_fill_listener(struct wasi_fd *entry, uint32_t listener, int32_t host) {
  *entry = (struct wasi_fd){.kind = WASI_LISTENER, .type = WASI_FILETYPE_SOCKET_STREAM, .host = host, .preopen = listener};
  if (sys(fcntl, host, F_GETFL, 0) & O_NONBLOCK) entry->flags = WASI_FDFLAG_NONBLOCK;
  entry->rights = wasi_fd_rights(entry, false, false);
}

void wasi_fd_fill_socket(struct wasi_fd *entry, int32_t host, uint16_t flags) {
  *entry = (struct wasi_fd){.kind = WASI_SOCKET, .type = WASI_FILETYPE_SOCKET_STREAM, .flags = flags, .host = host};
  entry->rights = wasi_fd_rights(entry, true, true);
}

bool wasi_is_socket(const struct wasi_fd *entry) {
  return entry->type == WASI_FILETYPE_SOCKET_STREAM || entry->type == WASI_FILETYPE_SOCKET_DGRAM;
}

/* A connection ends for the peer, and a port is free, only when the last process has closed it. */
void wanco_wasi_let_go(struct wanco_instance *instance) {
  for (uint32_t fd = 0; fd < WASI_MAX_FDS; fd++) {
    const struct wasi_fd *entry = &instance->wasi->fds[fd];
    if (entry->kind == WASI_LISTENER || entry->kind == WASI_SOCKET) sys(close, entry->host);
  }
}

/* The host keeps standard streams open: the runtime's own messages go there, and a later
   file must not get their number. */
void wasi_fd_close(struct wasi_fd *entry) {
  if (entry->kind == WASI_FILE || entry->kind == WASI_DIR || entry->kind == WASI_LISTENER || entry->kind == WASI_SOCKET)
    sys(close, entry->host);
  wasi_listing_free(entry->listing);
  *entry = (struct wasi_fd){.kind = WASI_FREE};
}
