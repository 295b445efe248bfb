/* The WASI functions without a program: a flat memory, and commands on two pipes.

   harness COMMANDS ANSWERS [word=value ...]: descriptor numbers of the pipes, then the options
   of a start: arg=, env=, dir=, listen=, changed=1, untrusted=1, deterministic=1, walk=1 (no openat2), restore=FILE (a WASI
   section; the clocks of META in FILE.clocks if it is there). Commands, one a line, numbers decimal, bytes hexadecimal:

     call NAME ARGUMENTS...   errno
     poke ADDRESS BYTES       ok
     peek ADDRESS SIZE        BYTES
     dump                     BYTES of the WASI section, or "refused WHY"
     interrupt COUNT          the next COUNT blocking calls are interrupted: ok
     interrupt-after TIME     a signal comes after so many milliseconds: ok
     save-when-interrupted PATH   WASI section and clocks are written there when a checkpoint is offered: ok
     interruptions            how often a checkpoint was offered since the last question
*/
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "wasi/p1/p1.h"

enum { MEMORY_SIZE = 4 << 16, MAX_ARGUMENTS = 9, LINE = 1 << 20 };

extern bool wasi_openat2_missing;

struct wanco_instance wanco_instance;
uint64_t wanco_memory_bytes[WANCO_MAX_MEMORIES];
bool wanco_blocks_watched;
void wanco_blocks_lend(uint64_t address, uint64_t size) { (void)address, (void)size; }
uint8_t *wanco_memory_base[WANCO_MAX_MEMORIES];

/* What wanco_allocate() gives is never freed. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static int interrupt, interruptions;
static FILE *answers;
static char save_path[4096];

/* ---- what the runtime's core provides ---- */

bool wanco_equal(const char *a, const char *b) { return strcmp(a, b) == 0; }
bool wanco_starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }
void *wanco_allocate(size_t size) { return calloc(1, size); }
long wanco_clock_gettime(int clock, struct timespec *time) { return clock_gettime(clock, time) ? -errno : 0; }

static void save(const char *path);

void wanco_host_interrupted(struct wanco_instance *instance) {
  (void)instance;
  interruptions++;
  if (save_path[0]) save(save_path);
}

static void on_signal(int signal) { (void)signal; }

static void interrupt_after(int milliseconds) {
  struct sigaction action = {.sa_handler = on_signal};
  struct itimerval timer = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
}

long wanco_blocking_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (interrupt > 0) {
    interrupt--;
    return -EINTR;
  }
  return wanco_syscall(number, a, b, c, d, e, f);
}

_Noreturn void wanco_exit(int status) {
  fprintf(answers, "exit %d\n", status);
  exit(0);
}

struct wanco_writer {
  uint8_t *bytes;
  size_t size, capacity;
  const char *why;
};

void wanco_write(struct wanco_writer *writer, const void *bytes, size_t size) {
  if (writer->capacity < writer->size + size + 1) {
    writer->capacity = 2 * (writer->size + size + 1);
    writer->bytes = realloc(writer->bytes, writer->capacity);
  }
  memcpy(writer->bytes + writer->size, bytes, size);
  writer->size += size;
}
void wanco_write_u32(struct wanco_writer *writer, uint32_t value) { wanco_write(writer, &value, sizeof value); }
void wanco_write_u64(struct wanco_writer *writer, uint64_t value) { wanco_write(writer, &value, sizeof value); }
void wanco_write_fail(struct wanco_writer *writer, const char *why) {
  if (!writer->why) writer->why = why;
}

void wanco_read_fail(const struct wanco_reader *reader, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "wanco: %s: ", reader->section);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(WANCO_EXIT_ERROR);
}
const void *wanco_read(struct wanco_reader *reader, size_t size) {
  if (size > (size_t)(reader->end - reader->next)) wanco_read_fail(reader, "too short");
  const void *bytes = reader->next;
  reader->next += size;
  return bytes;
}
uint32_t wanco_read_u32(struct wanco_reader *reader) { return wanco_load_u32(wanco_read(reader, 4)); }
uint64_t wanco_read_u64(struct wanco_reader *reader) { return wanco_load_u64(wanco_read(reader, 8)); }

/* ---- commands ---- */

/* struct call {name, trampoline} calls[], made from wanco/abi/wasi.py. */
#include "calls.inc"

static void call(char *text) {
  uint64_t arguments[MAX_ARGUMENTS] = {0};
  const char *name = strtok(text, " ");
  char *word;
  for (int i = 0; (word = strtok(NULL, " ")) != NULL; i++) arguments[i] = strtoull(word, NULL, 10);
  for (const struct call *c = calls; c->name; c++)
    if (strcmp(c->name, name) == 0) {
      fprintf(answers, "%d\n", c->function(&wanco_instance, arguments));
      return;
    }
  abort();
}

static void print_bytes(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) fprintf(answers, "%02x", bytes[i]);
  fprintf(answers, "\n");
}

