/* Files as sinks and sources of snapshots. One that is written has a temporary name until it is complete. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "snapshot/snapshot.h"

/* ---- a file that is written ---- */

static long file_append(struct wanco_sink *sink, const void *bytes, size_t size) {
  struct wanco_file_sink *file = (struct wanco_file_sink *)sink;
  long written;
  do written = sys(write, file->fd, bytes, size);
  while (written == -EINTR);
  return written;
}

static long file_replace(struct wanco_sink *sink, const void *bytes, size_t size, uint64_t offset) {
  struct wanco_file_sink *file = (struct wanco_file_sink *)sink;
  long written = sys(pwrite64, file->fd, bytes, size, offset);
  if (written == (long)size) return 0;
  return written < 0 ? written : -EIO;
}

static long close_once(struct wanco_file_sink *file) {
  long fd = file->fd;
  file->fd = -1;
  return fd < 0 ? 0 : sys(close, fd);
}

static long file_finish(struct wanco_sink *sink) {
  struct wanco_file_sink *file = (struct wanco_file_sink *)sink;
  long error = close_once(file);
  return error ? error : sys(renameat2, AT_FDCWD, file->temporary, AT_FDCWD, file->final, 0);
}

static void file_abandon(struct wanco_sink *sink) {
  struct wanco_file_sink *file = (struct wanco_file_sink *)sink;
  close_once(file);
  sys(unlinkat, AT_FDCWD, file->temporary, 0);
}

static void file_leave(struct wanco_sink *sink) { close_once((struct wanco_file_sink *)sink); }

long wanco_file_sink_open(struct wanco_file_sink *file, const char *temporary, const char *final) {
  *file = (struct wanco_file_sink){{file_append, file_replace, file_finish, file_abandon, file_leave}, -1, temporary, final};
  long fd = sys(openat, AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (wanco_failed(fd)) return fd;
  file->fd = fd;
  return 0;
}

/* ---- a file that is read ---- */

struct file_source {
  struct wanco_source source;
  long fd;
  const uint8_t *bytes; /* the whole file, mapped when it is first looked at; NULL: not now */
};

static long file_view(struct wanco_source *source, uint64_t offset, uint64_t size, const uint8_t **bytes) {
  struct file_source *file = (struct file_source *)source;
  (void)size;
  if (!file->bytes) {
    long at = sys(mmap, 0, source->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (wanco_failed(at)) return at;
    file->bytes = (const uint8_t *)at;
  }
  *bytes = file->bytes + offset;
  return 0;
}

static void file_release(struct wanco_source *source) {
  struct file_source *file = (struct file_source *)source;
  if (file->bytes) sys(munmap, file->bytes, source->size);
  file->bytes = NULL;
}

static long file_read_at(struct wanco_source *source, void *to, size_t size, uint64_t offset) {
  long got;
  do got = sys(pread64, ((struct file_source *)source)->fd, to, size, offset);
  while (got == -EINTR);
  return got;
}

static void file_close(struct wanco_source *source) { sys(close, ((struct file_source *)source)->fd); }

/* A base is in the directory of the snapshot that builds on it. */
static const char *file_open_base(struct wanco_source *source, const char *name, size_t length, struct wanco_source **base) {
  const char *path = source->name;
  size_t directory = 0;
  for (size_t i = 0; path[i]; i++)
    if (path[i] == '/') directory = i + 1;
  char *beside = wanco_allocate(directory + length + 1);
  memcpy(beside, path, directory);
  memcpy(beside + directory, name, length);
  const char *why;
  *base = wanco_file_source_open(beside, &why);
  return why;
}

/* NULL, or why not. */
static const char *open_file(struct file_source *file, const char *path) {
  file->fd = sys(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (wanco_failed(file->fd)) return wanco_error_text(file->fd);
  if (file->fd < 3) { /* a standard stream that was closed: the program is not to have this one for it */
    long fd = sys(fcntl, file->fd, F_DUPFD_CLOEXEC, 3);
    sys(close, file->fd);
    if (wanco_failed(fd)) return wanco_error_text(fd);
    file->fd = fd;
  }
  struct stat status;
  long error = sys(fstat, file->fd, &status);
  if (error) return wanco_error_text(error);
  file->source.size = (uint64_t)status.st_size;
  return S_ISREG(status.st_mode) ? NULL : "not a regular file";
}

struct wanco_source *wanco_file_source_open(const char *path, const char **why) {
  struct file_source *file = wanco_allocate(sizeof *file);
  file->source = (struct wanco_source){path, 0, file_view, file_release, file_read_at, file_close, file_open_base};
  *why = open_file(file, path);
  return &file->source;
}
