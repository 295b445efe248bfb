/* The activation of the program, and the stack that it runs on. */
#include <sys/mman.h>

#include "stack/stack.h"

struct wanco_activation wanco_activation;

_Static_assert(offsetof(struct wanco_activation, anchor) == 0, "where the stubs store registers");
_Static_assert(offsetof(struct wanco_activation, runtime_stack) == WANCO_OFFSET_RUNTIME_STACK, "offset used by the stubs");
_Static_assert(offsetof(struct wanco_activation, innermost_resume) == WANCO_OFFSET_INNERMOST_RESUME, "offset used by the stubs");

uint32_t wanco_poll_flag;
uint32_t wanco_requests;
uint32_t wanco_host_calls_counted;

/* Below the stack of WebAssembly code, on which host functions run, too. No frame is larger
   (50,000 locals of 16 bytes), so none can jump over it. */
enum { GUARD = 4 << 20 };

void wanco_activation_create(struct wanco_activation *activation, uint64_t stack_size) {
  uint64_t size = (stack_size + wanco_page_size - 1) & -wanco_page_size;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  long at = sys(mmap, 0, GUARD + size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (!wanco_failed(at)) {
    long error = sys(mprotect, at, GUARD, PROT_NONE);
    if (error) at = error;
  }
  if (wanco_failed(at)) wanco_fail("cannot allocate a stack of %lu bytes: %s; see --wanco-stack-size", size, wanco_error_text(at));
  activation->stack_guard = (uint64_t)at;
  activation->stack_bottom = (uint64_t)at + GUARD;
  activation->stack_top = (uint64_t)at + GUARD + size;
}
