/* Reading and writing. */
#include "wasi/p1/inside.h"

#define READ WASI_RIGHT(WASI_BIT_FD_READ)
#define WRITE WASI_RIGHT(WASI_BIT_FD_WRITE)
#define SEEK WASI_RIGHT(WASI_BIT_FD_SEEK)

struct transfer {
  const struct wasi_fd *entry;
  uint8_t *done; /* where the number of bytes goes */
  long count;
  struct iovec vectors[WASI_MAX_IOVECS];
};

/* Checks everything, so that nothing can go wrong after bytes have moved. */
static int32_t prepare(struct wanco_instance *instance, struct transfer *transfer, uint32_t fd, uint64_t rights, uint32_t iovecs,
                       uint32_t count, uint32_t done) {
  int32_t error;
  transfer->entry = wasi_fd_get(instance, fd, rights, &error);
  if (!transfer->entry) return error;
  transfer->done = wasi_guest_out(instance, done, 4);
  if (!transfer->done) return WASI_EFAULT;
  transfer->count = wasi_guest_iovecs(instance, iovecs, count, (rights & READ) != 0, transfer->vectors);
  return wasi_error(transfer->count);
}

static int32_t finish(const struct transfer *transfer, long result) {
  if (result < 0) return wasi_error(result);
  wanco_store_u32(transfer->done, (uint32_t)result);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_read(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t done) {
  struct transfer t;
  int32_t error = prepare(instance, &t, fd, READ, iovecs, count, done);
  if (error) return error;
  return finish(&t, WASI_UNTIL_DONE(instance, sys_blocking(readv, t.entry->host, t.vectors, t.count)));
}

int32_t wanco_wasi_fd_write(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t done) {
  struct transfer t;
  int32_t error = prepare(instance, &t, fd, WRITE, iovecs, count, done);
  if (error) return error;
  return finish(&t, WASI_UNTIL_DONE(instance, sys_blocking(writev, t.entry->host, t.vectors, t.count)));
}

/* The kernel takes the offset in two halves; on 64-bit machines the first holds all of it. */
int32_t wanco_wasi_fd_pread(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint64_t offset,
                            uint32_t done) {
  struct transfer t;
  int32_t error = prepare(instance, &t, fd, READ | SEEK, iovecs, count, done);
  if (error) return error;
  return finish(&t, WASI_UNTIL_DONE(instance, sys_blocking(preadv, t.entry->host, t.vectors, t.count, offset, 0)));
}

int32_t wanco_wasi_fd_pwrite(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint64_t offset,
                             uint32_t done) {
  struct transfer t;
  int32_t error = prepare(instance, &t, fd, WRITE | SEEK, iovecs, count, done);
  if (error) return error;
  return finish(&t, WASI_UNTIL_DONE(instance, sys_blocking(pwritev, t.entry->host, t.vectors, t.count, offset, 0)));
}