static void poke(char *text) {
  uint8_t *to = wanco_memory_base[0] + strtoul(text, &text, 10);
  unsigned byte;
  for (text++; sscanf(text, "%2x", &byte) == 1; text += 2) *to++ = (uint8_t)byte;
  fprintf(answers, "ok\n");
}

static void peek(char *text) {
  unsigned long address = strtoul(text, &text, 10);
  print_bytes(wanco_memory_base[0] + address, strtoul(text, NULL, 10));
}

static void write_file(const char *path, void (*dump_part)(struct wanco_instance *, struct wanco_writer *)) {
  struct wanco_writer writer = {0};
  dump_part(&wanco_instance, &writer);
  FILE *file = fopen(path, "wb");
  fwrite(writer.bytes, 1, writer.size, file);
  fclose(file);
  free(writer.bytes);
}

static void save(const char *path) {
  char clocks[sizeof save_path + 8];
  snprintf(clocks, sizeof clocks, "%s.clocks", path);
  write_file(path, wanco_wasi_dump);
  write_file(clocks, wanco_wasi_dump_clocks);
}

static void dump(void) {
  struct wanco_writer writer = {0};
  wanco_wasi_dump(&wanco_instance, &writer);
  if (writer.why)
    fprintf(answers, "refused %s\n", writer.why);
  else
    print_bytes(writer.bytes, writer.size);
  free(writer.bytes);
}

static void serve(FILE *commands) {
  static char line[LINE];
  while (fgets(line, sizeof line, commands)) {
    line[strcspn(line, "\n")] = 0;
    if (wanco_starts_with(line, "call ")) call(line + 5);
    else if (wanco_starts_with(line, "poke ")) poke(line + 5);
    else if (wanco_starts_with(line, "peek ")) peek(line + 5);
    else if (wanco_equal(line, "dump")) dump();
    else if (wanco_starts_with(line, "interrupt ")) fprintf(answers, "ok\n"), interrupt = atoi(line + 10);
    else if (wanco_starts_with(line, "interrupt-after ")) fprintf(answers, "ok\n"), interrupt_after(atoi(line + 16));
    else if (wanco_starts_with(line, "save-when-interrupted ")) fprintf(answers, "ok\n"), strcpy(save_path, line + 22);
    else if (wanco_equal(line, "interruptions")) fprintf(answers, "%d\n", interruptions), interruptions = 0;
    else abort();
    fflush(answers);
  }
}

static void read_file(const char *path, void (*undump_part)(struct wanco_instance *, struct wanco_reader *)) {
  static uint8_t bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) return;
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  /* An allocation of its own, so that the sanitizer sees reads beyond the end. */
  uint8_t *section = malloc(size ? size : 1);
  memcpy(section, bytes, size);
  struct wanco_reader reader = {section, section + size, "WASI", NULL};
  undump_part(&wanco_instance, &reader);
  free(section);
}

static void restore(const char *path) {
  char clocks[sizeof save_path + 8];
  snprintf(clocks, sizeof clocks, "%s.clocks", path);
  read_file(path, wanco_wasi_undump);
  read_file(clocks, wanco_wasi_undump_clocks);
}

int main(int argc, char **argv) {
  static const char *directories[128], *listeners[128], *variables[128];
  static char *arguments[128], *no_environment[] = {NULL};
  struct wanco_options *options = &wanco_instance.options;
  const char *section = NULL;
  options->argv = arguments;
  options->environment = no_environment;
  options->directories.items = directories;
  options->listeners.items = listeners;
  options->variables.items = variables;
  FILE *commands = fdopen(atoi(argv[1]), "r");
  answers = fdopen(atoi(argv[2]), "w");
  fcntl(atoi(argv[1]), F_SETFD, FD_CLOEXEC);
  for (int i = 3; i < argc; i++) {
    char *value = strchr(argv[i], '=') + 1;
    if (wanco_starts_with(argv[i], "arg=")) arguments[options->argc++] = value;
    else if (wanco_starts_with(argv[i], "env=")) variables[options->variables.count++] = value;
    else if (wanco_starts_with(argv[i], "dir=")) directories[options->directories.count++] = value;
    else if (wanco_starts_with(argv[i], "listen=")) listeners[options->listeners.count++] = value;
    else if (wanco_starts_with(argv[i], "changed=")) options->allow_changed_files = true;
    else if (wanco_starts_with(argv[i], "untrusted=")) options->untrusted = true;
    else if (wanco_starts_with(argv[i], "deterministic=")) options->deterministic = true;
    else if (wanco_starts_with(argv[i], "walk=")) wasi_openat2_missing = true;
    else if (wanco_starts_with(argv[i], "restore=")) section = value;
    else abort();
  }
  signal(SIGPIPE, SIG_IGN); /* as signals.c does */
  wanco_memory_base[0] = calloc(1, MEMORY_SIZE);
  wanco_memory_bytes[0] = MEMORY_SIZE;
  if (section) restore(section);
  else wanco_wasi_start(&wanco_instance);
  fprintf(answers, "ready\n");
  fflush(answers);
  serve(commands);
  return 0;
}
