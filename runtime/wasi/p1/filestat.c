/* Attributes of files: struct filestat, size, times. */
#include "wasi/p1/inside.h"

/* Of <sys/stat.h>; the kernel's headers for programs do not have them. */
#define UTIME_NOW ((1l << 30) - 1l)
#define UTIME_OMIT ((1l << 30) - 2l)

enum { FST_ATIM = 1, FST_ATIM_NOW = 2, FST_MTIM = 4, FST_MTIM_NOW = 8, FST_ALL = 15 };

enum { NANOSECONDS = 1000000000 };

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t state, const char *text) {
  for (; *text; text++) state = (state ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
  return state;
}

uint64_t wasi_identity_extend(uint64_t identity, const char *name) { return hash(hash(identity, "/"), name); }

uint64_t wasi_identity(const struct wanco_wasi *wasi, uint32_t preopen, int host) {
  char path[WASI_PATH_MAX];
  uint64_t identity = hash(UINT64_C(0xcbf29ce484222325), wasi->preopens[preopen].guest);
  if (wasi_path_of(wasi->preopens[preopen].root, host, path) < 0) return 0;
  return wanco_equal(path, ".") ? identity : wasi_identity_extend(identity, path);
}

static uint64_t nanoseconds(uint64_t seconds, uint64_t rest) { return seconds * NANOSECONDS + rest; }

/* struct filestat: u64 device, u64 inode, u8 filetype, u64 links at 24, u64 size, u64 times of
   access, modification and status change. What only the host decides is left out or replaced
   in deterministic mode. */
static void store(const struct stat *stat, uint8_t *out) {
  memset(out, 0, WASI_FILESTAT_SIZE);
  wanco_store_u64(out, stat->st_dev);
  wanco_store_u64(out + 8, stat->st_ino);
  out[16] = wasi_filetype(stat->st_mode);
  wanco_store_u64(out + 24, stat->st_nlink);
  wanco_store_u64(out + 32, (uint64_t)stat->st_size);
  wanco_store_u64(out + 40, nanoseconds((uint64_t)stat->st_atime, (uint64_t)stat->st_atime_nsec));
  wanco_store_u64(out + 48, nanoseconds((uint64_t)stat->st_mtime, (uint64_t)stat->st_mtime_nsec));
  wanco_store_u64(out + 56, nanoseconds((uint64_t)stat->st_ctime, (uint64_t)stat->st_ctime_nsec));
}

static void store_deterministic(const struct stat *stat, uint64_t identity, uint8_t *out) {
  bool directory = (stat->st_mode & S_IFMT) == S_IFDIR;
  memset(out, 0, WASI_FILESTAT_SIZE);
  wanco_store_u64(out + 8, identity);
  out[16] = wasi_filetype(stat->st_mode);
  wanco_store_u64(out + 24, directory ? 1 : stat->st_nlink);
  wanco_store_u64(out + 32, directory ? 0 : (uint64_t)stat->st_size);
}

/* Stands for the inode number of an open file in deterministic mode. */
static uint64_t identity_of(const struct wanco_wasi *wasi, const struct wasi_fd *entry) {
  if (entry->kind == WASI_STREAM) return (uint64_t)entry->host + 1;
  return wasi_is_socket(entry) ? 0 : wasi_identity(wasi, entry->preopen, entry->host);
}

static int32_t filestat(const struct wanco_wasi *wasi, const struct wasi_fd *entry, uint8_t *out) {
  struct stat stat;
  long result = sys(fstat, entry->host, &stat);
  if (result < 0) return wasi_error(result);
  if (wasi->deterministic)
    store_deterministic(&stat, identity_of(wasi, entry), out);
  else
    store(&stat, out);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_filestat_get(struct wanco_instance *instance, uint32_t fd, uint32_t stat) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_FILESTAT_GET), &error);
  if (!entry) return error;
  uint8_t *out = wasi_guest_out(instance, stat, WASI_FILESTAT_SIZE);
  if (!out) return WASI_EFAULT;
  return filestat(instance->wasi, entry, out);
}

