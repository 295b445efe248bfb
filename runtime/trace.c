/* --wanco-trace-polls: which safepoints a run reaches, and when.

   The file is an array of u64, little-endian: the number of polls so far, the number of sites,
   then for each site the first and the last poll at which it was in a frame of the stack, and
   their number; all 0 where it was not reached. It is mapped, so it is complete however the
   program ends. */
#include <fcntl.h>
#include <sys/mman.h>

#include "internal.h"

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

static bool note_frame(void *context, const struct wanco_activation *activation, const struct wanco_registers *registers) {
  (void)registers;
  struct visit *visit = context;
  struct trace_site *site = &trace->site[activation->site.number];
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

void wanco_trace_start(const char *path) {
  size_t size = sizeof(struct trace) + wanco_module.site_count * sizeof(struct trace_site);
  long fd = sys(openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (wanco_failed(fd)) wanco_fail("%s: %s", path, wanco_error_text(fd));
  long failed = sys(ftruncate, fd, size);
  long at = failed ? failed : sys(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (wanco_failed(at)) wanco_fail("%s: %s", path, wanco_error_text(at));
  sys(close, fd);
  trace = (struct trace *)at;
  trace->sites = wanco_module.site_count;
}
