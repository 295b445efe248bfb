/* The parts of the runtime that know no machine, compiled for the host with sanitizers.

     harness memory            the memory functions against byte-by-byte loops
     harness text              formats
     harness sums              checksums, whole and in parts, against a bit-by-bit loop
     harness blocks            blocks of memory that are closed, and opened by faults
     harness hashes            hashes of pages against the formula
     harness sinks             snapshots in memory against files, and what is restored from them
     harness undump FILE...    restores each snapshot in a process of its own and prints its
                               exit status, one a line
     harness undump-memory FILE...   the same from a copy in memory

   The module that the snapshots are of is written down here: it has a memory of 1 to 4 pages,
   a table of 2 to 10 functions, mutable globals of all types, and three functions: 0 with a
   loop (site 0), 1 that calls it (site 1), 2 that calls through the table (site 2). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint/checkpoint.h"

/* ---- the module ---- */

static uint8_t values[7][16];
static struct wanco_funcref table_entries[10];
static struct wanco_table table = {table_entries, 2, 10};

static const struct wanco_function FUNCTIONS[] = {
    {"loop", values, 0, 0, 135, 137, 0, 0}, {"direct", values, 1, 0, 4, 4, 0, 0}, {"indirect", values, 1, 0, 0, 1, 0, 0},
};
static const struct wanco_global GLOBALS[] = {
    {values[0], 0, 1, 0, 0}, {values[1], 1, 1, 0, 0}, {values[2], 2, 1, 0, 0}, {values[3], 3, 1, 0, 0},
    {values[4], 4, 1, 0, 0}, {values[5], 5, 1, 0, 0}, {values[6], 6, 1, 0, 0},
};
static const struct wanco_memory_type MEMORIES[] = {{1, 4}};
static const struct wanco_table_type TABLES[] = {{&table, 2, 10, WANCO_VALUE_CODE_FUNCREF, 0}};
static const struct wanco_data DATA[] = {{(const uint8_t *)"abc", 3, 0, 0, WANCO_SEGMENT_MODE_PASSIVE}};
static const struct wanco_element ELEMENTS[] = {{(const uint32_t[]){0}, 1, 0, 0, WANCO_SEGMENT_MODE_PASSIVE}};
static void no_invoke(void *memory, void *slots) { (void)memory, (void)slots; }
static void no_resume(void *memory, void *frame, void *slots) { (void)memory, (void)frame, (void)slots; }
static const struct wanco_export EXPORTS[] = {
    {"direct", ">", no_invoke, no_resume, WANCO_EXTERN_KIND_FUNCTION, 1},
    {"indirect", ">", no_invoke, no_resume, WANCO_EXTERN_KIND_FUNCTION, 2},
    {"memory", "", NULL, NULL, WANCO_EXTERN_KIND_MEMORY, 0},
};
static const struct wanco_funcref FUNCREFS[] = {{values, 1, 0}, {NULL, 2, 1}, {values, 2, 2}};
static const uint8_t SITES[] = {
    /* function, offset, kind, callee, locals {index, type}, stack {type} */
    0, 5, WANCO_SITE_KIND_LOOP, 0, 7, 0, 0, 1, 1, 2, 2 | WANCO_RAW_NAN, 3, 3, 4, 4, 5, 5, 0x86, 1, 6, 2, 0, 4,
    1, 9, WANCO_SITE_KIND_CALL, 0, 1, 3, 1, 0,
    2, 7, WANCO_SITE_KIND_CALL_INDIRECT, 0, 0, 1, 3,
};
static const uint32_t SITE_INDEX[] = {0, 23, 31};

const struct wanco_module wanco_module = {
    .layout_version = WANCO_LAYOUT_VERSION, .checkpointable = 1, .module_hash = "module", .site_table_hash = "sites", .name = "units",
    .functions = FUNCTIONS, .globals = GLOBALS, .memories = MEMORIES, .tables = TABLES, .data = DATA, .elements = ELEMENTS,
    .exports = EXPORTS, .funcrefs = FUNCREFS, .sites = SITES, .site_index = SITE_INDEX, .function_count = 3, .global_count = 7,
    .memory_count = 1, .table_count = 1, .data_count = 1, .element_count = 1, .export_count = 3, .site_count = 3,
    .start_export = WANCO_NO_EXPORT, .command_export = 0, .poll_interval = 1024,
};

