/* Saving by a child process: it has the memory as it was at the fork, and the program goes on.
   One child at a time. It tells how it ended in a page that both processes see, for its exit
   status may be lost to somebody else who waits for children. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "checkpoint/checkpoint.h"

static long child; /* process id; 0: there is none */

static struct wanco_saved *told; /* by the child */

void wanco_background_start(void) {
  long at = sys(mmap, 0, wanco_page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (wanco_failed(at)) wanco_fail("cannot allocate memory for checkpoints: %s", wanco_error_text(at));
  told = (struct wanco_saved *)at;
}

bool wanco_background_busy(void) { return child; }

bool wanco_background_shares_memory(void) { return child && !__atomic_load_n(&told->ended, __ATOMIC_ACQUIRE); }

/* As a fork of the C library, of which this program need not have one. */
long wanco_background_fork(void) {
  told->ended = false;
  long pid = sys(clone, SIGCHLD, 0, 0, 0, 0);
  if (pid > 0) child = pid;
  return pid;
}

_Noreturn void wanco_background_end(const struct wanco_saved *saved) {
  *told = *saved;
  __atomic_store_n(&told->ended, true, __ATOMIC_RELEASE);
  for (;;) sys(exit_group, 0);
}

bool wanco_background_collect(bool wait, struct wanco_saved *saved) {
  if (!child) return false;
  int status = 0;
  long pid;
  do pid = sys(wait4, child, &status, wait ? 0 : WNOHANG, 0);
  while (pid == -EINTR && wait);
  if (!pid || pid == -EINTR) return false;
  *saved = *told;
  if (!saved->ended) *saved = (struct wanco_saved){.signal = pid > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  child = 0;
  return true;
}
