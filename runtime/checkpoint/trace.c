/* Files that say what a run did, for tests and measurements (docs/cli.md).

   --wanco-trace-polls: which safepoints it reached, and when. An array of u64, little-endian: the
   number of polls so far, the number of sites, then for each site the first and the last poll at
   which it was in a frame of the stack, and their number; all 0 where it was not reached.

   --wanco-trace-latency: how long requests waited for a safepoint. An array of u64: how many there
   were, then the last 65536 waiting times in nanoseconds, in a ring.

   Both are mapped, so they are complete however the program ends.

   --wanco-trace-checkpoints: a line of text for each snapshot.

   --wanco-trace-start: one line, nanoseconds on the monotonic clock. */
#include <fcntl.h>
#include <sys/mman.h>

#include "checkpoint/checkpoint.h"

/* ---- polls ---- */

struct trace_site {
  uint64_t first, last, count;
};

static struct trace {
  uint64_t polls, sites;
  struct trace_site site[];
} *trace;

/* Only the innermost frames are looked at, or a poll would take as long as the stack is deep.
   Nothing is missed: outer frames stood further in at an earlier poll, as a chain of calls
   without a poll in between is not longer than there are functions, and hardly ever so long. */
enum { FRAMES_SEEN = 64 };

struct visit {
  uint64_t poll;
  uint32_t frames;
};

static bool note_frame(void *context, const struct wanco_virtual_frame *frame, const struct wanco_registers *registers) {
  (void)registers;
  struct visit *visit = context;
  struct trace_site *site = &trace->site[frame->site.number];
  if (!site->count) site->first = visit->poll;
  if (site->last != visit->poll) site->count++; /* once, however often recursion has it on the stack */
  site->last = visit->poll;
  return ++visit->frames < FRAMES_SEEN;
}

void wanco_trace_poll(uint64_t poll, const struct wanco_registers *registers) {
  struct visit visit = {.poll = poll};
  trace->polls = poll;
  wanco_walk(registers, note_frame, &visit);
}

/* ---- latency ---- */

enum { SAMPLES = 1 << 16 };

static struct latency {
  uint64_t count, samples[SAMPLES];
} *latency;

void wanco_trace_latency(uint64_t nanoseconds) {
  latency->samples[latency->count % SAMPLES] = nanoseconds;
  latency->count++;
}

/* ---- files of text ---- */

static long create(const char *path) {
  long fd = sys(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (wanco_failed(fd)) wanco_fail("%s: %s", path, wanco_error_text(fd));
  return fd;
}

/* ---- checkpoints ---- */

static long checkpoints = -1; /* file descriptor */

void wanco_trace_checkpoint(const struct wanco_times *times) {
  if (checkpoints < 0) return;
  char line[120];
  size_t length = wanco_format(line, sizeof line, "%lu %lu %lu %lu %lu\n", times->number, times->began - times->requested,
                               times->resumed - times->began, times->complete - times->began, times->bytes);
  sys(write, checkpoints, line, length);
}

static void start_checkpoints(const char *path) {
  static const char HEAD[] = "number request_to_safepoint_ns pause_ns total_ns bytes\n";
  checkpoints = create(path);
  sys(write, checkpoints, HEAD, sizeof HEAD - 1);
}

/* ---- the program's start ---- */

/* Once: a library's code starts with every call. */
void wanco_trace_program_start(void) {
  const char *path = wanco_instance.options.trace_start;
  if (!path) return;
  uint64_t now = wanco_now();
  char line[32];
  size_t length = wanco_format(line, sizeof line, "%lu\n", now);
  long fd = create(path);
  sys(write, fd, line, length);
  sys(close, fd);
  wanco_instance.options.trace_start = NULL;
}

/* ---- start ---- */

static void *map(const char *path, size_t size) {
  long fd = sys(openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (wanco_failed(fd)) wanco_fail("%s: %s", path, wanco_error_text(fd));
  long failed = sys(ftruncate, fd, size);
  long at = failed ? failed : sys(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (wanco_failed(at)) wanco_fail("%s: %s", path, wanco_error_text(at));
  sys(close, fd);
  return (void *)at;
}

void wanco_trace_start(const struct wanco_options *options) {
  if (options->trace_polls) {
    trace = map(options->trace_polls, sizeof *trace + wanco_module.site_count * sizeof *trace->site);
    trace->sites = wanco_module.site_count;
  }
  if (options->trace_latency) latency = map(options->trace_latency, sizeof *latency);
  if (options->trace_checkpoints) start_checkpoints(options->trace_checkpoints);
}
