/* The state of the system interface out of a snapshot (state.h). */
#include "wasi/p1/socket.h"
#include "wasi/p1/state.h"

#include <linux/fs.h>

static const char *undump_string(struct wanco_reader *reader, uint32_t limit) {
  uint32_t size = wanco_read_u32(reader);
  if (size >= limit) wanco_read_fail(reader, "a name of %u bytes is too long", size);
  const char *bytes = wanco_read(reader, size);
  const char *text = wasi_copy_text(bytes, size);
  if (strlen(text) != size) wanco_read_fail(reader, "a name contains a NUL");
  return text;
}

static struct wasi_strings undump_strings(struct wanco_reader *reader) {
  struct wasi_strings strings = {.count = wanco_read_u32(reader)};
  strings.size = wanco_read_u32(reader);
  const void *bytes = wanco_read(reader, strings.size);
  strings.bytes = wanco_allocate((uint64_t)strings.size + 1);
  memcpy(strings.bytes, bytes, strings.size);
  uint32_t ends = 0;
  for (uint32_t i = 0; i < strings.size; i++) ends += strings.bytes[i] == 0;
  if (ends != strings.count || (strings.size && strings.bytes[strings.size - 1] != 0))
    wanco_read_fail(reader, "%u arguments or variables are promised, %u are there", strings.count, ends);
  return strings;
}

static void undump_clocks(struct wanco_wasi *wasi, struct wanco_reader *reader) {
  uint32_t flags = wanco_read_u32(reader);
  if (flags & ~(uint32_t)WASI_STATE_ALL || wanco_read_u32(reader) != 0)
    wanco_read_fail(reader, "flags %x are not known", flags);
  wasi->deterministic = flags & WASI_STATE_DETERMINISTIC;
  wasi->poll_pending = flags & WASI_STATE_POLL_PENDING;
  wasi->virtual_time = wanco_read_u64(reader);
  wasi->random_state = wanco_read_u64(reader);
  wasi->monotonic_last = wanco_read_u64(reader);
  wasi->cpu_last = wanco_read_u64(reader);
  wasi->poll_start = wanco_read_u64(reader);
}

/* ---- what the user grants ---- */

/* Where --wanco-dir says that a directory is now, NULL if it does not. */
static const char *given_directory(const struct wanco_options *options, const char *guest) {
  for (uint32_t i = options->directories.count; i-- > 0;) {
    struct wasi_preopen given = wasi_parse_directory(options->directories.items[i]);
    if (wanco_equal(given.guest, guest)) return given.host;
  }
  return NULL;
}

/* Directories that --wanco-dir does not name are where they were, if the snapshot is to be trusted. */
static void undump_preopens(struct wanco_wasi *wasi, const struct wanco_options *options, struct wanco_reader *reader) {
  uint32_t count = wanco_read_u32(reader);
  if (count > WASI_MAX_PREOPENS) wanco_read_fail(reader, "%u directories are too many", count);
  for (uint32_t i = 0; i < count; i++) {
    struct wasi_preopen preopen = {.guest = undump_string(reader, WASI_PATH_MAX)};
    preopen.host = undump_string(reader, WASI_PATH_MAX);
    if (wasi_find_preopen(wasi, preopen.guest)) wanco_read_fail(reader, "two directories are called %s", preopen.guest);
    const char *given = given_directory(options, preopen.guest);
    if (!given && options->untrusted)
      wanco_fail("directory %s (%s at the checkpoint) is not given: --wanco-untrusted needs --wanco-dir HOST::%s", preopen.guest, preopen.host,
                 preopen.guest);
    if (given) preopen.host = given;
    wasi_add_preopen(wasi, preopen);
  }
  for (uint32_t i = 0; i < options->directories.count; i++) {
    struct wasi_preopen given = wasi_parse_directory(options->directories.items[i]);
    if (!wasi_find_preopen(wasi, given.guest))
      wanco_fail("directory %s: the program in the snapshot has none called %s", given.host, given.guest);
  }
}

/* Listeners are always the user's: as many as there were, in the same order. */
static void undump_listeners(struct wanco_wasi *wasi, const struct wanco_options *options, struct wanco_reader *reader) {
  wasi->listener_count = wanco_read_u32(reader);
  if (wasi->listener_count > WASI_MAX_LISTENERS) wanco_read_fail(reader, "%u listeners are too many", wasi->listener_count);
  for (uint32_t i = 0; i < wasi->listener_count; i++) wasi->listeners[i] = undump_string(reader, WASI_PATH_MAX);
  uint32_t given = options->listeners.count;
  if (given < wasi->listener_count)
    wanco_fail("the program in the snapshot has %u listeners, %u are given: missing --wanco-listen for the one that was %s",
               wasi->listener_count, given, wasi->listeners[given]);
  if (given > wasi->listener_count)
    wanco_fail("listener %s: the program in the snapshot has only %u", options->listeners.items[wasi->listener_count], wasi->listener_count);
  for (uint32_t i = 0; i < given; i++) wasi->listeners[i] = options->listeners.items[i];
}

