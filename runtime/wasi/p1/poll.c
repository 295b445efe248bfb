/* poll_oneoff: waiting for clocks and descriptors. */
#include "wasi/p1/inside.h"

#include <asm/ioctls.h>
#include <asm/poll.h>

enum { SUBSCRIPTION_SIZE = 48, EVENT_SIZE = 32 };
enum { TAG_CLOCK, TAG_FD_READ, TAG_FD_WRITE };
enum { CLOCK_ABSTIME = 1 };
enum { EVENT_HANGUP = 1 };

#define NEVER UINT64_MAX
#define NANOSECONDS UINT64_C(1000000000)

/* struct subscription: u64 userdata, u8 tag at 8, then for a clock u32 clock at 16, u64 timeout
   at 24, u64 precision, u16 flags at 40; for a descriptor u32 fd at 16. */
struct subscription {
  uint64_t userdata;
  uint8_t tag;
  uint32_t id; /* clock or descriptor */
  uint64_t timeout;
  bool absolute;
};

struct polling {
  struct wanco_instance *instance;
  const uint8_t *subscriptions;
  uint8_t *events;
  uint32_t count;
  uint32_t happened;
  uint64_t start;     /* of the call, on the monotonic clock; relative timeouts count from it */
  uint32_t fds;       /* of `polled` that are in use: 1 + the highest descriptor */
  struct pollfd polled[WASI_MAX_FDS]; /* by the program's number; those not asked for have fd -1 */
};

static struct subscription subscription(const struct polling *polling, uint32_t index) {
  const uint8_t *at = polling->subscriptions + index * (uint64_t)SUBSCRIPTION_SIZE;
  return (struct subscription){.userdata = wanco_load_u64(at),
                               .tag = at[8],
                               .id = wanco_load_u32(at + 16),
                               .timeout = wanco_load_u64(at + 24),
                               .absolute = wanco_load_u16(at + 40) & CLOCK_ABSTIME};
}

static int32_t check_clock(const struct polling *polling, uint32_t index) {
  const uint8_t *at = polling->subscriptions + index * (uint64_t)SUBSCRIPTION_SIZE;
  return wanco_load_u32(at + 16) <= WASI_CLOCK_MONOTONIC && wanco_load_u16(at + 40) <= CLOCK_ABSTIME ? WASI_ESUCCESS : WASI_EINVAL;
}

static int32_t check_fd(struct polling *polling, struct subscription wanted) {
  int32_t error;
  uint64_t direction = WASI_RIGHT(wanted.tag == TAG_FD_READ ? WASI_BIT_FD_READ : WASI_BIT_FD_WRITE);
  const struct wasi_fd *entry = wasi_fd_get(polling->instance, wanted.id, WASI_RIGHT(WASI_BIT_POLL_FD_READWRITE), &error);
  if (!entry) return error;
  /* A file is always ready, also in the direction for which it is not open, as in POSIX; a
     listener is read by accepting. */
  if (entry->kind == WASI_STREAM && !(entry->rights & direction)) return WASI_EBADF;
  if (entry->kind == WASI_LISTENER && wanted.tag != TAG_FD_READ) return WASI_EBADF;
  struct pollfd *polled = &polling->polled[wanted.id];
  while (polling->fds <= wanted.id) polling->polled[polling->fds++] = (struct pollfd){.fd = -1};
  if (polled->fd < 0) *polled = (struct pollfd){.fd = entry->host};
  polled->events |= wanted.tag == TAG_FD_WRITE ? POLLOUT : wasi_is_socket(entry) ? POLLIN | POLLRDHUP : POLLIN;
  return WASI_ESUCCESS;
}

/* Checks all subscriptions, so that a wrong one is told at once and not after waiting. */
static int32_t check(struct polling *polling) {
  for (uint32_t i = 0; i < polling->count; i++) {
    struct subscription wanted = subscription(polling, i);
    int32_t error = wanted.tag == TAG_CLOCK ? check_clock(polling, i) : wanted.tag <= TAG_FD_WRITE ? check_fd(polling, wanted) : WASI_EINVAL;
    if (error) return error;
  }
  return WASI_ESUCCESS;
}

/* struct event: u64 userdata, u16 error at 8, u8 type at 10, for a descriptor u64 bytes at 16
   and u16 flags at 24. */
static void put_event(struct polling *polling, struct subscription wanted, uint64_t bytes, uint16_t flags) {
  uint8_t *out = polling->events + polling->happened++ * (uint64_t)EVENT_SIZE;
  memset(out, 0, EVENT_SIZE);
  wanco_store_u64(out, wanted.userdata);
  out[10] = wanted.tag;
  wanco_store_u64(out + 16, bytes);
  wanco_store_u16(out + 24, flags);
}

