/* What a program starts with: arguments, environment, streams, directories, listeners. */
#include "wasi/p1/state.h"

#define SEED UINT64_C(0x57414e434f) /* any number will do */

struct wanco_wasi wasi_state;

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
void wasi_open_streams(struct wanco_wasi *wasi) {
  for (uint32_t fd = 0; fd < 3; fd++)
    if (sys(fcntl, fd, F_GETFD, 0) == -EBADF) sys(openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (uint32_t fd = 0; fd < 3; fd++) wasi_fd_fill_stream(&wasi->fds[fd], fd);
}

const char *wasi_copy_text(const char *text, size_t size) {
  char *copy = wanco_allocate(size + 1);
  memcpy(copy, text, size);
  return copy;
}

/* HOST or HOST::GUEST. */
struct wasi_preopen wasi_parse_directory(const char *text) {
  size_t size = 0;
  while (text[size] && !(text[size] == ':' && text[size + 1] == ':')) size++;
  const char *host = wasi_copy_text(text, size);
  return (struct wasi_preopen){.host = host, .guest = text[size] ? text + size + 2 : host, .root = -1};
}

const struct wasi_preopen *wasi_find_preopen(const struct wanco_wasi *wasi, const char *guest) {
  for (uint32_t i = 0; i < wasi->preopen_count; i++)
    if (wanco_equal(wasi->preopens[i].guest, guest)) return &wasi->preopens[i];
  return NULL;
}

static long open_root(const char *host) {
  long fd = WASI_SYS(openat, AT_FDCWD, host, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  return fd == -EACCES ? WASI_SYS(openat, AT_FDCWD, host, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : fd;
}

void wasi_add_preopen(struct wanco_wasi *wasi, struct wasi_preopen preopen) {
  if (wasi->preopen_count == WASI_MAX_PREOPENS) wanco_fail("more than %d directories are granted", WASI_MAX_PREOPENS);
  long fd = open_root(preopen.host);
  if (fd < 0) wanco_fail("directory %s (granted as %s): %s", preopen.host, preopen.guest, wanco_error_text(fd));
  preopen.root = (int32_t)fd;
  wasi->preopens[wasi->preopen_count++] = preopen;
}

static void add_listeners(struct wanco_wasi *wasi, const struct wanco_list *given) {
  if (given->count > WASI_MAX_LISTENERS) wanco_fail("more than %d listeners are granted", WASI_MAX_LISTENERS);
  for (uint32_t i = 0; i < given->count; i++) {
    wasi->listeners[i] = given->items[i];
    wasi_fd_fill_listener(&wasi->fds[3 + wasi->preopen_count + i], i, wasi_listen(given->items[i]));
  }
  wasi->listener_count = given->count;
}

void wanco_wasi_start(struct wanco_instance *instance) {
  const struct wanco_options *options = &instance->options;
  struct wanco_wasi *wasi = instance->wasi = &wasi_state;
  wasi->arguments = pack((const char *const *)options->argv, (uint32_t)options->argc);
  wasi->environment = make_environment(options);
  wasi->deterministic = options->deterministic;
  wasi->random_state = SEED;
  wasi_open_streams(wasi);
  for (uint32_t i = 0; i < options->directories.count; i++) {
    struct wasi_preopen preopen = wasi_parse_directory(options->directories.items[i]);
    if (wasi_find_preopen(wasi, preopen.guest)) wanco_fail("two directories are granted as %s", preopen.guest);
    wasi_add_preopen(wasi, preopen);
    wasi_fd_fill_root(wasi, &wasi->fds[3 + i], i);
  }
  add_listeners(wasi, &options->listeners);
  wasi_clock_start(wasi);
}
