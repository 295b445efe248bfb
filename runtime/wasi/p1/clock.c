/* Clocks.

   The program's monotonic and CPU clocks start at 0 with the program and go on from where
   they were after a restore; the wall clock is the host's. In deterministic mode all are
   virtual: they advance by a fixed step with each reading, and by the time that poll_oneoff
   would have waited. */
#include "wasi/p1/inside.h"

#include <linux/time.h>

enum { NANOSECONDS = 1000000000, VIRTUAL_STEP = 1000000 };

/* 2001-01-01 00:00:00 UTC, where the virtual wall clock begins. */
#define VIRTUAL_EPOCH (UINT64_C(978307200) * NANOSECONDS)

static uint64_t host_now(int clock) {
  struct __kernel_timespec time;
  if (wanco_clock_gettime(clock, (struct timespec *)&time) < 0) return 0;
  return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

/* A reading that does not run backwards: where it would, the offset moves up instead. */
static uint64_t continued(int clock, uint64_t *offset, uint64_t last) {
  uint64_t host = host_now(clock);
  if (host + *offset < last) *offset = last - host;
  return host + *offset;
}

void wasi_clock_start(struct wanco_wasi *wasi) {
  wasi->monotonic_offset = wasi->monotonic_last - host_now(CLOCK_MONOTONIC);
  wasi->cpu_offset = wasi->cpu_last - host_now(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t wasi_clock_now(struct wanco_wasi *wasi, uint32_t clock) {
  if (wasi->deterministic) {
    uint64_t now = wasi->virtual_time;
    return clock == WASI_CLOCK_REALTIME ? VIRTUAL_EPOCH + now : now;
  }
  switch (clock) {
    case WASI_CLOCK_REALTIME: return host_now(CLOCK_REALTIME);
    case WASI_CLOCK_MONOTONIC: return continued(CLOCK_MONOTONIC, &wasi->monotonic_offset, wasi->monotonic_last);
    default: return continued(CLOCK_PROCESS_CPUTIME_ID, &wasi->cpu_offset, wasi->cpu_last);
  }
}

void wanco_wasi_dump_clocks(struct wanco_instance *instance, struct wanco_writer *writer) {
  const struct wanco_wasi *wasi = instance->wasi;
  wanco_write_u64(writer, wasi->deterministic ? 0 : host_now(CLOCK_MONOTONIC) + wasi->monotonic_offset);
  wanco_write_u64(writer, wasi->deterministic ? 0 : host_now(CLOCK_PROCESS_CPUTIME_ID) + wasi->cpu_offset);
}

void wanco_wasi_undump_clocks(struct wanco_instance *instance, struct wanco_reader *reader) {
  struct wanco_wasi *wasi = instance->wasi;
  uint64_t monotonic = wanco_read_u64(reader);
  uint64_t cpu = wanco_read_u64(reader);
  if (monotonic > wasi->monotonic_last) wasi->monotonic_offset = monotonic - host_now(CLOCK_MONOTONIC);
  if (cpu > wasi->cpu_last) wasi->cpu_offset = cpu - host_now(CLOCK_PROCESS_CPUTIME_ID);
}

int32_t wanco_wasi_clock_res_get(struct wanco_instance *instance, uint32_t clock, uint32_t resolution) {
  void *out = wasi_guest_out(instance, resolution, 8);
  if (!out) return WASI_EFAULT;
  if (clock > WASI_CLOCK_THREAD_CPUTIME) return WASI_EINVAL;
  wanco_store_u64(out, instance->wasi->deterministic ? VIRTUAL_STEP : 1);
  return WASI_ESUCCESS;
}

/* What the program has seen is part of its state; other readings (poll.c) are not. */
static void remember(struct wanco_wasi *wasi, uint32_t clock, uint64_t now) {
  if (wasi->deterministic || clock == WASI_CLOCK_REALTIME) return;
  if (clock == WASI_CLOCK_MONOTONIC)
    wasi->monotonic_last = now;
  else
    wasi->cpu_last = now;
}

int32_t wanco_wasi_clock_time_get(struct wanco_instance *instance, uint32_t clock, uint64_t precision, uint32_t time) {
  (void)precision;
  struct wanco_wasi *wasi = instance->wasi;
  void *out = wasi_guest_out(instance, time, 8);
  if (!out) return WASI_EFAULT;
  if (clock > WASI_CLOCK_THREAD_CPUTIME) return WASI_EINVAL;
  if (wasi->deterministic) wasi->virtual_time += VIRTUAL_STEP;
  uint64_t now = wasi_clock_now(wasi, clock);
  remember(wasi, clock, now);
  wanco_store_u64(out, now);
  return WASI_ESUCCESS;
}
