/* The state of the system interface: how a program starts with it, how it goes into a
   snapshot and comes back.

   Section WASI (all numbers little-endian, strings u32 length and bytes):

     section  = u32 flags (1: deterministic, 2: a poll_oneoff was waiting), u32 0,
                u64 virtual time, u64 random state,
                u64 last reading of the monotonic clock, u64 of the CPU clock,
                u64 when the waiting poll_oneoff began, or 0
                strings (arguments), strings (environment)
                u32 count, count x preopen
                u32 count, count x descriptor, ascending
     strings  = u32 count, u32 size, size bytes: NUL-terminated
     preopen  = string guest name, string host path as the user wrote it
     descriptor = u32 number, u8 kind, u8 type, u16 flags, u32 preopen (of a stream: 0, 1, 2),
                u32 mode (1: reads, 2: writes, 4: a directory's contents follow),
                u64 rights given up, u64 inheriting rights, u64 offset, u64 size,
                string path relative to the preopen, [contents: listing.c]

   A file is named by the path that it has when the checkpoint is taken, so files renamed
   meanwhile are found again. */
#include "wasi/wasi.h"

#include <linux/fs.h>

enum { FLAG_DETERMINISTIC = 1, FLAG_POLL_PENDING = 2 };
enum { MODE_READS = 1, MODE_WRITES = 2, MODE_LISTING = 4, MODE_ALL = 7 };

#define SEED UINT64_C(0x57414e434f) /* any number will do */

static struct wanco_wasi state;

/* ---- start ---- */

static struct wasi_strings pack(const char *const *texts, uint32_t count) {
  struct wasi_strings strings = {.count = count};
  uint64_t size = 0;
  for (uint32_t i = 0; i < count; i++) size += strlen(texts[i]) + 1;
  if (size > UINT32_MAX) wanco_fail("arguments or environment are larger than 4 GiB");
  strings.size = (uint32_t)size;
  strings.bytes = wanco_allocate(size + 1);
  char *to = strings.bytes;
  for (uint32_t i = 0; i < count; i++) {
    size_t length = strlen(texts[i]) + 1;
    memcpy(to, texts[i], length);
    to += length;
  }
  return strings;
}

static bool same_variable(const char *a, const char *b) {
  while (*a && *a == *b && *a != '=') a++, b++;
  return *a == '=' && *b == '=';
}

/* A later setting replaces an earlier one, in its place. */
static uint32_t set_variable(const char **variables, uint32_t count, const char *variable) {
  uint32_t at = 0;
  while (at < count && !same_variable(variables[at], variable)) at++;
  variables[at] = variable;
  return at == count ? count + 1 : count;
}

static struct wasi_strings make_environment(const struct wanco_options *options) {
  uint32_t inherited = 0;
  if (options->inherit_environment)
    while (options->environment[inherited]) inherited++;
  const char **variables = wanco_allocate((inherited + options->variables.count) * sizeof *variables + 1);
  uint32_t count = 0;
  for (; count < inherited; count++) variables[count] = options->environment[count];
  for (uint32_t i = 0; i < options->variables.count; i++) count = set_variable(variables, count, options->variables.items[i]);
  return pack(variables, count);
}

