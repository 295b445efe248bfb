/* When to save, and what happens then. Signal handlers only leave a request and set the flag
   that polls look at; requests are served at polls and in host calls that wait. */
#include "checkpoint/checkpoint.h"

/* Executed since the start of the process, if they are counted; with --wanco-count-host-calls
   those host calls, too. */
static uint64_t polls;
static uint64_t requested; /* when the oldest open request came, on the monotonic clock; 0: none */
static bool owed; /* a periodic snapshot that was due while the one before was not complete */

static uint32_t points_passed; /* of --wanco-checkpoint-at */

static bool counting(void) { return wanco_instance.options.checkpoint_at.count || wanco_instance.options.trace_polls; }

void wanco_request(uint32_t what) {
  uint64_t none = 0;
  __atomic_compare_exchange_n(&requested, &none, wanco_now(), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
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

/* ---- serving ---- */

static void serve_periodic(struct wanco_stop *stop, bool due) {
  owed |= due;
  if (!owed || wanco_save_busy()) return;
  owed = false;
  wanco_save_in_background(stop);
}

/* Inside a nested call of a library there are frames of C functions on the stack: it has to end first. */
static uint32_t put_off;

void wanco_requests_allowed(void) {
  if (put_off) wanco_request(put_off);
  put_off = 0;
}

/* The program has been saved and is to end; a library's call does. */
static _Noreturn void leave_program(void) {
  if (wanco_instance.embedded) {
    wanco_activation.outcome = WANCO_OUTCOME_CHECKPOINTED;
    wanco_resume_context(wanco_activation.waiting);
  }
  wanco_end_process((int)wanco_instance.options.checkpoint_exit_status);
}

static void serve(const struct wanco_registers *registers, bool in_host_call, uint32_t requests) {
  if (!requests) return;
  if (wanco_activation.depth > 1) {
    put_off |= requests;
    return;
  }
  uint64_t when = __atomic_exchange_n(&requested, 0, __ATOMIC_SEQ_CST);
  struct wanco_stop stop = {.registers = registers, .in_host_call = in_host_call, .polls = polls, .began = wanco_now()};
  stop.requested = when ? when : stop.began;
  /* Where the time is missing, the request came after the last one had been taken and before its time was. */
  if (requests & WANCO_REQUEST_MEASURE && when) wanco_trace_latency(stop.began - when);
  if (requests & (WANCO_REQUEST_LEAVE | WANCO_REQUEST_SAVE)) {
    bool saved = wanco_save(&stop);
    if (saved && requests & WANCO_REQUEST_LEAVE) leave_program();
  }
  serve_periodic(&stop, requests & WANCO_REQUEST_PERIODIC);
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
  serve(registers, false, requests);
}

/* A call that a restored program issues again was counted before it was saved: so the next
   number after a restore is 1 here as it is after a poll. */
void wanco_on_host_call(void) {
  if (wanco_activation.resumed_at_host_call) {
    wanco_activation.resumed_at_host_call = false;
    return;
  }
  count(&wanco_activation.anchor);
  serve(&wanco_activation.anchor, false, take_requests() | requested_here());
}

void wanco_serve_host_call(void) { serve(&wanco_activation.anchor, true, take_requests()); }

uint32_t wanco_checkpoint(struct wanco_instance *instance) {
  if (wanco_activation.resumed_by_guest) {
    wanco_activation.resumed_by_guest = false;
    return 1;
  }
  if (!instance->module->checkpointable || wanco_activation.depth > 1) return UINT32_MAX;
  struct wanco_stop stop = {.registers = &wanco_activation.anchor, .by_guest = true, .polls = polls};
  const char *own = instance->options.guest_snapshot;
  return (own ? wanco_save_apart(own, &stop) : wanco_save(&stop)) ? 0 : UINT32_MAX;
}

void wanco_requests_start(void) {
  if (counting()) wanco_poll_flag = 1;
  wanco_host_calls_counted = counting() && wanco_instance.options.count_host_calls;
}