/* Nanoseconds until a clock subscription is due. */
static uint64_t remaining(const struct polling *polling, struct subscription wanted) {
  struct wanco_wasi *wasi = polling->instance->wasi;
  uint64_t now = wasi_clock_now(wasi, wanted.absolute ? wanted.id : WASI_CLOCK_MONOTONIC);
  uint64_t due = wanted.timeout;
  if (!wanted.absolute) due = wanted.timeout > NEVER - polling->start ? NEVER : polling->start + wanted.timeout;
  return due > now ? due - now : 0;
}

static uint64_t shortest(const struct polling *polling) {
  uint64_t least = NEVER;
  for (uint32_t i = 0; i < polling->count; i++) {
    struct subscription wanted = subscription(polling, i);
    uint64_t left = wanted.tag == TAG_CLOCK ? remaining(polling, wanted) : NEVER;
    if (left < least) least = left;
  }
  return least;
}

static void collect_fd(struct polling *polling, struct subscription wanted) {
  const struct pollfd *polled = &polling->polled[wanted.id];
  int ready = polled->revents & ((wanted.tag == TAG_FD_READ ? POLLIN | POLLRDHUP : POLLOUT) | POLLHUP | POLLERR | POLLNVAL);
  if (!ready) return;
  bool hung_up = ready & (POLLHUP | POLLRDHUP);
  int available = 0;
  if (wanted.tag == TAG_FD_READ) sys(ioctl, polled->fd, FIONREAD, &available);
  uint64_t bytes = available > 0 ? (uint64_t)available : 1;
  put_event(polling, wanted, hung_up && available <= 0 ? 0 : bytes, hung_up ? EVENT_HANGUP : 0);
}

static void collect(struct polling *polling) {
  for (uint32_t i = 0; i < polling->count; i++) {
    struct subscription wanted = subscription(polling, i);
    if (wanted.tag != TAG_CLOCK)
      collect_fd(polling, wanted);
    else if (remaining(polling, wanted) == 0)
      put_event(polling, wanted, 0, 0);
  }
}

/* Waits until something may have happened. In deterministic mode clocks do not wait: if no
   descriptor is ready, the virtual time moves on to when the first is due. */
static long wait(struct polling *polling) {
  uint64_t left = shortest(polling);
  bool is_virtual = polling->instance->wasi->deterministic && left != NEVER;
  uint64_t sleep = is_virtual ? 0 : left;
  struct __kernel_timespec time = {.tv_sec = (int64_t)(sleep / NANOSECONDS), .tv_nsec = (int64_t)(sleep % NANOSECONDS)};
  long result = sys_blocking(ppoll, polling->polled, polling->fds, sleep == NEVER ? NULL : &time, NULL, 8);
  if (result == 0 && is_virtual) polling->instance->wasi->virtual_time += left;
  return result;
}

static long run(struct polling *polling) {
  struct wanco_wasi *wasi = polling->instance->wasi;
  while (polling->happened == 0) {
    long result = wait(polling);
    if (result == -EINTR) {
      wasi->poll_pending = true;
      wasi->poll_start = polling->start;
      wanco_host_interrupted(polling->instance);
      continue;
    }
    if (result < 0) return result;
    collect(polling);
  }
  return 0;
}

int32_t wanco_wasi_poll_oneoff(struct wanco_instance *instance, uint32_t subscriptions, uint32_t events, uint32_t count,
                               uint32_t happened) {
  if (count == 0) return WASI_EINVAL;
  struct wanco_wasi *wasi = instance->wasi;
  struct polling polling;
  polling.instance = instance;
  polling.subscriptions = wasi_guest_in(instance, subscriptions, count * (uint64_t)SUBSCRIPTION_SIZE);
  polling.events = wasi_guest_out(instance, events, count * (uint64_t)EVENT_SIZE);
  polling.count = count;
  polling.happened = 0;
  polling.fds = 0;
  void *out = wasi_guest_out(instance, happened, 4);
  if (!polling.subscriptions || !polling.events || !out) return WASI_EFAULT;
  int32_t error = check(&polling);
  if (error) return error;
  polling.start = wasi->poll_pending ? wasi->poll_start : wasi_clock_now(wasi, WASI_CLOCK_MONOTONIC);
  long result = run(&polling);
  wasi->poll_pending = false;
  if (result < 0) return wasi_error(result);
  wanco_store_u32(out, polling.happened);
  return WASI_ESUCCESS;
}