/* A closed standard stream would be the number of the next file that is opened. */
static void open_streams(struct wanco_wasi *wasi) {
  for (uint32_t fd = 0; fd < 3; fd++)
    if (sys(fcntl, fd, F_GETFD, 0) == -EBADF) sys(openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (uint32_t fd = 0; fd < 3; fd++) wasi_fd_fill_stream(&wasi->fds[fd], fd);
}

static const char *copy_text(const char *text, size_t size) {
  char *copy = wanco_allocate(size + 1);
  memcpy(copy, text, size);
  return copy;
}

/* HOST or HOST::GUEST. */
static struct wasi_preopen parse_directory(const char *text) {
  size_t size = 0;
  while (text[size] && !(text[size] == ':' && text[size + 1] == ':')) size++;
  const char *host = copy_text(text, size);
  return (struct wasi_preopen){.host = host, .guest = text[size] ? text + size + 2 : host, .root = -1};
}

static const struct wasi_preopen *find_preopen(const struct wanco_wasi *wasi, const char *guest) {
  for (uint32_t i = 0; i < wasi->preopen_count; i++)
    if (wanco_equal(wasi->preopens[i].guest, guest)) return &wasi->preopens[i];
  return NULL;
}

static long open_root(const char *host) {
  long fd = WASI_SYS(openat, AT_FDCWD, host, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  return fd == -EACCES ? WASI_SYS(openat, AT_FDCWD, host, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : fd;
}

static void add_preopen(struct wanco_wasi *wasi, struct wasi_preopen preopen) {
  if (wasi->preopen_count == WASI_MAX_PREOPENS) wanco_fail("more than %d directories are granted", WASI_MAX_PREOPENS);
  long fd = open_root(preopen.host);
  if (fd < 0) wanco_fail("directory %s (granted as %s): %s", preopen.host, preopen.guest, wanco_error_text(fd));
  preopen.root = (int32_t)fd;
  wasi->preopens[wasi->preopen_count++] = preopen;
}

void wanco_wasi_start(struct wanco_instance *instance) {
  const struct wanco_options *options = &instance->options;
  struct wanco_wasi *wasi = instance->wasi = &state;
  wasi->arguments = pack((const char *const *)options->argv, (uint32_t)options->argc);
  wasi->environment = make_environment(options);
  wasi->deterministic = options->deterministic;
  wasi->random_state = SEED;
  open_streams(wasi);
  for (uint32_t i = 0; i < options->directories.count; i++) {
    struct wasi_preopen preopen = parse_directory(options->directories.items[i]);
    if (find_preopen(wasi, preopen.guest)) wanco_fail("two directories are granted as %s", preopen.guest);
    add_preopen(wasi, preopen);
    wasi_fd_fill_root(wasi, &wasi->fds[3 + i], i);
  }
  wasi_clock_start(wasi);
}

/* ---- dump ---- */

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
  wanco_write_u32(writer, (wasi->deterministic ? FLAG_DETERMINISTIC : 0) | (wasi->poll_pending ? FLAG_POLL_PENDING : 0));
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
  if (result == -ENOENT) refuse(writer, fd, "has been deleted");
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

static void dump_fd(const struct wanco_wasi *wasi, uint32_t fd, struct wanco_writer *writer) {
  const struct wasi_fd *entry = &wasi->fds[fd];
  bool stream = entry->kind == WASI_STREAM;
  uint32_t preopen = entry->preopen;
  char path[WASI_PATH_MAX] = "";
  if (entry->kind == WASI_FILE && entry->type != WASI_FILETYPE_REGULAR_FILE && entry->type != WASI_FILETYPE_CHARACTER_DEVICE &&
      entry->type != WASI_FILETYPE_BLOCK_DEVICE) {
    refuse(writer, fd, "is a FIFO or socket");
    return;
  }
  if ((entry->kind == WASI_FILE || entry->kind == WASI_DIR) && !locate(wasi, writer, fd, &preopen, path)) return;
  uint32_t mode = (has_direction(entry, WASI_BIT_FD_READ) ? MODE_READS : 0) | (has_direction(entry, WASI_BIT_FD_WRITE) ? MODE_WRITES : 0);
  uint32_t head = entry->kind | (stream ? 0u : entry->type) << 8 | (uint32_t)entry->flags << 16;
  wanco_write_u32(writer, fd);
  wanco_write_u32(writer, head);
  wanco_write_u32(writer, preopen);
  wanco_write_u32(writer, mode | (entry->listing ? MODE_LISTING : 0));
  wanco_write_u64(writer, entry->dropped);
  wanco_write_u64(writer, entry->inheriting);
  wanco_write_u64(writer, offset_of(entry));
  wanco_write_u64(writer, size_of(entry));
  dump_string(path, writer);
  if (entry->listing) wasi_listing_dump(entry->listing, writer);
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
  uint32_t open = 0;
  for (uint32_t fd = 0; fd < WASI_MAX_FDS; fd++) open += wasi->fds[fd].kind != WASI_FREE;
  wanco_write_u32(writer, open);
  for (uint32_t fd = 0; fd < WASI_MAX_FDS; fd++)
    if (wasi->fds[fd].kind != WASI_FREE) dump_fd(wasi, fd, writer);
}

/* ---- undump ---- */

static const char *undump_string(struct wanco_reader *reader, uint32_t limit) {
  uint32_t size = wanco_read_u32(reader);
  if (size >= limit) wanco_read_fail(reader, "a name of %u bytes is too long", size);
  const char *bytes = wanco_read(reader, size);
  const char *text = copy_text(bytes, size);
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
  if (flags & ~(uint32_t)(FLAG_DETERMINISTIC | FLAG_POLL_PENDING) || wanco_read_u32(reader) != 0)
    wanco_read_fail(reader, "flags %x are not known", flags);
  wasi->deterministic = flags & FLAG_DETERMINISTIC;
  wasi->poll_pending = flags & FLAG_POLL_PENDING;
  wasi->virtual_time = wanco_read_u64(reader);
  wasi->random_state = wanco_read_u64(reader);
  wasi->monotonic_last = wanco_read_u64(reader);
  wasi->cpu_last = wanco_read_u64(reader);
  wasi->poll_start = wanco_read_u64(reader);
}

/* --wanco-dir says where the directories of the snapshot are now; those it does not name are
   where they were. */
static void undump_preopens(struct wanco_wasi *wasi, const struct wanco_options *options, struct wanco_reader *reader) {
  uint32_t count = wanco_read_u32(reader);
  if (count > WASI_MAX_PREOPENS) wanco_read_fail(reader, "%u directories are too many", count);
  for (uint32_t i = 0; i < count; i++) {
    struct wasi_preopen preopen = {.guest = undump_string(reader, WASI_PATH_MAX)};
    preopen.host = undump_string(reader, WASI_PATH_MAX);
    if (find_preopen(wasi, preopen.guest)) wanco_read_fail(reader, "two directories are called %s", preopen.guest);
    for (uint32_t k = 0; k < options->directories.count; k++) {
      struct wasi_preopen given = parse_directory(options->directories.items[k]);
      if (wanco_equal(given.guest, preopen.guest)) preopen.host = given.host;
    }
    add_preopen(wasi, preopen);
  }
  for (uint32_t k = 0; k < options->directories.count; k++) {
    struct wasi_preopen given = parse_directory(options->directories.items[k]);
    if (!find_preopen(wasi, given.guest)) wanco_fail("directory %s: the program in the snapshot has none called %s", given.host, given.guest);
  }
}

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
  uint32_t preopens = saved.kind == WASI_STREAM ? 3 : wasi->preopen_count;
  if (saved.number >= WASI_MAX_FDS || wasi->fds[saved.number].kind != WASI_FREE || saved.kind == WASI_FREE || saved.kind > WASI_ROOT ||
      saved.flags & ~WASI_FDFLAG_ALL || saved.mode & ~(uint32_t)MODE_ALL || saved.preopen >= preopens ||
      saved.inheriting & ~wasi_fd_inheriting(saved.kind) || saved.offset > INT64_MAX)
    wanco_read_fail(reader, "descriptor %u is not well-formed", saved.number);
  return saved;
}

static _Noreturn void changed(const struct wanco_wasi *wasi, const struct saved_fd *saved, const char *how) {
  const struct wasi_preopen *preopen = &wasi->preopens[saved->preopen];
  wanco_fail("%s/%s, open in the snapshot as descriptor %u, %s", preopen->host, saved->path, saved->number, how);
}

/* Opened as it is: nothing is created or emptied, and no link is followed at its end. */
static void reopen(const struct wanco_wasi *wasi, const struct saved_fd *saved, struct wasi_fd *entry) {
  struct stat stat;
  char how[96];
  int flags = wasi_open_flags(saved->mode & MODE_READS || saved->kind == WASI_DIR, saved->mode & MODE_WRITES, saved->flags);
  if (saved->kind == WASI_DIR) flags |= O_DIRECTORY;
  long host = wasi_open_beneath(wasi->preopens[saved->preopen].root, saved->path, flags | O_NOFOLLOW, 0);
  if (host < 0) {
    wanco_format(how, sizeof how, "cannot be opened: %s", wanco_error_text(host));
    changed(wasi, saved, how);
  }
  if (sys(fstat, host, &stat) < 0 || wasi_filetype(stat.st_mode) != saved->type) changed(wasi, saved, "is no longer of the same type");
  if (saved->type == WASI_FILETYPE_REGULAR_FILE && (uint64_t)stat.st_size != saved->size) {
    wanco_format(how, sizeof how, "has %lu bytes now, %lu then", (uint64_t)stat.st_size, saved->size);
    changed(wasi, saved, how);
  }
  if (saved->offset && sys(lseek, host, saved->offset, SEEK_SET) < 0) changed(wasi, saved, "cannot be positioned");
  *entry = (struct wasi_fd){.kind = saved->kind, .type = saved->type, .flags = saved->flags, .host = (int32_t)host, .preopen = saved->preopen};
  entry->rights = wasi_fd_rights(entry, saved->mode & MODE_READS, saved->mode & MODE_WRITES);
}

/* The new process's stream; what was read of a redirected standard input is skipped. */
static void reopen_stream(const struct saved_fd *saved, struct wasi_fd *entry) {
  wasi_fd_fill_stream(entry, saved->preopen);
  if (saved->preopen == 0 && saved->offset && entry->type == WASI_FILETYPE_REGULAR_FILE) sys(lseek, 0, saved->offset, SEEK_SET);
}

static void undump_fd(struct wanco_wasi *wasi, struct wanco_reader *reader) {
  struct saved_fd saved = undump_head(wasi, reader);
  struct wasi_fd *entry = &wasi->fds[saved.number];
  switch (saved.kind) {
    case WASI_STREAM: reopen_stream(&saved, entry); break;
    case WASI_ROOT: wasi_fd_fill_root(wasi, entry, saved.preopen); break;
    default: reopen(wasi, &saved, entry);
  }
  entry->dropped = entry->rights & saved.dropped;
  entry->rights &= ~saved.dropped;
  entry->inheriting = saved.inheriting;
  if (saved.mode & MODE_LISTING) entry->listing = wasi_listing_undump(reader);
}

void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader) {
  struct wanco_wasi *wasi = instance->wasi = &state;
  undump_clocks(wasi, reader);
  wasi->arguments = undump_strings(reader);
  wasi->environment = undump_strings(reader);
  undump_preopens(wasi, &instance->options, reader);
  open_streams(wasi);
  for (uint32_t fd = 0; fd < 3; fd++) wasi->fds[fd] = (struct wasi_fd){.kind = WASI_FREE};
  uint32_t count = wanco_read_u32(reader);
  for (uint32_t i = 0; i < count; i++) undump_fd(wasi, reader);
  if (reader->next != reader->end) wanco_read_fail(reader, "there are bytes after its end");
  wasi_clock_start(wasi);
}