/* ---- what the rest of the runtime would be ---- */

void wanco_resume_innermost(void *memory, struct wanco_frame *frame, void *results) { (void)memory, (void)frame, (void)results; }
void wanco_resume_context(struct wanco_registers *context) { (void)context, abort(); }
void wanco_snapshot_number(uint64_t last) { (void)last; }
static bool memory_is_shared;
static bool shares_memory(void) { return memory_is_shared; }
void wanco_wasi_dump(struct wanco_instance *instance, struct wanco_writer *writer) { (void)instance, wanco_write_u64(writer, 0); }
void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader) { (void)instance, wanco_read_u64(reader); }
void wanco_wasi_dump_clocks(struct wanco_instance *instance, struct wanco_writer *writer) {
  (void)instance;
  wanco_write_u64(writer, 0);
  wanco_write_u64(writer, 0);
}
void wanco_wasi_undump_clocks(struct wanco_instance *instance, struct wanco_reader *reader) {
  (void)instance;
  wanco_read_u64(reader);
  wanco_read_u64(reader);
}

/* State of host functions: a number, and a text whose version may be 2 or 3. */
static uint32_t counter;
static void save_counter(struct wanco_writer *writer) { wanco_write_u32(writer, counter); }
static void load_counter(struct wanco_reader *reader, uint32_t version) { (void)version, counter = wanco_read_u32(reader); }
WANCO_HOST_STATE(counter, 1, save_counter, load_counter);
static void save_names(struct wanco_writer *writer) { wanco_write_text(writer, "some name"); }
static void load_names(struct wanco_reader *reader, uint32_t version) { (void)version, wanco_read_text(reader); }
WANCO_HOST_STATE_SINCE(names, 2, 3, save_names, load_names);

static void create_instance(void) {
  wanco_instance.data_dropped = wanco_allocate(1);
  wanco_instance.elements_dropped = wanco_allocate(1);
  wanco_instance.named_functions = wanco_allocate(1);
  wanco_memories_create();
  wanco_tables_create();
  wanco_host_start();
}

/* ---- memory as a sink and a source ---- */

struct memory_sink {
  struct wanco_sink sink;
  const char *name; /* others find it by, as a source */
  size_t limit;     /* bytes that it has room for */
  size_t size;
  bool finished, abandoned;
  uint8_t bytes[1 << 20];
};

/* A part at a time, as a socket may do. */
static long memory_append(struct wanco_sink *sink, const void *bytes, size_t size) {
  struct memory_sink *memory = (struct memory_sink *)sink;
  if (size > 1000) size = 1000;
  if (memory->size + size > memory->limit) return -ENOSPC;
  memcpy(memory->bytes + memory->size, bytes, size);
  memory->size += size;
  return (long)size;
}

static long memory_replace(struct wanco_sink *sink, const void *bytes, size_t size, uint64_t offset) {
  struct memory_sink *memory = (struct memory_sink *)sink;
  if (offset + size > memory->size) return -EINVAL;
  memcpy(memory->bytes + offset, bytes, size);
  return 0;
}

static long memory_finish(struct wanco_sink *sink) {
  ((struct memory_sink *)sink)->finished = true;
  return 0;
}

static void memory_abandon(struct wanco_sink *sink) { ((struct memory_sink *)sink)->abandoned = true; }

static void memory_leave(struct wanco_sink *sink) { (void)sink; }

static void memory_sink_open(struct memory_sink *memory, const char *name, size_t limit) {
  static const struct wanco_sink OPERATIONS = {memory_append, memory_replace, memory_finish, memory_abandon, memory_leave};
  memory->sink = OPERATIONS;
  memory->name = name;
  memory->limit = limit;
  memory->size = 0;
  memory->finished = memory->abandoned = false;
}