int32_t wanco_wasi_path_filestat_get(struct wanco_instance *instance, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t path_size,
                                     uint32_t stat) {
  char text[WASI_PATH_MAX];
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_PATH_FILESTAT_GET), &error);
  if (!entry) return error;
  if (lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW) return WASI_EINVAL;
  uint8_t *out = wasi_guest_out(instance, stat, WASI_FILESTAT_SIZE);
  if (!out) return WASI_EFAULT;
  error = wasi_guest_path(instance, path, path_size, text);
  if (error) return error;
  int follow = lookup & WASI_LOOKUP_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW;
  long host = wasi_open_beneath(entry->host, text, O_PATH | O_CLOEXEC | follow, 0);
  if (host < 0) return wasi_error(host);
  struct wasi_fd found = {.kind = WASI_FILE, .host = (int32_t)host, .preopen = entry->preopen};
  error = filestat(instance->wasi, &found, out);
  sys(close, host);
  return error;
}

int32_t wanco_wasi_fd_filestat_set_size(struct wanco_instance *instance, uint32_t fd, uint64_t size) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_FILESTAT_SET_SIZE), &error);
  return entry ? wasi_error(WASI_SYS(ftruncate, entry->host, size)) : error;
}

static struct __kernel_timespec new_time(uint32_t set, uint32_t now, uint64_t time) {
  struct __kernel_timespec result = {.tv_nsec = UTIME_OMIT};
  if (now) result.tv_nsec = UTIME_NOW;
  if (set) {
    result.tv_sec = (int64_t)(time / NANOSECONDS);
    result.tv_nsec = (int64_t)(time % NANOSECONDS);
  }
  return result;
}

static int32_t new_times(uint64_t accessed, uint64_t modified, uint32_t flags, struct __kernel_timespec times[2]) {
  bool both_accessed = (flags & FST_ATIM) && (flags & FST_ATIM_NOW);
  bool both_modified = (flags & FST_MTIM) && (flags & FST_MTIM_NOW);
  if (flags & ~(uint32_t)FST_ALL || both_accessed || both_modified) return WASI_EINVAL;
  times[0] = new_time(flags & FST_ATIM, flags & FST_ATIM_NOW, accessed);
  times[1] = new_time(flags & FST_MTIM, flags & FST_MTIM_NOW, modified);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_filestat_set_times(struct wanco_instance *instance, uint32_t fd, uint64_t accessed, uint64_t modified,
                                         uint32_t flags) {
  struct __kernel_timespec times[2];
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_FILESTAT_SET_TIMES), &error);
  if (!entry) return error;
  error = new_times(accessed, modified, flags, times);
  return error ? error : wasi_error(sys(utimensat, entry->host, NULL, times, 0));
}

/* Where the last link is followed: the file found is held by an O_PATH descriptor and named
   through /proc, since utimensat() takes no such descriptor before Linux 5.8. */
static long set_times_following(int root, const char *path, int flags, const struct __kernel_timespec times[2]) {
  char link[32];
  long host = wasi_open_beneath(root, path, O_PATH | O_CLOEXEC | flags, 0);
  if (host < 0) return host;
  wanco_format(link, sizeof link, "/proc/self/fd/%d", (int)host);
  long result = sys(utimensat, AT_FDCWD, link, times, 0);
  sys(close, host);
  return result;
}

static long set_times_of_name(int root, const char *path, const struct __kernel_timespec times[2]) {
  struct wasi_place place;
  long result = wasi_locate(root, path, &place);
  if (result < 0) return result;
  result = place.slash ? set_times_following(root, path, O_DIRECTORY, times)
                       : sys(utimensat, place.directory, place.name, times, AT_SYMLINK_NOFOLLOW);
  wasi_leave(&place);
  return result;
}

int32_t wanco_wasi_path_filestat_set_times(struct wanco_instance *instance, uint32_t fd, uint32_t lookup, uint32_t path,
                                           uint32_t path_size, uint64_t accessed, uint64_t modified, uint32_t flags) {
  char text[WASI_PATH_MAX];
  struct __kernel_timespec times[2];
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_PATH_FILESTAT_SET_TIMES), &error);
  if (!entry) return error;
  if (lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW) return WASI_EINVAL;
  error = wasi_guest_path(instance, path, path_size, text);
  if (!error) error = new_times(accessed, modified, flags, times);
  if (error) return error;
  return wasi_error(lookup ? set_times_following(entry->host, text, 0, times) : set_times_of_name(entry->host, text, times));
}
