/* Signal handlers and timers. What a signal means is not known here: faults and requests go to the
   handlers that wanco_signals_start() was given. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "stack/stack.h"

static wanco_fault_handler *fault_handler;
static wanco_signal_handler *request_handler;

/* Large enough for a report and the largest frame of vector registers. */
static uint8_t handler_stack[128 << 10] __attribute__((aligned(16)));

/* Of faults; a process that a library is linked into may have handlers of its own. */
static struct wanco_sigaction previous[SIGSEGV + 1];

static void install(int signal, void (*handler)(int, siginfo_t *, void *), struct wanco_sigaction *old) {
  struct wanco_sigaction action = WANCO_SIGACTION((void *)handler, SA_SIGINFO | SA_ONSTACK);
  sys(rt_sigaction, signal, &action, old, sizeof action.mask);
}

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

static void on_fault(int signal, siginfo_t *info, void *context) { fault_handler(signal, (uint64_t)info->si_addr, info, context); }

/* A system call that has not begun yet is not begun: wanco_blocking_syscall has looked for
   requests already. */
static void on_request(int signal, siginfo_t *info, void *context) {
  (void)info;
  request_handler(signal);
  uint64_t pc = wanco_context_pc(context);
  if (pc >= (uint64_t)wanco_blocking_check && pc < (uint64_t)wanco_blocking_end)
    wanco_context_set_pc(context, (uint64_t)wanco_blocking_abort);
}

void wanco_signals_start(wanco_fault_handler *fault, wanco_signal_handler *request) {
  fault_handler = fault;
  request_handler = request;
  stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  sys(sigaltstack, &stack, 0);
  install(SIGSEGV, on_fault, &previous[SIGSEGV]);
  install(SIGBUS, on_fault, &previous[SIGBUS]);
  /* Errors of the calls that cause them; programs expect an errno. */
  ignore(SIGPIPE);
  ignore(SIGXFSZ);
}

void wanco_signal_request(int signal) { install(signal, on_request, NULL); }

void wanco_signal_request_timed(int signal, uint64_t first, uint64_t interval) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
  struct itimerspec times = {
      .it_value = {.tv_sec = (time_t)(first / 1000000), .tv_nsec = (long)(first % 1000000) * 1000},
      .it_interval = {.tv_sec = (time_t)(interval / 1000000), .tv_nsec = (long)(interval % 1000000) * 1000},
  };
  int timer;
  wanco_signal_request(signal);
  long error = sys(timer_create, CLOCK_MONOTONIC, &event, &timer);
  if (!error) error = sys(timer_settime, timer, 0, &times, 0);
  if (error) wanco_fail("cannot start a timer: %s", wanco_error_text(error));
}

void wanco_signals_unblock(uint64_t signals) { sys(rt_sigprocmask, SIG_UNBLOCK, &signals, 0, sizeof signals); }