static struct memory_sink first, second;

struct memory_source {
  struct wanco_source source;
  const uint8_t *bytes;
  uint8_t *views[100]; /* copies of their own, so that the sanitizer sees reads beyond the end */
  size_t view_count;
  bool closed;
};

static long memory_view(struct wanco_source *source, uint64_t offset, uint64_t size, const uint8_t **bytes) {
  struct memory_source *memory = (struct memory_source *)source;
  if (memory->view_count == sizeof memory->views / sizeof *memory->views || size > source->size || offset > source->size - size)
    return -EIO;
  *bytes = memory->views[memory->view_count++] = memcpy(aligned_alloc(8, (size + 8) / 8 * 8), memory->bytes + offset, size);
  return 0;
}

static void memory_release(struct wanco_source *source) {
  struct memory_source *memory = (struct memory_source *)source;
  while (memory->view_count) free(memory->views[--memory->view_count]);
}

static long memory_read_at(struct wanco_source *source, void *to, size_t size, uint64_t offset) {
  struct memory_source *memory = (struct memory_source *)source;
  if (offset >= source->size) return 0;
  if (size > source->size - offset) size = source->size - offset;
  if (size > 5000) size = 5000;
  memcpy(to, memory->bytes + offset, size);
  return (long)size;
}

static void memory_close(struct wanco_source *source) { ((struct memory_source *)source)->closed = true; }

static struct memory_source *memory_source_open(const char *name, const uint8_t *bytes, size_t size);

static const char *memory_open_base(struct wanco_source *source, const char *name, size_t length, struct wanco_source **base) {
  (void)source;
  bool known = first.name && length == strlen(first.name) && !memcmp(name, first.name, length);
  *base = &memory_source_open("base", first.bytes, known ? first.size : 0)->source;
  return known ? NULL : "there is no such snapshot";
}

static struct memory_source *memory_source_open(const char *name, const uint8_t *bytes, size_t size) {
  struct memory_source *memory = wanco_allocate(sizeof *memory);
  memory->source = (struct wanco_source){name, size, memory_view, memory_release, memory_read_at, memory_close, memory_open_base};
  memory->bytes = bytes;
  return memory;
}

/* ---- restoring ---- */

static struct wanco_source *open_copy(const char *path) {
  struct memory_sink *copy = &second;
  FILE *file = fopen(path, "rb");
  copy->size = fread(copy->bytes, 1, sizeof copy->bytes, file);
  fclose(file);
  return &memory_source_open(path, copy->bytes, copy->size)->source;
}

static struct wanco_source *open_file(const char *path) {
  const char *why;
  struct wanco_source *source = wanco_file_source_open(path, &why);
  if (why) wanco_fail("%s: %s", path, why);
  return source;
}

static int undump(struct wanco_source *source) {
  wanco_instance.options.verify = true;
  create_instance();
  wanco_undump(&wanco_instance, source);
  /* Whatever was accepted can be read. */
  uint64_t frames = 0, sum = 0;
  for (struct wanco_frame *frame = wanco_activation.outermost; frame; frame = frame->inner) frames += frame->site + 1;
  for (uint64_t i = 0; i < wanco_memory_bytes[0]; i += 512) sum += wanco_memory_base[0][i];
  return frames || wanco_activation.entry == WANCO_NO_EXPORT ? 0 : 1 + (int)(sum & 0);
}

static void undump_each(char **paths, struct wanco_source *(*open)(const char *path)) {
  for (; *paths; paths++) {
    fflush(stdout);
    pid_t child = fork();
    if (!child) _exit(undump(open(*paths)));
    int status;
    waitpid(child, &status, 0);
    printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  }
}

/* ---- memory functions, compiled under other names ---- */

void *tested_memcpy(void *to, const void *from, size_t size);
void *tested_memmove(void *to, const void *from, size_t size);
void *tested_memset(void *to, int byte, size_t size);
int tested_memcmp(const void *a, const void *b, size_t size);
size_t tested_strlen(const char *text);