/* ---- descriptors ---- */

struct loading {
  struct wanco_wasi *wasi;
  const struct wanco_options *options;
  struct wanco_reader *reader;
};

struct saved_fd {
  uint32_t number;
  uint8_t kind;
  uint8_t type;
  uint16_t flags;
  uint32_t preopen;
  uint32_t mode;
  uint64_t dropped;
  uint64_t inheriting;
  uint64_t offset;
  uint64_t size;
  const char *path;
};

/* How many things of a kind there are for `preopen` to choose from. */
static uint32_t choices(const struct wanco_wasi *wasi, uint8_t kind) {
  switch (kind) {
    case WASI_STREAM: return 3;
    case WASI_LISTENER: return wasi->listener_count;
    case WASI_SOCKET: return 1;
    case WASI_LOST: return UINT32_MAX;
    default: return wasi->preopen_count;
  }
}

static struct saved_fd undump_head(const struct wanco_wasi *wasi, struct wanco_reader *reader) {
  struct saved_fd saved = {.number = wanco_read_u32(reader)};
  uint32_t head = wanco_read_u32(reader);
  saved.kind = (uint8_t)head;
  saved.type = (uint8_t)(head >> 8);
  saved.flags = (uint16_t)(head >> 16);
  saved.preopen = wanco_read_u32(reader);
  saved.mode = wanco_read_u32(reader);
  saved.dropped = wanco_read_u64(reader);
  saved.inheriting = wanco_read_u64(reader);
  saved.offset = wanco_read_u64(reader);
  saved.size = wanco_read_u64(reader);
  saved.path = undump_string(reader, WASI_PATH_MAX);
  bool nameless = saved.mode & (WASI_MODE_CARRIED | WASI_MODE_SHARED);
  if (saved.number >= WASI_MAX_FDS || wasi->fds[saved.number].kind != WASI_FREE || saved.kind == WASI_FREE || saved.kind > WASI_LOST ||
      saved.flags & ~WASI_FDFLAG_ALL || saved.mode & ~(uint32_t)WASI_MODE_ALL || saved.preopen >= choices(wasi, saved.kind) ||
      saved.inheriting & ~wasi_fd_inheriting(saved.kind) || saved.offset > INT64_MAX || (nameless && saved.kind != WASI_FILE))
    wanco_read_fail(reader, "descriptor %u is not well-formed", saved.number);
  return saved;
}

/* Says that a file is not what it was, and ends the process unless that is allowed. */
static void changed(const struct loading *loading, const struct saved_fd *saved, const char *how) {
  const struct wasi_preopen *preopen = &loading->wasi->preopens[saved->preopen];
  size_t length = strlen(preopen->guest);
  const char *slash = length && preopen->guest[length - 1] == '/' ? "" : "/";
  bool allowed = loading->options->allow_changed_files;
  void (*say)(const char *, ...) = allowed ? wanco_message : wanco_fail;
  say("%s%s%s%s, open as descriptor %u (on the host %s/%s), %s%s", allowed ? "warning: " : "", preopen->guest, slash, saved->path,
      saved->number, preopen->host, saved->path, how, allowed ? "" : "; see --wanco-allow-changed-files");
}

/* The number stays taken; nothing can be done with it but to close it. */
static void lose(const struct saved_fd *saved, struct wasi_fd *entry) {
  *entry = (struct wasi_fd){.kind = WASI_LOST, .type = saved->type, .flags = saved->flags, .host = -1, .preopen = saved->preopen};
}

static long open_named(const struct loading *loading, const struct saved_fd *saved, int flags) {
  char how[96];
  struct stat stat;
  /* Opened as it is: nothing is created or emptied, and no link is followed at its end. */
  long host = wasi_open_beneath(loading->wasi->preopens[saved->preopen].root, saved->path, flags | O_NOFOLLOW, 0);
  if (host < 0) {
    wanco_format(how, sizeof how, "had %lu bytes and cannot be opened now: %s", saved->size, wanco_error_text(host));
    changed(loading, saved, how);
    return host;
  }
  if (sys(fstat, host, &stat) < 0 || wasi_filetype(stat.st_mode) != saved->type) {
    changed(loading, saved, "is no longer of the same type");
    sys(close, host);
    return -ENOENT;
  }
  if (saved->type == WASI_FILETYPE_REGULAR_FILE && (uint64_t)stat.st_size != saved->size) {
    wanco_format(how, sizeof how, "has %lu bytes now, %lu then", (uint64_t)stat.st_size, saved->size);
    changed(loading, saved, how);
  }
  return host;
}

/* A file that was deleted before the checkpoint. */
static long open_nameless(const struct loading *loading, const struct saved_fd *saved, int flags) {
  struct wanco_reader *reader = loading->reader;
  long host;
  if (saved->mode & WASI_MODE_SHARED) {
    uint32_t first = wanco_read_u32(reader);
    if (first >= saved->number || !wasi_is_nameless(&loading->wasi->fds[first]))
      wanco_read_fail(reader, "descriptor %u shares no file with descriptor %u", saved->number, first);
    host = wasi_open_again(loading->wasi->fds[first].host, flags);
  } else {
    host = wasi_carry_load(loading->wasi->preopens[saved->preopen].root, wanco_read(reader, saved->size), saved->size, flags);
  }
  if (host < 0) wanco_fail("the deleted file that descriptor %u has open cannot be made again: %s", saved->number, wanco_error_text(host));
  return host;
}

