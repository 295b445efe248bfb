/* The state of the system interface into a snapshot (state.h). */
#include "wasi/p1/state.h"

#include <linux/fs.h>

static void dump_string(const char *text, struct wanco_writer *writer) {
  uint32_t size = (uint32_t)strlen(text);
  wanco_write_u32(writer, size);
  wanco_write(writer, text, size);
}

static void dump_strings(const struct wasi_strings *strings, struct wanco_writer *writer) {
  wanco_write_u32(writer, strings->count);
  wanco_write_u32(writer, strings->size);
  wanco_write(writer, strings->bytes, strings->size);
}

static void dump_clocks(const struct wanco_wasi *wasi, struct wanco_writer *writer) {
  wanco_write_u32(writer, (wasi->deterministic ? WASI_STATE_DETERMINISTIC : 0) | (wasi->poll_pending ? WASI_STATE_POLL_PENDING : 0));
  wanco_write_u32(writer, 0);
  wanco_write_u64(writer, wasi->virtual_time);
  wanco_write_u64(writer, wasi->random_state);
  wanco_write_u64(writer, wasi->monotonic_last);
  wanco_write_u64(writer, wasi->cpu_last);
  wanco_write_u64(writer, wasi->poll_pending ? wasi->poll_start : 0);
}

/* The text is read after the return, by the writer's owner. */
static void refuse(struct wanco_writer *writer, uint32_t fd, const char *why) {
  static char text[128];
  wanco_format(text, sizeof text, "the file that descriptor %u has open %s", fd, why);
  wanco_write_fail(writer, text);
}

/* Path and preopen of an open file as of now. It may have been moved from one granted
   directory into another. */
static bool locate(const struct wanco_wasi *wasi, struct wanco_writer *writer, uint32_t fd, uint32_t *preopen,
                   char path[WASI_PATH_MAX]) {
  const struct wasi_fd *entry = &wasi->fds[fd];
  *preopen = entry->preopen;
  long result = wasi_path_of(wasi->preopens[entry->preopen].root, entry->host, path);
  for (uint32_t i = 0; result == -EXDEV && i < wasi->preopen_count; i++) {
    *preopen = i;
    result = wasi_path_of(wasi->preopens[i].root, entry->host, path);
  }
  bool directory = entry->kind == WASI_DIR;
  if (result == -ENOENT && directory) refuse(writer, fd, "is a directory that has been deleted");
  else if (result == -ENOENT) refuse(writer, fd, "has been deleted, and lives on under another name (a hard link)");
  else if (result == -EXDEV) refuse(writer, fd, "has been moved out of the granted directories");
  else if (result < 0) refuse(writer, fd, "has a path that cannot be found (is /proc mounted?)");
  return result >= 0;
}

/* A terminal or pipe has no offset; that of a redirected standard input is kept, since a
   restored program must not read what it has read. Output goes on where the new one is. */
static uint64_t offset_of(const struct wasi_fd *entry) {
  bool seeks = entry->type == WASI_FILETYPE_REGULAR_FILE || entry->type == WASI_FILETYPE_BLOCK_DEVICE;
  if (!seeks || (entry->kind == WASI_STREAM && entry->preopen != 0)) return 0;
  long offset = sys(lseek, entry->host, 0, SEEK_CUR);
  return offset > 0 ? (uint64_t)offset : 0;
}

static uint64_t size_of(const struct wasi_fd *entry) {
  struct stat stat;
  bool sized = entry->kind == WASI_FILE && entry->type == WASI_FILETYPE_REGULAR_FILE;
  return sized && sys(fstat, entry->host, &stat) == 0 ? (uint64_t)stat.st_size : 0;
}

static bool has_direction(const struct wasi_fd *entry, uint32_t bit) {
  return ((entry->rights | entry->dropped) & WASI_RIGHT(bit)) != 0;
}

/* True: the descriptor can be saved as it is. */
static bool can_be_saved(const struct wasi_fd *entry, uint32_t fd, struct wanco_writer *writer) {
  bool saved = entry->kind != WASI_FILE || entry->type == WASI_FILETYPE_REGULAR_FILE ||
               entry->type == WASI_FILETYPE_CHARACTER_DEVICE || entry->type == WASI_FILETYPE_BLOCK_DEVICE;
  if (!saved) refuse(writer, fd, "is a FIFO or socket");
  return saved;
}