enum { AREA = 9000 };

static void fill(uint8_t *area) {
  for (size_t i = 0; i < AREA; i++) area[i] = (uint8_t)(i * 7 + i / 256);
}

static void require(bool condition, const char *what, size_t size, size_t from, size_t to) {
  if (condition) return;
  printf("%s: size %zu from %zu to %zu\n", what, size, from, to);
  exit(1);
}

static void check_move(size_t size, size_t from, size_t to) {
  static uint8_t tested[AREA], expected[AREA];
  fill(tested);
  for (size_t i = 0; i < AREA; i++) {
    bool inside = i >= to && i < to + size;
    size_t source = inside ? i - to + from : i;
    expected[i] = (uint8_t)(source * 7 + source / 256);
  }
  require(tested_memmove(tested + to, tested + from, size) == tested + to, "memmove result", size, from, to);
  require(!memcmp(tested, expected, AREA), "memmove", size, from, to);
}

static void check_set(size_t size, size_t to) {
  static uint8_t tested[AREA];
  fill(tested);
  require(tested_memset(tested + to, 0x1a5, size) == tested + to, "memset result", size, 0, to);
  for (size_t i = 0; i < AREA; i++) {
    bool inside = i >= to && i < to + size;
    require(tested[i] == (inside ? 0xa5 : (uint8_t)(i * 7 + i / 256)), "memset", size, 0, to);
  }
}

static int sign(int value) { return (value > 0) - (value < 0); }

static void check_compare(size_t size, size_t at) {
  static uint8_t a[AREA], b[AREA];
  fill(a);
  fill(b);
  b[100 + at] ^= 0x81;
  int expected = at < size ? sign((int)a[100 + at] - (int)b[100 + at]) : 0;
  require(sign(tested_memcmp(a + 100, b + 100, size)) == expected, "memcmp", size, at, 0);
}

static void test_memory(void) {
  static const size_t SIZES[] = {150, 255, 256, 257, 1000, 2047, 2048, 2049, 4000};
  for (size_t k = 0; k < 140 + sizeof SIZES / sizeof *SIZES; k++) {
    size_t size = k < 140 ? k : SIZES[k - 140];
    for (size_t shift = 0; shift < 40; shift += 3) {
      check_move(size, 100 + shift, 100);
      check_move(size, 100, 100 + shift);
      check_move(size, 4200 + shift, 50);
      check_set(size, 100 + shift);
      check_compare(size, shift);
    }
  }
  char text[64] = "";
  for (size_t i = 0; i < 63; i++) {
    require(tested_strlen(text) == i, "strlen", i, 0, 0);
    text[i] = 'x';
  }
  uint8_t small[4];
  require(tested_memcpy(small, "abc", 4) == small && !memcmp(small, "abc", 4), "memcpy", 4, 0, 0);
  puts("ok");
}

/* ---- text ---- */

static void check_text(const char *expected, const char *got, size_t length) {
  if (!memcmp(expected, got, length + 1) && strlen(got) == length) return;
  printf("'%s' instead of '%s'\n", got, expected);
  exit(1);
}

#define CHECK_FORMAT(expected, size, ...)                        \
  do {                                                           \
    char buffer_[size];                                          \
    size_t length_ = wanco_format(buffer_, size, __VA_ARGS__);   \
    check_text(expected, buffer_, length_);                      \
  } while (0)

static void test_text(void) {
  CHECK_FORMAT("", 1, "%s", "abc");
  CHECK_FORMAT("ab", 3, "%s", "abc");
  CHECK_FORMAT("100%", 20, "%d%%", 100);
  CHECK_FORMAT("-2147483648 4294967295 ffffffff", 40, "%d %u %x", -2147483647 - 1, 4294967295u, 4294967295u);
  CHECK_FORMAT("-9223372036854775808", 40, "%ld", -9223372036854775807l - 1);
  CHECK_FORMAT("18446744073709551615 ffffffffffffffff 0", 60, "%lu %lx %lu", ~0ul, ~0ul, 0ul);
  CHECK_FORMAT("a-b", 10, "%c-%s", 'a', "b");
  CHECK_FORMAT("no space left on device", 40, "%s", wanco_error_text(-28));
  CHECK_FORMAT("error 3000", 40, "%s", wanco_error_text(3000));
  puts("ok");
}

