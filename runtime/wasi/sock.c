/* Sockets. No descriptor can be one yet, unless a standard stream is: that is not supported. */
#include "wasi/wasi.h"

static int32_t refuse(struct wanco_instance *instance, uint32_t fd) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  return entry->type == WASI_FILETYPE_SOCKET_STREAM || entry->type == WASI_FILETYPE_SOCKET_DGRAM ? WASI_ENOTSUP : WASI_ENOTSOCK;
}

int32_t wanco_wasi_sock_accept(struct wanco_instance *instance, uint32_t fd, uint32_t flags, uint32_t opened) {
  (void)flags;
  (void)opened;
  return refuse(instance, fd);
}

int32_t wanco_wasi_sock_recv(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags,
                             uint32_t done, uint32_t out_flags) {
  (void)iovecs;
  (void)count;
  (void)flags;
  (void)done;
  (void)out_flags;
  return refuse(instance, fd);
}

int32_t wanco_wasi_sock_send(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags,
                             uint32_t done) {
  (void)iovecs;
  (void)count;
  (void)flags;
  (void)done;
  return refuse(instance, fd);
}

int32_t wanco_wasi_sock_shutdown(struct wanco_instance *instance, uint32_t fd, uint32_t how) {
  (void)how;
  return refuse(instance, fd);
}
