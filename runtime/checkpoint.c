/* When to save, and what happens then. Signal handlers only leave a request and set the flag
   that polls look at; requests are served at polls and in host calls that wait. */
#include <fcntl.h>

#include "writer.h"

uint32_t wanco_poll_flag; /* read by generated code */
uint32_t wanco_requests;  /* WANCO_REQUEST_... bits; read by wanco_blocking_syscall */
uint32_t wanco_host_calls_counted; /* read by the stubs of host calls */

/* Executed since the start of the process, if they are counted; with --wanco-count-host-calls
   those host calls, too. */
static uint64_t polls;
static uint64_t number; /* of the last snapshot in this chain */

static uint32_t points_passed; /* of --wanco-checkpoint-at */

static bool counting(void) { return wanco_instance.options.checkpoint_at.count || wanco_instance.options.trace_polls; }

void wanco_request(uint32_t what) {
  __atomic_fetch_or(&wanco_requests, what, __ATOMIC_SEQ_CST);
  __atomic_store_n(&wanco_poll_flag, 1, __ATOMIC_SEQ_CST);
}

/* The flag is reset first: a request that comes in between is seen either now or at the
   next poll, and never lost. */
static uint32_t take_requests(void) {
  if (!counting()) __atomic_store_n(&wanco_poll_flag, 0, __ATOMIC_SEQ_CST);
  return __atomic_exchange_n(&wanco_requests, 0, __ATOMIC_SEQ_CST);
}

/* What --wanco-checkpoint-at asks for at this poll: to save, at its last one to leave, too. */
static uint32_t requested_here(void) {
  const struct wanco_polls *points = &wanco_instance.options.checkpoint_at;
  if (points_passed == points->count || points->items[points_passed] != polls) return 0;
  return ++points_passed == points->count ? WANCO_REQUEST_LEAVE : WANCO_REQUEST_SAVE;
}

/* ---- names of files ---- */

enum { PATH = 4096 };

struct path {
  char text[PATH];
  size_t length;
  bool too_long;
};

static void append(struct path *path, const char *text) {
  for (; *text; text++) {
    if (path->length + 1 < PATH) path->text[path->length++] = *text;
    else path->too_long = true;
  }
  path->text[path->length] = 0;
}

static void append_number(struct path *path, uint64_t value) {
  char digits[24];
  wanco_format(digits, sizeof digits, "%lu", value);
  append(path, digits);
}

static void expand(struct path *path, const char *pattern) {
  for (; *pattern; pattern++) {
    if (pattern[0] == '%' && pattern[1] == 'n') {
      append_number(path, number + 1);
      pattern++;
    } else {
      append(path, (char[]){*pattern, 0});
    }
  }
}

static const char *base_name(const char *path) {
  const char *base = path;
  for (; *path; path++)
    if (*path == '/' && path[1]) base = path + 1;
  return base;
}

/* The snapshot's path, and the name it has until it is complete. */
static void make_paths(const char *pattern, struct path *final, struct path *temporary) {
  const struct wanco_options *options = &wanco_instance.options;
  final->length = temporary->length = 0;
  final->too_long = temporary->too_long = false;
  if (pattern) {
    expand(final, pattern);
  } else {
    append(final, base_name(options->argc ? options->argv[0] : "program"));
    append(final, ".wsnap");
  }
  append(temporary, final->text);
  append(temporary, ".tmp-");
  append_number(temporary, (uint64_t)sys(getpid));
}

/* ---- saving ---- */

static bool fail(const char *path, const char *why) {
  wanco_message("no snapshot: %s: %s; the program goes on", path, why);
  return false;
}