/* ---- blocks ---- */

static int faults;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  faults++;
  if (!wanco_blocks_fault((uint64_t)info->si_addr)) _exit(99);
}

static void check_blocks(bool shared) {
  uint8_t *memory = wanco_memory_base[0];
  memory_is_shared = shared;
  faults = 0;
  for (uint64_t i = 0; i < wanco_memory_bytes[0]; i++) memory[i] = (uint8_t)(i % 251);
  wanco_blocks_guard(false);
  require(memory[5] == 5 && !faults, "reading", 0, 0, 0);
  ((volatile uint8_t *)memory)[7]++;
  ((volatile uint8_t *)memory)[8]++;
  require(faults == 1, "faults", (size_t)faults, 0, 0);
  for (uint64_t i = 0; i < wanco_memory_bytes[0]; i++)
    require(memory[i] == (uint8_t)(i % 251 + (i == 7 || i == 8)), "contents", wanco_memory_bytes[0], i, 0);
  wanco_guest(&wanco_instance, 50, 1);
  wanco_blocks_guard(true);
  ((volatile uint8_t *)memory)[9]++;
  require(faults == 1, "faults of a block that was lent", (size_t)faults, 0, 0);
  wanco_blocks_guard(false);
  if (!shared) require(wanco_memory_grow(0, 1) == 1, "growing", 0, 0, 0); /* the block at its end is opened */
  *(uint8_t *)wanco_guest(&wanco_instance, 100, 20) = 1;
  ((volatile uint8_t *)memory)[wanco_memory_bytes[0] - 1] = 1;
  require(faults == 1, "faults after opening", (size_t)faults, 0, 0);
  require(!wanco_guest(&wanco_instance, (uint32_t)wanco_memory_bytes[0] - 1, 2), "outside", 0, 0, 0);
  require(!wanco_blocks_fault((uint64_t)memory + wanco_memory_bytes[0]), "a fault outside", 0, 0, 0);
  wanco_blocks_guard(false);
  wanco_blocks_open_guarded();
  ((volatile uint8_t *)memory)[9] = 1;
  require(faults == 1, "faults after opening all", (size_t)faults, 0, 0);
}

static void test_blocks(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  wanco_memories_create();
  wanco_blocks_watch(shares_memory);
  check_blocks(false);
  check_blocks(true);
  wanco_blocks_leave_open();
  wanco_blocks_guard(false);
  wanco_memory_base[0][0] = 1;
  require(faults == 1, "faults after leaving open", (size_t)faults, 0, 0);
  puts("ok");
}

/* ---- hashes ---- */

/* RFC 4418, section 5.2.2, with the key's words as they are; pages that differ in two words of no pair
   show the key. */
static uint64_t hash_word_by_word(const uint32_t *key, const uint32_t *words) {
  uint64_t sum = 0;
  for (size_t i = 0; i < WANCO_SNAPSHOT_PAGE / 4; i += 2) sum += (uint64_t)(words[i] + key[i]) * (uint32_t)(words[i + 1] + key[i + 1]);
  return sum;
}

