/* Regular files that were deleted while they are open: temporary files, mostly. They have no
   path by which they could be opened again, so a snapshot has their contents. */
#include "wasi/p1/state.h"

#include <linux/fs.h>

enum { OWNER_ONLY = 0600, CHUNK = 4096 };

static bool nameless(const struct wasi_fd *entry, struct stat *stat) {
  return entry->kind == WASI_FILE && entry->type == WASI_FILETYPE_REGULAR_FILE && sys(fstat, entry->host, stat) == 0 && stat->st_nlink == 0;
}

bool wasi_is_nameless(const struct wasi_fd *entry) {
  struct stat stat;
  return nameless(entry, &stat);
}

uint32_t wasi_first_of_file(const struct wanco_wasi *wasi, uint32_t fd) {
  struct stat wanted, stat;
  if (!nameless(&wasi->fds[fd], &wanted)) return fd;
  for (uint32_t i = 0; i < fd; i++)
    if (nameless(&wasi->fds[i], &stat) && stat.st_dev == wanted.st_dev && stat.st_ino == wanted.st_ino) return i;
  return fd;
}

long wasi_open_again(int host, int flags) {
  char link[32];
  wanco_format(link, sizeof link, "/proc/self/fd/%d", host);
  return WASI_SYS(openat, AT_FDCWD, link, flags, 0);
}

/* Its descriptor may not be open for reading. */
void wasi_carry_save(const struct wasi_fd *entry, uint64_t size, struct wanco_writer *writer) {
  uint8_t chunk[CHUNK];
  long host = wasi_open_again(entry->host, O_RDONLY | O_CLOEXEC);
  for (uint64_t at = 0; at < size;) {
    uint64_t wanted = size - at < CHUNK ? size - at : CHUNK;
    long got = host < 0 ? host : WASI_SYS(pread64, host, chunk, wanted, at);
    if (got <= 0) {
      wanco_write_fail(writer, "a deleted file that is open cannot be read");
      break;
    }
    wanco_write(writer, chunk, (size_t)got);
    at += (uint64_t)got;
  }
  if (host >= 0) sys(close, host);
}

/* In its directory where the file system can do that: it may grow large. Else in memory. */
static long create(int root) {
  long host = WASI_SYS(openat, root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, OWNER_ONLY);
  if (host >= 0) return host;
  enum { MFD_CLOEXEC = 1 };
  return sys(memfd_create, "wanco", MFD_CLOEXEC);
}

static long fill(long host, const uint8_t *bytes, uint64_t size) {
  for (uint64_t at = 0; at < size;) {
    long written = WASI_SYS(write, host, bytes + at, size - at);
    if (written <= 0) return written ? written : -EIO;
    at += (uint64_t)written;
  }
  return 0;
}

long wasi_carry_load(int root, const void *bytes, uint64_t size, int flags) {
  long made = create(root);
  if (made < 0) return made;
  long result = fill(made, bytes, size);
  if (result == 0) result = wasi_open_again((int)made, flags);
  sys(close, made);
  return result;
}