struct saving {
  const struct wanco_wasi *wasi;
  struct wanco_writer *writer;
  uint64_t carried; /* bytes of deleted files so far */
};

/* The mode of a file without a name; 0: it cannot be taken along. */
static uint32_t carried_mode(struct saving *saving, uint32_t fd, uint64_t size) {
  if (wasi_first_of_file(saving->wasi, fd) != fd) return WASI_MODE_SHARED;
  if (size > WASI_MAX_CARRIED - saving->carried) {
    refuse(saving->writer, fd, "has been deleted, and is too large to be taken along (64 MiB in all)");
    return 0;
  }
  saving->carried += size;
  return WASI_MODE_CARRIED;
}

static uint32_t mode_of(const struct wasi_fd *entry) {
  return (has_direction(entry, WASI_BIT_FD_READ) ? WASI_MODE_READS : 0) |
         (has_direction(entry, WASI_BIT_FD_WRITE) ? WASI_MODE_WRITES : 0) | (entry->listing ? WASI_MODE_LISTING : 0);
}

static void dump_fd(struct saving *saving, uint32_t fd) {
  struct wanco_writer *writer = saving->writer;
  const struct wasi_fd *entry = &saving->wasi->fds[fd];
  uint32_t preopen = entry->preopen, mode = mode_of(entry);
  uint64_t size = size_of(entry);
  char path[WASI_PATH_MAX] = "";
  if (!can_be_saved(entry, fd, writer)) return;
  if (wasi_is_nameless(entry)) {
    uint32_t carried = carried_mode(saving, fd, size);
    if (!carried) return;
    mode |= carried;
  } else if ((entry->kind == WASI_FILE || entry->kind == WASI_DIR) && !locate(saving->wasi, writer, fd, &preopen, path)) {
    return;
  }
  uint32_t type = entry->kind == WASI_STREAM ? 0 : entry->type;
  wanco_write_u32(writer, fd);
  wanco_write_u32(writer, entry->kind | type << 8 | (uint32_t)entry->flags << 16);
  wanco_write_u32(writer, preopen);
  wanco_write_u32(writer, mode);
  wanco_write_u64(writer, entry->dropped);
  wanco_write_u64(writer, entry->inheriting);
  wanco_write_u64(writer, offset_of(entry));
  wanco_write_u64(writer, size);
  dump_string(path, writer);
  if (entry->listing) wasi_listing_dump(entry->listing, writer);
  if (mode & WASI_MODE_CARRIED) wasi_carry_save(entry, size, writer);
  if (mode & WASI_MODE_SHARED) wanco_write_u32(writer, wasi_first_of_file(saving->wasi, fd));
}

void wanco_wasi_dump(struct wanco_instance *instance, struct wanco_writer *writer) {
  const struct wanco_wasi *wasi = instance->wasi;
  dump_clocks(wasi, writer);
  dump_strings(&wasi->arguments, writer);
  dump_strings(&wasi->environment, writer);
  wanco_write_u32(writer, wasi->preopen_count);
  for (uint32_t i = 0; i < wasi->preopen_count; i++) {
    dump_string(wasi->preopens[i].guest, writer);
    dump_string(wasi->preopens[i].host, writer);
  }
  wanco_write_u32(writer, wasi->listener_count);
  for (uint32_t i = 0; i < wasi->listener_count; i++) dump_string(wasi->listeners[i], writer);
  struct saving saving = {.wasi = wasi, .writer = writer};
  uint32_t open = 0;
  for (uint32_t fd = 0; fd < WASI_MAX_FDS; fd++) open += wasi->fds[fd].kind != WASI_FREE;
  wanco_write_u32(writer, open);
  for (uint32_t fd = 0; fd < WASI_MAX_FDS; fd++)
    if (wasi->fds[fd].kind != WASI_FREE) dump_fd(&saving, fd);
}
