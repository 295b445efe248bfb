/* Descriptors: state, position, flags. */
#include "wasi/p1/inside.h"

#include <linux/fadvise.h>
#include <linux/fs.h>

int32_t wanco_wasi_fd_close(struct wanco_instance *instance, uint32_t fd) {
  int32_t error;
  struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  wasi_fd_close(entry);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_renumber(struct wanco_instance *instance, uint32_t from, uint32_t to) {
  int32_t error;
  struct wasi_fd *source = wasi_fd_get(instance, from, 0, &error);
  struct wasi_fd *target = wasi_fd_get(instance, to, 0, &error);
  if (!source || !target) return error;
  if (source == target) return WASI_ESUCCESS;
  wasi_fd_close(target);
  *target = *source;
  *source = (struct wasi_fd){.kind = WASI_FREE};
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_datasync(struct wanco_instance *instance, uint32_t fd) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_DATASYNC), &error);
  return entry ? wasi_error(WASI_SYS(fdatasync, entry->host)) : error;
}

int32_t wanco_wasi_fd_sync(struct wanco_instance *instance, uint32_t fd) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_SYNC), &error);
  return entry ? wasi_error(WASI_SYS(fsync, entry->host)) : error;
}

int32_t wanco_wasi_fd_advise(struct wanco_instance *instance, uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice) {
  static const uint8_t host_advice[] = {/* in WASI's order */
                                        POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                        POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_ADVISE), &error);
  if (!entry) return error;
  if (advice >= sizeof host_advice || offset > INT64_MAX || size > INT64_MAX) return WASI_EINVAL;
  return wasi_error(sys(fadvise64, entry->host, offset, size, host_advice[advice]));
}

int32_t wanco_wasi_fd_allocate(struct wanco_instance *instance, uint32_t fd, uint64_t offset, uint64_t size) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_ALLOCATE), &error);
  return entry ? wasi_error(WASI_SYS(fallocate, entry->host, 0, offset, size)) : error;
}

/* struct fdstat: u8 filetype, u16 flags at 2, u64 rights at 8, u64 inheriting rights at 16. */
int32_t wanco_wasi_fd_fdstat_get(struct wanco_instance *instance, uint32_t fd, uint32_t stat) {
  enum { SIZE = 24 };
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  uint8_t *out = wasi_guest_out(instance, stat, SIZE);
  if (!out) return WASI_EFAULT;
  memset(out, 0, SIZE);
  out[0] = entry->type;
  wanco_store_u16(out + 2, entry->flags);
  wanco_store_u64(out + 8, entry->rights);
  wanco_store_u64(out + 16, entry->inheriting);
  return WASI_ESUCCESS;
}

/* Linux can change O_APPEND and O_NONBLOCK of an open file, not the synchronous modes. */
int32_t wanco_wasi_fd_fdstat_set_flags(struct wanco_instance *instance, uint32_t fd, uint32_t flags) {
  int32_t error;
  struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_FDSTAT_SET_FLAGS), &error);
  if (!entry) return error;
  uint32_t changeable = WASI_FDFLAG_NONBLOCK | (wasi_is_socket(entry) ? 0 : WASI_FDFLAG_APPEND);
  if ((flags ^ entry->flags) & ~changeable) return WASI_EINVAL;
  long result = sys(fcntl, entry->host, F_SETFL, wasi_open_flags(true, true, flags) & (O_APPEND | O_NONBLOCK));
  if (result == 0) entry->flags = (uint16_t)flags;
  return wasi_error(result);
}

int32_t wanco_wasi_fd_fdstat_set_rights(struct wanco_instance *instance, uint32_t fd, uint64_t rights, uint64_t inheriting) {
  int32_t error;
  struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  if (rights & ~entry->rights || inheriting & ~entry->inheriting) return WASI_ENOTCAPABLE;
  entry->dropped |= entry->rights & ~rights;
  entry->rights = rights;
  entry->inheriting = inheriting;
  return WASI_ESUCCESS;
}

static int32_t seek(struct wanco_instance *instance, uint32_t fd, uint64_t right, uint64_t offset, int whence, uint32_t position) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, right, &error);
  if (!entry) return error;
  void *out = wasi_guest_out(instance, position, 8);
  if (!out) return WASI_EFAULT;
  long result = sys(lseek, entry->host, offset, whence);
  if (result >= 0) wanco_store_u64(out, (uint64_t)result);
  return wasi_error(result);
}

int32_t wanco_wasi_fd_seek(struct wanco_instance *instance, uint32_t fd, uint64_t offset, uint32_t whence, uint32_t position) {
  static const uint8_t host_whence[] = {SEEK_SET, SEEK_CUR, SEEK_END}; /* in WASI's order */
  if (whence >= sizeof host_whence) return WASI_EINVAL;
  bool tells = host_whence[whence] == SEEK_CUR && offset == 0;
  return seek(instance, fd, WASI_RIGHT(tells ? WASI_BIT_FD_TELL : WASI_BIT_FD_SEEK), offset, host_whence[whence], position);
}

int32_t wanco_wasi_fd_tell(struct wanco_instance *instance, uint32_t fd, uint32_t position) {
  return seek(instance, fd, WASI_RIGHT(WASI_BIT_FD_TELL), 0, SEEK_CUR, position);
}