static void test_hashes(void) {
  enum { WORDS = (int)WANCO_SNAPSHOT_PAGE / 4 };
  static uint32_t page[WORDS] __attribute__((aligned(16))), key[WORDS + 4];
  uint8_t *bytes = (uint8_t *)page;
  wanco_hash_start();
  struct wanco_hash zero = wanco_hash(bytes);
  for (int i = 0; i < WORDS; i++) { /* d/dw: the other word's key */
    page[i] = 1;
    struct wanco_hash one = wanco_hash(bytes);
    page[i] = 2;
    struct wanco_hash two = wanco_hash(bytes);
    page[i] = 0;
    require((uint32_t)(one.a - zero.a) || one.b != zero.b, "a changed word", 1, (size_t)i, 0);
    /* A word that wraps makes the product smaller by 2^32 times its neighbour: so look at the low halves. */
    require((uint32_t)(two.a - one.a) == (uint32_t)(one.a - zero.a), "linearity", 2, (size_t)i, 0);
    key[i ^ 1] = (uint32_t)(one.a - zero.a);
  }
  for (int i = 0; i < WORDS; i++) page[i] = (uint32_t)i * 2654435761u;
  require((uint32_t)wanco_hash(bytes).a == (uint32_t)hash_word_by_word(key, page), "hash", 0, 0, 0);
  require(wanco_hash(bytes).a == wanco_hash(bytes).a && wanco_hash(bytes).a != zero.a, "hash repeated", 0, 0, 0);
  puts("ok");
}

/* ---- checksums ---- */

