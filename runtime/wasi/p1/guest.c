/* The program's memory and the translation of the host's numbers. */
#include "wasi/p1/inside.h"

/* WASI's errno by Linux's. WASI numbers the names of POSIX alphabetically; Linux numbers that
   WASI has no name for become EIO. Linux's numbers are the same on all our ISAs. */
static const uint8_t wasi_errno_of[] = {
    [EPERM] = 63,        [ENOENT] = 44,       [ESRCH] = 71,           [EINTR] = 27,        [EIO] = 29,
    [ENXIO] = 60,        [E2BIG] = 1,         [ENOEXEC] = 45,         [EBADF] = 8,         [ECHILD] = 12,
    [EAGAIN] = 6,        [ENOMEM] = 48,       [EACCES] = 2,           [EFAULT] = 21,       [EBUSY] = 10,
    [EEXIST] = 20,       [EXDEV] = 75,        [ENODEV] = 43,          [ENOTDIR] = 54,      [EISDIR] = 31,
    [EINVAL] = 28,       [ENFILE] = 41,       [EMFILE] = 33,          [ENOTTY] = 59,       [ETXTBSY] = 74,
    [EFBIG] = 22,        [ENOSPC] = 51,       [ESPIPE] = 70,          [EROFS] = 69,        [EMLINK] = 34,
    [EPIPE] = 64,        [EDOM] = 18,         [ERANGE] = 68,          [EDEADLK] = 16,      [ENAMETOOLONG] = 37,
    [ENOLCK] = 46,       [ENOSYS] = 52,       [ENOTEMPTY] = 55,       [ELOOP] = 32,        [ENOMSG] = 49,
    [EIDRM] = 24,        [ENOLINK] = 47,      [EPROTO] = 65,          [EMULTIHOP] = 36,    [EBADMSG] = 9,
    [EOVERFLOW] = 61,    [EILSEQ] = 25,       [ENOTSOCK] = 57,        [EDESTADDRREQ] = 17, [EMSGSIZE] = 35,
    [EPROTOTYPE] = 67,   [ENOPROTOOPT] = 50,  [EPROTONOSUPPORT] = 66, [EOPNOTSUPP] = 58,   [EAFNOSUPPORT] = 5,
    [EADDRINUSE] = 3,    [EADDRNOTAVAIL] = 4, [ENETDOWN] = 38,        [ENETUNREACH] = 40,  [ENETRESET] = 39,
    [ECONNABORTED] = 13, [ECONNRESET] = 15,   [ENOBUFS] = 42,         [EISCONN] = 30,      [ENOTCONN] = 53,
    [ETIMEDOUT] = 73,    [ECONNREFUSED] = 14, [EHOSTUNREACH] = 23,    [EALREADY] = 7,      [EINPROGRESS] = 26,
    [ESTALE] = 72,       [EDQUOT] = 19,       [ECANCELED] = 11,       [EOWNERDEAD] = 62,   [ENOTRECOVERABLE] = 56,
};

int32_t wasi_error(long result) {
  if (result >= 0) return WASI_ESUCCESS;
  uint64_t host = (uint64_t)-result;
  uint8_t error = host < sizeof wasi_errno_of ? wasi_errno_of[host] : 0;
  return error ? error : WASI_EIO;
}

uint8_t wasi_filetype(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return WASI_FILETYPE_REGULAR_FILE;
    case S_IFDIR: return WASI_FILETYPE_DIRECTORY;
    case S_IFLNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case S_IFCHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case S_IFBLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case S_IFSOCK: return WASI_FILETYPE_SOCKET_STREAM;
    default: return WASI_FILETYPE_UNKNOWN; /* a FIFO has no type of its own */
  }
}

const void *wasi_guest_in(const struct wanco_instance *instance, uint32_t address, uint64_t size) {
  return wanco_guest(instance, address, size);
}

void *wasi_guest_out(const struct wanco_instance *instance, uint32_t address, uint64_t size) {
  return wanco_guest(instance, address, size);
}

long wasi_guest_iovecs(const struct wanco_instance *instance, uint32_t address, uint32_t count, bool write_to_guest,
                       struct iovec vectors[WASI_MAX_IOVECS]) {
  enum { SIZE = 8 }; /* pointer, length */
  const uint8_t *array = wasi_guest_in(instance, address, (uint64_t)count * SIZE);
  if (!array) return -EFAULT;
  long used = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t base = wanco_load_u32(array + i * (uint64_t)SIZE);
    uint32_t size = wanco_load_u32(array + i * (uint64_t)SIZE + 4);
    void *bytes = write_to_guest ? wasi_guest_out(instance, base, size) : (void *)(uintptr_t)wasi_guest_in(instance, base, size);
    if (!bytes) return -EFAULT;
    if (size == 0 || used == WASI_MAX_IOVECS) continue;
    vectors[used].iov_base = bytes;
    vectors[used].iov_len = size;
    used++;
  }
  return used;
}

/* Bytes of the well-formed UTF-8 sequence (Unicode, table 3-7) that starts at `at`, 0 if none does. */
static uint32_t utf8_sequence(const uint8_t *at, uint32_t left) {
  uint8_t first = at[0];
  if (first < 0x80) return 1;
  uint32_t size = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (size == 0 || size > left) return 0;
  uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < low || at[1] > high) return 0;
  for (uint32_t i = 2; i < size; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  return size;
}

int32_t wasi_guest_path(const struct wanco_instance *instance, uint32_t address, uint32_t size, char path[WASI_PATH_MAX]) {
  const uint8_t *bytes = wasi_guest_in(instance, address, size);
  if (!bytes) return WASI_EFAULT;
  if (size >= WASI_PATH_MAX) return WASI_ENAMETOOLONG;
  bool nul = false;
  for (uint32_t i = 0, step; i < size; i += step) {
    step = utf8_sequence(bytes + i, size - i);
    if (!step) return WASI_EILSEQ;
    nul |= bytes[i] == 0;
  }
  if (nul) return WASI_EINVAL;
  memcpy(path, bytes, size);
  path[size] = 0;
  return WASI_ESUCCESS;
}
