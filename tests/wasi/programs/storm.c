/* Work of every kind in rounds, without a C library: loops, recursion, calls through a table,
   vectors, memory that grows, output, a file, short sleeps. Goes on until there is a file
   "stop" in its directory, or for as many rounds as its one argument says, and then says how many there
   were. What it prints depends on nothing but that number. A second argument: so many pages of
   memory are filled first. */
typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long long u64;
typedef u32 lanes __attribute__((vector_size(16)));

struct buffer {
  const void *bytes;
  u32 size;
};

#define WASI(name, ...) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) int wasi_##name(__VA_ARGS__)
WASI(args_get, char **, char *);
WASI(args_sizes_get, u32 *, u32 *);
WASI(clock_time_get, u32, u64, u64 *);
WASI(fd_close, u32);
WASI(fd_write, u32, const struct buffer *, u32, u32 *);
WASI(path_open, u32, u32, const char *, u32, u32, u64, u64, u32, u32 *);
WASI(poll_oneoff, const void *, void *, u32, u32 *);

enum { DIRECTORY = 3, CREATE = 1, APPEND = 1, WORDS = 2048, PAGE = 65536, MOST_PAGES = 24 };
enum { READ = 2, WRITE = 64 };

static u32 words[WORDS];
static u32 pages;
static u64 last_time;

static u32 length(const char *text) {
  u32 size = 0;
  while (text[size]) size++;
  return size;
}

static void write_all(u32 fd, const char *bytes, u32 size) {
  while (size) {
    struct buffer buffer = {bytes, size};
    u32 done = 0;
    if (wasi_fd_write(fd, &buffer, 1, &done)) __builtin_trap();
    bytes += done;
    size -= done;
  }
}

/* "what number\n" in one write. */
static void say(u32 fd, const char *what, u64 number) {
  char line[64], digits[24];
  u32 size = 0, count = 0;
  for (; *what; what++) line[size++] = *what;
  line[size++] = ' ';
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count) line[size++] = digits[--count];
  line[size++] = '\n';
  write_all(fd, line, size);
}

/* Calls through a table, recursive. */
static u32 fibonacci(u32 n);
static u32 (*volatile functions[])(u32) = {fibonacci};
static u32 fibonacci(u32 n) { return n < 2 ? n : functions[0](n - 1) + functions[0](n - 2); }

static u32 mix(u32 seed) {
  lanes sum = {seed, 1, 2, 3};
  for (u32 i = 0; i < WORDS; i++) {
    seed = seed * 1664525u + 1013904223u + words[i];
    words[i] = seed ^ seed >> 13;
    sum = sum * 31 + words[i];
  }
  return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}

/* Reaches every kind of number: the result is exact. */
static u32 numbers(u32 seed) {
  double quotient = seed;
  for (u32 i = 1; i < 300; i++) quotient = quotient / 3.0 + (double)(i ^ seed);
  return (u32)(u64)quotient;
}

static u32 grow(u32 round) {
  if (pages < MOST_PAGES) {
    u32 old = (u32)__builtin_wasm_memory_grow(0, 1);
    *(volatile u32 *)(old * PAGE + 4 * (round % 1000)) = round;
    pages++;
  }
  u32 sum = 0, end = (u32)__builtin_wasm_memory_size(0);
  for (u32 page = end - pages; page < end; page++)
    for (u32 i = 0; i < 1000; i += 8) sum += *(volatile u32 *)(page * PAGE + 4 * i);
  return sum;
}

static void rest(void) {
  struct {
    u64 userdata;
    u8 tag, zero[7];
    u32 clock, zero2;
    u64 timeout, precision;
    u32 flags, zero3;
  } subscription = {.clock = 1, .timeout = 300000};
  u8 event[32];
  u32 count;
  if (wasi_poll_oneoff(&subscription, event, 1, &count) || count != 1) __builtin_trap();
}

static void look_at_the_clock(void) {
  u64 now = 0;
  wasi_clock_time_get(1, 0, &now);
  if (now < last_time) say(1, "the clock ran backwards by", last_time - now);
  last_time = now;
}

static int is_there(const char *name) {
  u32 fd;
  if (wasi_path_open(DIRECTORY, 0, name, length(name), 0, READ, 0, 0, &fd)) return 0;
  wasi_fd_close(fd);
  return 1;
}

static u32 to_number(const char *digits) {
  u32 value = 0;
  while (*digits >= '0' && *digits <= '9') value = 10 * value + (u32)(*digits++ - '0');
  return value;
}

static void fill(u32 count) {
  u32 *at = (u32 *)(__builtin_wasm_memory_grow(0, count) * PAGE);
  for (u32 i = 0; i < count * PAGE / 4; i++) at[i] = i | 1;
}

void _start(void);
__attribute__((export_name("_start"))) void _start(void) {
  static char *arguments[8], texts[1024];
  u32 count, size, log, sum = 1, round = 0;
  if (wasi_args_sizes_get(&count, &size) || count > 8 || size > sizeof texts || wasi_args_get(arguments, texts)) __builtin_trap();
  u32 wanted = count > 1 ? to_number(arguments[1]) : 0;
  if (count > 2) fill(to_number(arguments[2]));
  if (wasi_path_open(DIRECTORY, 0, "log", 3, CREATE, WRITE, 0, APPEND, &log)) __builtin_trap();
  for (; wanted ? round < wanted : round % 16 || !is_there("stop"); round++) {
    sum = sum * 31 + mix(round);
    sum = sum * 31 + fibonacci(round % 13);
    sum = sum * 31 + numbers(sum);
    look_at_the_clock();
    if (round % 8 == 0) rest();
    if (round % 64 == 0) sum = sum * 31 + grow(round);
    if (round % 32 == 0) say(1, "sum", sum);
    if (round % 32 == 16) say(log, "log", sum);
  }
  say(1, "end", sum);
  say(1, "rounds", round);
}