static void reopen(const struct loading *loading, const struct saved_fd *saved, struct wasi_fd *entry) {
  int flags = wasi_open_flags(saved->mode & WASI_MODE_READS || saved->kind == WASI_DIR, saved->mode & WASI_MODE_WRITES, saved->flags);
  if (saved->kind == WASI_DIR) flags |= O_DIRECTORY;
  bool nameless = saved->mode & (WASI_MODE_CARRIED | WASI_MODE_SHARED);
  long host = nameless ? open_nameless(loading, saved, flags) : open_named(loading, saved, flags);
  if (host < 0) {
    lose(saved, entry);
    return;
  }
  if (saved->offset && sys(lseek, host, saved->offset, SEEK_SET) < 0) changed(loading, saved, "cannot be positioned");
  *entry = (struct wasi_fd){.kind = saved->kind, .type = saved->type, .flags = saved->flags, .host = (int32_t)host, .preopen = saved->preopen};
  entry->rights = wasi_fd_rights(entry, saved->mode & WASI_MODE_READS, saved->mode & WASI_MODE_WRITES);
}

/* The new process's stream; what was read of a redirected standard input is skipped. */
static void reopen_stream(const struct saved_fd *saved, struct wasi_fd *entry) {
  wasi_fd_fill_stream(entry, saved->preopen);
  if (saved->preopen == 0 && saved->offset && entry->type == WASI_FILETYPE_REGULAR_FILE) sys(lseek, 0, saved->offset, SEEK_SET);
}

static void set_nonblocking(const struct saved_fd *saved, struct wasi_fd *entry) {
  entry->flags = saved->flags & WASI_FDFLAG_NONBLOCK;
  sys(fcntl, entry->host, F_SETFL, entry->flags ? O_NONBLOCK : 0);
}

static void reopen_listener(const struct loading *loading, const struct saved_fd *saved, struct wasi_fd *entry) {
  for (uint32_t fd = 0; fd < saved->number; fd++)
    if (loading->wasi->fds[fd].kind == WASI_LISTENER && loading->wasi->fds[fd].preopen == saved->preopen)
      wanco_read_fail(loading->reader, "two descriptors have listener %u", saved->preopen);
  wasi_fd_fill_listener(entry, saved->preopen, wasi_listen(loading->wasi->listeners[saved->preopen]));
  set_nonblocking(saved, entry);
}

/* The peer is gone: a connection whose other end is closed says so in each call. */
static void reopen_socket(const struct saved_fd *saved, struct wasi_fd *entry) {
  int32_t ends[2];
  long result = sys(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  if (result < 0) wanco_fail("descriptor %u, a connection: %s", saved->number, wanco_error_text(result));
  sys(close, ends[1]);
  wasi_fd_fill_socket(entry, ends[0], 0);
  set_nonblocking(saved, entry);
}

static void undump_fd(const struct loading *loading) {
  struct wanco_wasi *wasi = loading->wasi;
  struct saved_fd saved = undump_head(wasi, loading->reader);
  struct wasi_fd *entry = &wasi->fds[saved.number];
  struct wasi_listing *listing = saved.mode & WASI_MODE_LISTING ? wasi_listing_undump(loading->reader) : NULL;
  switch (saved.kind) {
    case WASI_STREAM: reopen_stream(&saved, entry); break;
    case WASI_ROOT: wasi_fd_fill_root(wasi, entry, saved.preopen); break;
    case WASI_LISTENER: reopen_listener(loading, &saved, entry); break;
    case WASI_SOCKET: reopen_socket(&saved, entry); break;
    case WASI_LOST: lose(&saved, entry); break;
    default: reopen(loading, &saved, entry);
  }
  entry->dropped = entry->rights & saved.dropped;
  entry->rights &= ~saved.dropped;
  entry->inheriting = saved.inheriting;
  entry->listing = listing;
}

void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader) {
  struct wanco_wasi *wasi = instance->wasi = &wasi_state;
  struct loading loading = {wasi, &instance->options, reader};
  undump_clocks(wasi, reader);
  wasi->arguments = undump_strings(reader);
  wasi->environment = undump_strings(reader);
  undump_preopens(wasi, loading.options, reader);
  undump_listeners(wasi, loading.options, reader);
  wasi_open_streams(wasi);
  for (uint32_t fd = 0; fd < 3; fd++) wasi->fds[fd] = (struct wasi_fd){.kind = WASI_FREE};
  uint32_t count = wanco_read_u32(reader);
  for (uint32_t i = 0; i < count; i++) undump_fd(&loading);
  if (reader->next != reader->end) wanco_read_fail(reader, "there are bytes after its end");
  wasi_clock_start(wasi);
}
