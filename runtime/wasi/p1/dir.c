/* Directories: pre-opened ones, and their contents. */
#include "wasi/p1/inside.h"

/* struct prestat: u8 tag (0: directory), u32 length of the name at 4. */
int32_t wanco_wasi_fd_prestat_get(struct wanco_instance *instance, uint32_t fd, uint32_t prestat) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  if (entry->kind != WASI_ROOT) return WASI_EBADF;
  void *out = wasi_guest_out(instance, prestat, 8);
  if (!out) return WASI_EFAULT;
  wanco_store_u32(out, 0);
  wanco_store_u32((uint8_t *)out + 4, (uint32_t)strlen(instance->wasi->preopens[entry->preopen].guest));
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_fd_prestat_dir_name(struct wanco_instance *instance, uint32_t fd, uint32_t path, uint32_t path_size) {
  int32_t error;
  const struct wasi_fd *entry = wasi_fd_get(instance, fd, 0, &error);
  if (!entry) return error;
  if (entry->kind != WASI_ROOT) return WASI_ENOTDIR;
  const char *name = instance->wasi->preopens[entry->preopen].guest;
  size_t size = strlen(name);
  if (path_size < size) return WASI_ENAMETOOLONG;
  void *out = wasi_guest_out(instance, path, size);
  if (!out) return WASI_EFAULT;
  memcpy(out, name, size);
  return WASI_ESUCCESS;
}

struct buffer {
  uint8_t *bytes;
  uint32_t size;
  uint32_t used;
};

/* False once the buffer is full: the program sees by that, and by the last entry's being cut
   off, that there is more. */
static bool put(struct buffer *buffer, const void *bytes, size_t size) {
  uint32_t room = buffer->size - buffer->used;
  uint32_t fits = size < room ? (uint32_t)size : room;
  memcpy(buffer->bytes + buffer->used, bytes, fits);
  buffer->used += fits;
  return buffer->used < buffer->size;
}

/* struct dirent: u64 next cookie, u64 inode, u32 length of the name, u8 type; the name follows. */
static bool put_entry(struct buffer *buffer, uint64_t next, struct wasi_dirent entry) {
  enum { SIZE = 24 };
  uint8_t head[SIZE] = {0};
  size_t length = strlen(entry.name);
  wanco_store_u64(head, next);
  wanco_store_u64(head + 8, entry.inode);
  wanco_store_u32(head + 16, (uint32_t)length);
  head[20] = entry.type;
  return put(buffer, head, SIZE) && put(buffer, entry.name, length);
}

/* "." and ".." come first. A descriptor has no way to its parent, so ".." is the directory
   itself, as in a root directory. */
static struct wasi_dirent entry_at(const struct wasi_fd *directory, uint64_t index, uint64_t self, bool deterministic) {
  if (index < 2) return (struct wasi_dirent){.inode = self, .type = WASI_FILETYPE_DIRECTORY, .name = index ? ".." : "."};
  struct wasi_dirent entry = wasi_listing_entry(directory->listing, (uint32_t)(index - 2));
  if (deterministic) entry.inode = wasi_identity_extend(self, entry.name);
  return entry;
}

static long refresh(struct wasi_fd *directory) {
  struct wasi_listing *listing;
  long result = wasi_listing_read(directory->host, &listing);
  if (result < 0) return result;
  wasi_listing_free(directory->listing);
  directory->listing = listing;
  return 0;
}

static uint64_t inode_of(const struct wanco_wasi *wasi, const struct wasi_fd *entry) {
  struct stat stat;
  if (wasi->deterministic) return wasi_identity(wasi, entry->preopen, entry->host);
  return sys(fstat, entry->host, &stat) == 0 ? stat.st_ino : 0;
}

int32_t wanco_wasi_fd_readdir(struct wanco_instance *instance, uint32_t fd, uint32_t buffer, uint32_t size, uint64_t cookie,
                              uint32_t used) {
  int32_t error;
  struct wasi_fd *entry = wasi_fd_get(instance, fd, WASI_RIGHT(WASI_BIT_FD_READDIR), &error);
  if (!entry) return error;
  struct buffer out = {.bytes = wasi_guest_out(instance, buffer, size), .size = size};
  void *used_out = wasi_guest_out(instance, used, 4);
  if (!out.bytes || !used_out) return WASI_EFAULT;
  if (cookie == 0 || !entry->listing) {
    long result = refresh(entry);
    if (result < 0) return wasi_error(result);
  }
  uint64_t self = inode_of(instance->wasi, entry);
  uint64_t count = 2 + (uint64_t)wasi_listing_count(entry->listing);
  for (uint64_t i = cookie; i < count && out.used < out.size; i++)
    if (!put_entry(&out, i + 1, entry_at(entry, i, self, instance->wasi->deterministic))) break;
  wanco_store_u32(used_out, out.used);
  return WASI_ESUCCESS;
}
