/* An embedder of module.wat; the first argument says what it does. */
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wanco.h>

#include "app.h"

#define CHECK(condition)                                                                            \
  do                                                                                                \
    if (!(condition)) {                                                                             \
      printf("line %d: not true: %s; the last message: %s\n", __LINE__, #condition, app_instance_message()); \
      exit(1);                                                                                      \
    }                                                                                               \
  while (0)
#define LAST(text) (!strcmp(app_instance_message(), text))

/* ---- the function that the module imports ---- */

static int32_t logged, stop_at = -1;
static void (*during_log)(int32_t n);
void wanco_host_env_log(struct wanco_instance *instance, int32_t n) {
  (void)instance;
  logged++;
  if (n == stop_at) app_instance_request_checkpoint();
  if (during_log) during_log(n);
}

static void save(struct wanco_writer *writer) { wanco_write_u32(writer, (uint32_t)logged); }
static void load(struct wanco_reader *reader, uint32_t version) { logged = (int32_t)wanco_read_u32(reader), (void)version; }
WANCO_HOST_STATE(logged, 1, save, load);

/* ---- scenarios ---- */

static const char *const ARGUMENTS[] = {"embedder", "--wanco-snapshot", "stopped.wsnap", "hello"};

static void create(const char *snapshot) { CHECK(app_instance_create(4, ARGUMENTS, snapshot) == WANCO_OK); }

static void calls(void) {
  int32_t r = 0;
  int64_t l = 0;
  double d = 0;
  float f = 0;
  wanco_v128 v, w;
  CHECK(app_add(1, 2, &r) == WANCO_ERROR && LAST("there is no instance: make one first"));
  create(NULL);
  CHECK(app_instance_create(4, ARGUMENTS, NULL) == WANCO_ERROR && LAST("there is an instance already"));
  CHECK(app__initialize() == WANCO_OK && app_count() == 5);
  CHECK(app_add(-1, 2, &r) == WANCO_OK && r == 1);
  CHECK(app_add(1, 2, NULL) == WANCO_OK);
  CHECK(app_save(0.5f, 0.25, -7, &d, &l, &f, &v) == WANCO_OK && d == 0.25 && l == -7 && f == 0.5f);
  CHECK(v.bytes[0] == 9 && v.bytes[12] == 6);
  CHECK(app_save(1, 2, 3, NULL, &l, NULL, NULL) == WANCO_OK && l == 3);
  app_vec(&w);
  w.bytes[0] = 200;
  app_vec_set(&w);
  app_vec(&v);
  CHECK(v.bytes[0] == 200 && v.bytes[4] == 2);
  CHECK(app_vadd(&v, &w, &v) == WANCO_OK && v.bytes[0] == 144 && v.bytes[1] == 1);
  app_count_set(-5);
  CHECK(app_count() == -5 && app_limit() == 77 && app_tab_size() == 3);
  CHECK(app_Z69nstance_save(&r) == WANCO_OK && r == 1);
  CHECK(app_aZ20bZ2dZ5aZ2eZc3Za9Z2aZ2f(&r) == WANCO_OK && r == 2);
  CHECK(app_Z6demory_size(&r) == WANCO_OK && r == 3);
  CHECK(app_(&r) == WANCO_OK && r == 4);
  wanco_funcref reference;
  wanco_externref number;
  CHECK(app_kept() == 0 && app_extern(7, &number) == WANCO_OK && number == 7 && app_kept() == 7);
  CHECK(app_same(NULL, &reference) == WANCO_OK && !reference);
}

static void memory(void) {
  int32_t r = 0;
  CHECK(!app_memory_at(0, 1));
  create(NULL);
  CHECK(app_memory_size() == 65536);
  app_memory()[4] = 0x12;
  CHECK(app_oob(4, &r) == WANCO_OK && r == 0x12);
  CHECK(app_memory_at(65535, 1) == app_memory() + 65535 && !app_memory_at(65535, 2) && !app_memory_at(UINT32_MAX, UINT64_MAX));
}

static void traps(void) {
  int32_t r = 42;
  create(NULL);
  for (int i = 0; i < 3; i++) {
    CHECK(app_div(1, 0, &r) == WANCO_TRAP && LAST("integer divide by zero"));
    CHECK(app_oob(1 << 20, &r) == WANCO_TRAP && LAST("out of bounds memory access"));
    CHECK(app_deep(1, &r) == WANCO_TRAP && LAST("call stack exhausted"));
    CHECK(r == 42 && app_add(1, 2, &r) == WANCO_OK && r == 3);
    r = 42;
  }
}

/* Values in registers that a trap must not lose. */
static void registers(void) {
  int32_t r;
  volatile double source = 0.1;
  create(NULL);
  double a = source * 2, b = source * 3, c = source * 4, d = source * 5, e = source * 6, f = source * 7, g = source * 8, h = source * 9;
  volatile long seed = 5;
  long i = seed, j = i * 3, k = i * 5, l = i * 7, m = i * 11;
  CHECK(app_oob(1 << 20, &r) == WANCO_TRAP);
  CHECK(a == source * 2 && b == source * 3 && c == source * 4 && d == source * 5);
  CHECK(e == source * 6 && f == source * 7 && g == source * 8 && h == source * 9);
  CHECK(j == i * 3 && k == i * 5 && l == i * 7 && m == i * 11);
}

static void floating_point(void) {
  int32_t r;
  create(NULL);
  fesetround(FE_UPWARD);
  CHECK(app_oob(1 << 20, &r) == WANCO_TRAP && fegetround() == FE_UPWARD);
  CHECK(app_add(1, 2, &r) == WANCO_OK && fegetround() == FE_UPWARD);
  float third = 0;
  CHECK(app_third(&third) == WANCO_OK);
  fesetround(FE_TONEAREST);
  volatile float one = 1;
  CHECK(third == one / 3);
}

static void nest(int32_t n) {
  int32_t r = 0;
  int64_t l = 0;
  CHECK(app_add(n, 1, &r) == WANCO_OK && r == n + 1);
  CHECK(app_div(1, 0, &r) == WANCO_TRAP && LAST("integer divide by zero"));
  CHECK(app_instance_save("no.wsnap") == WANCO_ERROR);
  CHECK(LAST("a call is running: only a requested checkpoint can be taken inside it"));
  if (n != 3) return;
  app_instance_request_checkpoint(); /* not before the nested call has ended */
  CHECK(app_spin(2, &l) == WANCO_OK && l == 3);
}

static void nested(void) {
  int64_t l = 0;
  create(NULL);
  during_log = nest;
  CHECK(app_spin(5, &l) == WANCO_CHECKPOINTED);
  CHECK(logged == 5); /* 5, 4, 3 and in it 2, 1 */
}

static void stop(void) {
  int64_t l = 0;
  int32_t r = 0;
  create(NULL);
  CHECK(app__initialize() == WANCO_OK);
  stop_at = 501;
  CHECK(app_spin(1000, &l) == WANCO_CHECKPOINTED);
  CHECK(app_add(1, 2, &r) == WANCO_OK && r == 3);
}

static void go_on(void) {
  int32_t r;
  union wanco_value result = {0};
  create("stopped.wsnap");
  CHECK(app_count() == 505 && logged == 500);
  CHECK(!strcmp(app_instance_pending(), "spin"));
  CHECK(app_add(1, 2, &r) == WANCO_ERROR && LAST("a restored call waits to be continued"));
  CHECK(app_instance_save("no.wsnap") == WANCO_ERROR);
  CHECK(app_instance_continue(&result, 1) == WANCO_OK && result.i64 == 500500);
  CHECK(!app_instance_pending() && logged == 1000);
  CHECK(app_instance_continue(NULL, 0) == WANCO_ERROR && LAST("no restored call waits to be continued"));
  app_memory()[100] = 77;
  CHECK(app_instance_save("between.wsnap") == WANCO_OK);
}

static void between(void) {
  int64_t l;
  create("between.wsnap");
  CHECK(!app_instance_pending() && app_count() == 1005 && app_memory()[100] == 77);
  CHECK(app_spin(3, &l) == WANCO_OK && l == 6);
}

/* More than is read at once where nobody but the program looks at its memory. */
static void large(void) {
  int32_t before;
  create(NULL);
  CHECK(app_grow(79, &before) == WANCO_OK && before == 1 && app_memory_size() == 80 << 16);
  memset(app_memory(), 7, 80 << 16);
  CHECK(app_instance_save("large.wsnap") == WANCO_OK);
}

static void large_restored(void) {
  char bytes[3] = {0};
  int ends[2];
  create("large.wsnap");
  CHECK(!pipe(ends) && write(ends[1], app_memory_at(4 << 20, 3), 3) == 3 && read(ends[0], bytes, 3) == 3 && bytes[2] == 7);
  CHECK(read(open("/dev/zero", O_RDONLY), app_memory_at(3 << 20, 8), 8) == 8 && !app_memory()[3 << 20]);
}

/* A call that is stopped once more after it has been restored. */
static void again(void) {
  create("stopped.wsnap");
  stop_at = 250;
  CHECK(app_instance_continue(NULL, 0) == WANCO_CHECKPOINTED);
  CHECK(!app_instance_pending());
}

static void go_on_again(void) {
  union wanco_value result = {0};
  create("stopped.wsnap");
  CHECK(app_count() == 756);
  CHECK(app_instance_continue(&result, 1) == WANCO_OK && result.i64 == 500500);
}

static void failures(void) {
  int32_t r;
  CHECK(app_instance_create(4, ARGUMENTS, "nowhere.wsnap") == WANCO_ERROR && LAST("nowhere.wsnap: no such file or directory"));
  CHECK(app_add(1, 2, &r) == WANCO_ERROR && LAST("the instance could not be made"));
  CHECK(app_instance_create(4, ARGUMENTS, NULL) == WANCO_ERROR);
}

static void wrong_option(void) {
  const char *arguments[] = {"embedder", "--wanco-nonsense"};
  CHECK(app_instance_create(2, arguments, NULL) == WANCO_ERROR && LAST("unknown option --wanco-nonsense; see --wanco-help"));
}

static void cannot_save(void) {
  int64_t l = 0;
  const char *arguments[] = {"embedder", "--wanco-snapshot=nowhere/x.wsnap"};
  CHECK(app_instance_create(2, arguments, NULL) == WANCO_OK);
  CHECK(app_instance_save("nowhere/x") == WANCO_ERROR);
  CHECK(LAST("no snapshot: nowhere/x: no such file or directory; the program goes on"));
  stop_at = 2;
  CHECK(app_spin(4, &l) == WANCO_OK && l == 10);
}

static void by_timer(void) {
  int64_t l = 0;
  const char *arguments[] = {"embedder", "--wanco-checkpoint-after", "20ms", "--wanco-snapshot", "timer.wsnap"};
  CHECK(app_instance_create(5, arguments, NULL) == WANCO_OK);
  CHECK(app_spin(0, &l) == WANCO_CHECKPOINTED);
}

/* ---- signals and threads of the process ---- */

static sigjmp_buf faulted;
static void on_fault(int signal) { siglongjmp(faulted, signal); }

static void signals(void) {
  int32_t r;
  struct sigaction action;
  signal(SIGSEGV, on_fault);
  create(NULL);
  sigaction(SIGUSR1, NULL, &action);
  CHECK(action.sa_handler == SIG_DFL);
  volatile int faults = 0;
  while (faults < 3) {
    if (!sigsetjmp(faulted, 1)) *(volatile int *)8 = 1;
    faults++;
    CHECK(app_oob(1 << 20, &r) == WANCO_TRAP && LAST("out of bounds memory access"));
  }
}

static void *call_from_thread(void *result) {
  *(int *)result = app_add(1, 2, NULL);
  return NULL;
}

static void threads(void) {
  int result = WANCO_OK;
  pthread_t thread;
  create(NULL);
  CHECK(!pthread_create(&thread, NULL, call_from_thread, &result) && !pthread_join(thread, NULL));
  CHECK(result == WANCO_ERROR && LAST("called by another thread than the one that made the instance"));
}

#define SCENARIO(name) {#name, name}
static const struct {
  const char *name;
  void (*run)(void);
} SCENARIOS[] = {
    SCENARIO(calls),       SCENARIO(memory),   SCENARIO(traps),        SCENARIO(registers),   SCENARIO(floating_point),
    SCENARIO(nested),      SCENARIO(stop),     SCENARIO(go_on),        SCENARIO(between),     SCENARIO(again),
    SCENARIO(go_on_again), SCENARIO(failures), SCENARIO(wrong_option), SCENARIO(cannot_save), SCENARIO(by_timer),
    SCENARIO(signals),     SCENARIO(threads),  SCENARIO(large),        SCENARIO(large_restored),
};

int main(int argc, char **argv) {
  for (int k = 1; k < argc; k++)
    for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++)
      if (!strcmp(SCENARIOS[i].name, argv[k])) {
        SCENARIOS[i].run();
        printf("%s\n", argv[k]);
      }
  return 0;
}
