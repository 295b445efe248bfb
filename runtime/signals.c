/* Signal handlers and timers. Requests for a checkpoint are noted; faults go to trap.c. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "internal.h"

/* Large enough for a report and the largest frame of vector registers. */
static uint8_t handler_stack[128 << 10] __attribute__((aligned(16)));

/* Of faults; a process that a library is linked into may have handlers of its own. */
static struct wanco_sigaction previous[SIGSEGV + 1];

static void install_over(int signal, void (*handler)(int, siginfo_t *, void *), struct wanco_sigaction *old) {
  struct wanco_sigaction action = WANCO_SIGACTION((void *)handler, SA_SIGINFO | SA_ONSTACK);
  sys(rt_sigaction, signal, &action, old, sizeof action.mask);
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *)) { install_over(signal, handler, NULL); }

static void ignore(int signal) {
  struct wanco_sigaction action = WANCO_SIGACTION((void *)SIG_IGN, 0), old;
  sys(rt_sigaction, signal, 0, &old, sizeof old.mask);
  if (old.handler == (void *)SIG_DFL) sys(rt_sigaction, signal, &action, 0, sizeof action.mask);
}

bool wanco_signal_forward(int signal, void *info, void *context) {
  const struct wanco_sigaction *to = &previous[signal];
  if (to->handler == (void *)SIG_DFL || to->handler == (void *)SIG_IGN) return false;
  ((void (*)(int, void *, void *))to->handler)(signal, info, context);
  return true;
}

void wanco_signal_default(int signal) {
  struct wanco_sigaction action = WANCO_SIGACTION((void *)SIG_DFL, 0);
  sys(rt_sigaction, signal, &action, 0, sizeof action.mask);
}

static void on_fault(int signal, siginfo_t *info, void *context) { wanco_on_fault(signal, (uint64_t)info->si_addr, info, context); }

/* What signals ask for; all others mean to leave. */
static uint32_t meaning(int signal) {
  switch (signal) {
  case SIGALRM: return WANCO_REQUEST_PERIODIC;
  case SIGCHLD: return WANCO_REQUEST_COLLECT;
  case SIGPROF: return WANCO_REQUEST_MEASURE;
  default: return WANCO_REQUEST_LEAVE;
  }
}

/* A system call that has not begun yet is not begun: wanco_blocking_syscall has looked for
   requests already. */
static void on_request(int signal, siginfo_t *info, void *context) {
  (void)info;
  wanco_request(meaning(signal));
  uint64_t pc = wanco_context_pc(context);
  if (pc >= (uint64_t)wanco_blocking_check && pc < (uint64_t)wanco_blocking_end)
    wanco_context_set_pc(context, (uint64_t)wanco_blocking_abort);
}

void wanco_signals_start(void) {
  stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  sys(sigaltstack, &stack, 0);
  install_over(SIGSEGV, on_fault, &previous[SIGSEGV]);
  install_over(SIGBUS, on_fault, &previous[SIGBUS]);
  /* Errors of the calls that cause them; programs expect an errno. */
  ignore(SIGPIPE);
  ignore(SIGXFSZ);
}

/* Whoever started this process may have blocked them. */
static void unblock(uint64_t signals) { sys(rt_sigprocmask, SIG_UNBLOCK, &signals, 0, sizeof signals); }

static uint64_t bit(int signal) { return UINT64_C(1) << (signal - 1); }

static void start_timer(int signal, uint64_t first, uint64_t interval) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
  struct itimerspec times = {
      .it_value = {.tv_sec = (time_t)(first / 1000000), .tv_nsec = (long)(first % 1000000) * 1000},
      .it_interval = {.tv_sec = (time_t)(interval / 1000000), .tv_nsec = (long)(interval % 1000000) * 1000},
  };
  int timer;
  install(signal, on_request);
  long error = sys(timer_create, CLOCK_MONOTONIC, &event, &timer);
  if (!error) error = sys(timer_settime, timer, 0, &times, 0);
  if (error) wanco_fail("cannot start a timer: %s", wanco_error_text(error));
}

/* Microseconds; no divisor of anything that repeats. */
enum { MEASURE_EVERY = 997 };

void wanco_signals_request(const struct wanco_options *options) {
  /* A process that a library is linked into has its own use for signals. */
  bool usr1 = !wanco_instance.embedded;
  if (usr1) install(SIGUSR1, on_request);
  if (options->checkpoint_on_term) install(SIGTERM, on_request);
  if (options->checkpoint_after) start_timer(SIGVTALRM, options->checkpoint_after, 0);
  if (options->trace_latency) start_timer(SIGPROF, MEASURE_EVERY, MEASURE_EVERY);
  if (options->checkpoint_every) {
    install(SIGCHLD, on_request);
    start_timer(SIGALRM, options->checkpoint_every, options->checkpoint_every);
  }
  uint64_t optional = (usr1 ? bit(SIGUSR1) : 0) | (options->checkpoint_on_term ? bit(SIGTERM) : 0);
  unblock(bit(SIGALRM) | bit(SIGVTALRM) | bit(SIGCHLD) | bit(SIGPROF) | optional);
}