static bool save_as(const char *pattern, struct wanco_stop *stop) {
  static struct wanco_writer writer;
  static struct path path, temporary;
  make_paths(pattern, &path, &temporary);
  if (temporary.too_long) return fail(path.text, "path too long");
  long fd = sys(openat, AT_FDCWD, temporary.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (wanco_failed(fd)) return fail(path.text, wanco_error_text(fd));

  stop->number = number + 1;
  stop->polls = polls;
  long error = wanco_dump(&writer, fd, stop);
  const char *why = error ? wanco_writer_reason(&writer) : NULL;
  long closed = sys(close, fd);
  if (!why && closed) why = wanco_error_text(closed);
  if (!why) {
    long renamed = sys(renameat2, AT_FDCWD, temporary.text, AT_FDCWD, path.text, 0);
    if (renamed) why = wanco_error_text(renamed);
  }
  if (why) {
    sys(unlinkat, AT_FDCWD, temporary.text, 0);
    return fail(path.text, why);
  }
  if (!wanco_instance.options.quiet) wanco_message("saved %s (%lu bytes)", path.text, wanco_writer_size(&writer));
  return true;
}

static bool save(struct wanco_stop *stop) {
  if (!save_as(wanco_instance.options.snapshot, stop)) return false;
  number++;
  return true;
}

void wanco_snapshot_number(uint64_t last) { number = last; }

bool wanco_save_between_calls(void) { return save(&(struct wanco_stop){0}); }

/* There is nothing to go on with, so nothing is running in it. */
void wanco_save_at_end(void) {
  if (!wanco_instance.options.checkpoint_at_exit) return;
  wanco_instance.phase = WANCO_PHASE_INVOKE;
  wanco_instance.entry = WANCO_NO_EXPORT;
  save_as(wanco_instance.options.checkpoint_at_exit, &(struct wanco_stop){0});
}

static void serve(const struct wanco_registers *registers, uint32_t requests) {
  if (!requests || !save(&(struct wanco_stop){.registers = registers})) return;
  if (requests & WANCO_REQUEST_LEAVE) wanco_end_process((int)wanco_instance.options.checkpoint_exit_status);
}

/* ---- where requests are served ---- */

static void count(const struct wanco_registers *registers) {
  polls++;
  if (wanco_instance.options.trace_polls) wanco_trace_poll(polls, registers);
}

void wanco_on_poll(const struct wanco_registers *registers) {
  uint32_t requests = take_requests();
  if (counting()) {
    count(registers);
    requests |= requested_here();
  }
  serve(registers, requests);
}

/* A call that a restored program issues again was counted before it was saved: so the next
   number after a restore is 1 here as it is after a poll. */
void wanco_on_host_call(void) {
  if (wanco_instance.resumed_at_host_call) {
    wanco_instance.resumed_at_host_call = false;
    return;
  }
  count(&wanco_instance.anchor);
  serve(&wanco_instance.anchor, take_requests() | requested_here());
}

void wanco_host_interrupted(struct wanco_instance *instance) { serve(&instance->anchor, take_requests()); }

uint32_t wanco_checkpoint(struct wanco_instance *instance) {
  if (instance->resumed_by_guest) {
    instance->resumed_by_guest = false;
    return 1;
  }
  if (!instance->module->checkpointable) return UINT32_MAX;
  struct wanco_stop stop = {.registers = &instance->anchor, .by_guest = true};
  const char *own = instance->options.guest_snapshot;
  return (own ? save_as(own, &stop) : save(&stop)) ? 0 : UINT32_MAX;
}

/* ---- the start ---- */

static bool wants_checkpoints(const struct wanco_options *o) {
  return o->checkpoint_on_term || o->checkpoint_after || o->checkpoint_every || o->checkpoint_at.count || o->trace_polls;
}

void wanco_checkpoints_start(struct wanco_instance *instance) {
  if (!instance->module->checkpointable) {
    if (wants_checkpoints(&instance->options) || instance->options.restore)
      wanco_fail("this program was compiled without checkpoints (--no-checkpoint)");
    return;
  }
  if (counting()) wanco_poll_flag = 1;
  wanco_host_calls_counted = counting() && instance->options.count_host_calls;
  if (instance->options.trace_polls) wanco_trace_start(instance->options.trace_polls);
  wanco_signals_request(&instance->options);
}
