/* What makes a program save its state, as its options say: signals and timers. */
#include <signal.h>

#include "checkpoint/checkpoint.h"

/* What signals ask for; all others mean to leave. */
static uint32_t meaning(int signal) {
  switch (signal) {
  case SIGALRM: return WANCO_REQUEST_PERIODIC;
  case SIGCHLD: return WANCO_REQUEST_COLLECT;
  case SIGPROF: return WANCO_REQUEST_MEASURE;
  default: return WANCO_REQUEST_LEAVE;
  }
}

void wanco_on_signal(int signal) { wanco_request(meaning(signal)); }

static uint64_t bit(int signal) { return UINT64_C(1) << (signal - 1); }

/* Microseconds; no divisor of anything that repeats. */
enum { MEASURE_EVERY = 997 };

static void start_signals(const struct wanco_options *options) {
  /* A process that a library is linked into has its own use for signals. */
  bool usr1 = !wanco_instance.embedded;
  if (usr1) wanco_signal_request(SIGUSR1);
  if (options->checkpoint_on_term) wanco_signal_request(SIGTERM);
  if (options->checkpoint_after) wanco_signal_request_timed(SIGVTALRM, options->checkpoint_after, 0);
  if (options->trace_latency) wanco_signal_request_timed(SIGPROF, MEASURE_EVERY, MEASURE_EVERY);
  if (options->checkpoint_every) {
    wanco_signal_request(SIGCHLD);
    wanco_signal_request_timed(SIGALRM, options->checkpoint_every, options->checkpoint_every);
  }
  uint64_t optional = (usr1 ? bit(SIGUSR1) : 0) | (options->checkpoint_on_term ? bit(SIGTERM) : 0);
  wanco_signals_unblock(bit(SIGALRM) | bit(SIGVTALRM) | bit(SIGCHLD) | bit(SIGPROF) | optional);
}

static bool wants_checkpoints(const struct wanco_options *o) {
  return o->checkpoint_on_term || o->checkpoint_after || o->checkpoint_every || o->checkpoint_at.count || o->trace_polls || o->trace_latency ||
         o->incremental;
}

void wanco_checkpoints_start(struct wanco_instance *instance) {
  const struct wanco_options *options = &instance->options;
  if (!instance->module->checkpointable) {
    if (wants_checkpoints(options) || options->restore) wanco_fail("this program was compiled without checkpoints (--no-checkpoint)");
    return;
  }
  wanco_requests_start();
  wanco_trace_start(options);
  if (options->checkpoint_every) wanco_background_start();
  if (options->incremental) wanco_increments_start();
  if (options->checkpoint_every || options->incremental) wanco_blocks_watch(wanco_background_shares_memory);
  start_signals(options);
}
