/* Sockets: listeners that the user granted and the connections that they accept. */
#include "wasi/p1/socket.h"
#include "wasi/p1/inside.h"

enum { RECV_PEEK = 1, RECV_WAITALL = 2, RECV_ALL = 3 };
enum { RECV_DATA_TRUNCATED = 1 };
enum { SHUTDOWN_RD = 1, SHUTDOWN_WR = 2 };

/* The entry of a socket with a right; `otherwise` is what is wrong with a socket of the other kind. */
static int32_t find(struct wanco_instance *instance, uint32_t fd, uint32_t bit, int32_t otherwise, struct wasi_fd **entry) {
  int32_t error;
  *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!*entry) return error;
  if (!wasi_is_socket(*entry)) return WASI_ENOTSOCK;
  if ((*entry)->dropped & WASI_RIGHT(bit)) return WASI_ENOTCAPABLE;
  if ((*entry)->rights & WASI_RIGHT(bit)) return WASI_ESUCCESS;
  return bit == WASI_BIT_SOCK_ACCEPT || (*entry)->kind == WASI_LISTENER ? otherwise : WASI_EBADF;
}

int32_t wanco_wasi_sock_accept(struct wanco_instance *instance, uint32_t fd, uint32_t flags, uint32_t opened) {
  struct wasi_fd *entry;
  int32_t error = find(instance, fd, WASI_BIT_SOCK_ACCEPT, WASI_EINVAL, &entry);
  if (error) return error;
  if (flags & ~(uint32_t)WASI_FDFLAG_NONBLOCK) return WASI_EINVAL;
  void *out = wasi_guest_out(instance, opened, 4);
  if (!out) return WASI_EFAULT;
  long number = wasi_fd_free(instance->wasi);
  if (number < 0) return wasi_error(number);
  int host_flags = SOCK_CLOEXEC | (flags ? SOCK_NONBLOCK : 0);
  long host = WASI_UNTIL_DONE(instance, sys_blocking(accept4, entry->host, NULL, NULL, host_flags));
  if (host < 0) return wasi_error(host);
  wasi_fd_fill_socket(&instance->wasi->fds[number], (int32_t)host, (uint16_t)flags);
  wanco_store_u32(out, (uint32_t)number);
  return WASI_ESUCCESS;
}

/* What both directions have in common; the message refers to `vectors`. */
static int32_t prepare(struct wanco_instance *instance, uint32_t iovecs, uint32_t count, bool receives, struct iovec *vectors,
                       struct message *message) {
  long used = wasi_guest_iovecs(instance, iovecs, count, receives, vectors);
  if (used < 0) return wasi_error(used);
  *message = (struct message){.vectors = vectors, .count = (uint64_t)used};
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_sock_recv(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags,
                             uint32_t done, uint32_t out_flags) {
  struct wasi_fd *entry;
  struct iovec vectors[WASI_MAX_IOVECS];
  struct message message;
  int32_t error = find(instance, fd, WASI_BIT_FD_READ, WASI_ENOTCONN, &entry);
  if (error) return error;
  if (flags & ~(uint32_t)RECV_ALL) return WASI_EINVAL;
  void *done_out = wasi_guest_out(instance, done, 4);
  void *flags_out = wasi_guest_out(instance, out_flags, 2);
  if (!done_out || !flags_out) return WASI_EFAULT;
  error = prepare(instance, iovecs, count, true, vectors, &message);
  if (error) return error;
  int host_flags = (flags & RECV_PEEK ? MSG_PEEK : 0) | (flags & RECV_WAITALL ? MSG_WAITALL : 0);
  /* Nothing is asked for: as by readv(), there is nothing to wait for. */
  long result = message.count == 0 ? 0 : WASI_UNTIL_DONE(instance, sys_blocking(recvmsg, entry->host, &message, host_flags));
  if (result < 0) return wasi_error(result);
  wanco_store_u32(done_out, (uint32_t)result);
  wanco_store_u16(flags_out, message.flags & MSG_TRUNC ? RECV_DATA_TRUNCATED : 0);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_sock_send(struct wanco_instance *instance, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags,
                             uint32_t done) {
  struct wasi_fd *entry;
  struct iovec vectors[WASI_MAX_IOVECS];
  struct message message;
  int32_t error = find(instance, fd, WASI_BIT_FD_WRITE, WASI_ENOTCONN, &entry);
  if (error) return error;
  if (flags) return WASI_EINVAL; /* none is defined */
  void *done_out = wasi_guest_out(instance, done, 4);
  if (!done_out) return WASI_EFAULT;
  error = prepare(instance, iovecs, count, false, vectors, &message);
  if (error) return error;
  long result = WASI_UNTIL_DONE(instance, sys_blocking(sendmsg, entry->host, &message, MSG_NOSIGNAL));
  if (result < 0) return wasi_error(result);
  wanco_store_u32(done_out, (uint32_t)result);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_sock_shutdown(struct wanco_instance *instance, uint32_t fd, uint32_t how) {
  static const int8_t host_how[] = {-1, SHUT_RD, SHUT_WR, SHUT_RDWR}; /* by SHUTDOWN_RD and SHUTDOWN_WR */
  struct wasi_fd *entry;
  int32_t error = find(instance, fd, WASI_BIT_SOCK_SHUTDOWN, WASI_ENOTCONN, &entry);
  if (error) return error;
  if (how == 0 || how > (SHUTDOWN_RD | SHUTDOWN_WR)) return WASI_EINVAL;
  return wasi_error(sys(shutdown, entry->host, host_how[how]));
}
