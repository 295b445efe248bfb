/* The end of the process. */
#include "checkpoint/checkpoint.h"

void (*wanco_libc_exit)(int status);

_Noreturn void wanco_end_process(int status) {
  wanco_save_finish();
  if (wanco_libc_exit) wanco_libc_exit(status);
  for (;;) sys(exit_group, status);
}