static uint32_t sum_bit_by_bit(const uint8_t *bytes, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

static void test_sums(void) {
  static uint8_t area[AREA];
  fill(area);
  require(wanco_crc32c(0, "123456789", 9) == 0xE3069283, "check value", 9, 0, 0);
  for (size_t size = 0; size < AREA; size = size * 9 / 8 + 1)
    for (size_t at = 0; at < 9 && at + size <= AREA; at++) {
      uint32_t sum = sum_bit_by_bit(area + at, size), first = wanco_crc32c(0, area + at, size / 3);
      require(wanco_crc32c(0, area + at, size) == sum, "checksum", size, at, 0);
      require(wanco_crc32c(first, area + at + size / 3, size - size / 3) == sum, "checksum continued", size, at, 0);
      uint32_t second = wanco_crc32c(0, area + at + size / 3, size - size / 3);
      require(wanco_crc32c_append(first, second, size - size / 3) == sum, "checksum put together", size, at, 0);
    }
  puts("ok");
}

/* ---- sinks and sources ---- */

static const struct wanco_stop STOP = {.polls = 5, .number = 1, .time = 7};

static void change_state(uint8_t salt) {
  for (uint64_t i = 0; i < 200000 && i < wanco_memory_bytes[0]; i += 1 + salt) wanco_memory_base[0][i] = (uint8_t)(i + salt);
  for (size_t i = 0; i < 5; i++) values[i][0] = (uint8_t)(salt + i); /* the last two are references */
  wanco_entry_set(0, 1, wanco_function_reference(2));
  wanco_instance.data_dropped[0] = salt & 1;
  counter = salt;
}

static long save_into(struct wanco_sink *sink, const struct wanco_stop *stop, enum wanco_scan scan, uint32_t *header_crc) {
  wanco_activation.phase = WANCO_PHASE_INVOKE;
  wanco_activation.entry = WANCO_NO_EXPORT;
  struct wanco_writer *writer = wanco_writer_start(sink);
  wanco_dump_state(writer, stop);
  long error = wanco_dump_memories(writer, scan);
  if (header_crc) *header_crc = wanco_writer_header_crc(writer);
  if (!error) error = sink->finish(sink);
  if (error) sink->abandon(sink);
  return error;
}

static void check_file(const char *path, const struct memory_sink *expected) {
  static uint8_t bytes[sizeof first.bytes];
  FILE *file = fopen(path, "rb");
  require(file, "the file", 0, 0, 0);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  require(size == expected->size && !memcmp(bytes, expected->bytes, size), "file and memory", size, expected->size, 0);
}

static void test_files(void) {
  struct wanco_file_sink file;
  require(!wanco_file_sink_open(&file, "sinks.tmp", "sinks.wsnap"), "opening", 0, 0, 0);
  require(!save_into(&file.sink, &STOP, WANCO_SCAN_FULL, NULL), "saving", 0, 0, 0);
  require(access("sinks.tmp", F_OK) && !access("sinks.wsnap", F_OK), "names", 0, 0, 0);
  check_file("sinks.wsnap", &first);
  unlink("sinks.wsnap");
  require(!wanco_file_sink_open(&file, "sinks.tmp", "nowhere/sinks.wsnap"), "opening", 0, 0, 0);
  require(save_into(&file.sink, &STOP, WANCO_SCAN_FULL, NULL) == -ENOENT && access("sinks.tmp", F_OK), "an abandoned file", 0, 0, 0);
  require(!wanco_file_sink_open(&file, "sinks.tmp", "sinks.wsnap"), "opening", 0, 0, 0);
  file.sink.leave(&file.sink);
  require(!access("sinks.tmp", F_OK), "a file that was left", 0, 0, 0);
  file.sink.abandon(&file.sink);
  require(access("sinks.tmp", F_OK), "a file that was left and abandoned", 0, 0, 0);
}

/* In a process of its own: what `from` holds is restored over another state, and saved again. */
static void check_restored(const struct memory_sink *from, const struct memory_sink *expected) {
  static struct memory_sink again;
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    memset(wanco_memory_base[0], 0, wanco_memory_bytes[0]);
    wanco_entry_set(0, 1, NULL);
    change_state(91);
    struct memory_source *source = memory_source_open(from->name, from->bytes, from->size);
    wanco_undump(&wanco_instance, &source->source);
    require(source->closed && !source->view_count, "closed", source->view_count, 0, 0);
    memory_sink_open(&again, "again", sizeof again.bytes);
    require(!save_into(&again.sink, &STOP, WANCO_SCAN_FULL, NULL), "saving again", 0, 0, 0);
    require(again.size == expected->size && !memcmp(again.bytes, expected->bytes, again.size), "what was restored", again.size, expected->size, 0);
    exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  require(WIFEXITED(status) && !WEXITSTATUS(status), "restoring", (size_t)status, 0, 0);
}

static void test_sinks(void) {
  create_instance();
  wanco_pages_start();
  change_state(3);
  memory_sink_open(&first, "first", sizeof first.bytes);
  require(!save_into(&first.sink, &STOP, WANCO_SCAN_FULL, NULL) && first.finished && !first.abandoned, "saving", first.size, 0, 0);
  test_files();
  check_restored(&first, &first);

  memory_sink_open(&second, "second", first.size - 1);
  require(save_into(&second.sink, &STOP, WANCO_SCAN_FULL, NULL) == -ENOSPC && second.abandoned && !second.finished, "no room", 0, 0, 0);

  /* An increment, which finds its base by the name that the sink had. */
  struct wanco_base base = {.name = "first", .size = first.size, .time = STOP.time, .depth = 1};
  memory_sink_open(&first, "first", sizeof first.bytes);
  require(!save_into(&first.sink, &STOP, WANCO_SCAN_FIRST, &base.header_crc), "saving a base", 0, 0, 0);
  change_state(9);
  struct wanco_stop stop = STOP;
  stop.base = &base;
  memory_sink_open(&second, "second", sizeof second.bytes);
  require(!save_into(&second.sink, &stop, WANCO_SCAN_CHANGES, NULL), "saving an increment", 0, 0, 0);
  static struct memory_sink full;
  memory_sink_open(&full, "full", sizeof full.bytes);
  require(!save_into(&full.sink, &STOP, WANCO_SCAN_FULL, NULL), "saving all", 0, 0, 0);
  check_restored(&second, &full);
  puts("ok");
}

int main(int argc, char **argv) {
  if (argc > 1 && wanco_equal(argv[1], "memory")) test_memory();
  if (argc > 1 && wanco_equal(argv[1], "text")) test_text();
  if (argc > 1 && wanco_equal(argv[1], "sums")) test_sums();
  if (argc > 1 && wanco_equal(argv[1], "blocks")) test_blocks();
  if (argc > 1 && wanco_equal(argv[1], "hashes")) test_hashes();
  if (argc > 1 && wanco_equal(argv[1], "sinks")) test_sinks();
  if (argc > 1 && wanco_equal(argv[1], "undump")) undump_each(argv + 2, open_file);
  if (argc > 1 && wanco_equal(argv[1], "undump-memory")) undump_each(argv + 2, open_copy);
  return 0;
}
