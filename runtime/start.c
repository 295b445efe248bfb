/* Where _start goes. */
#include "internal.h"

_Noreturn void wanco_start(long *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  int status = wanco_main(argc, argv, argv + argc + 1);
  for (;;) sys(exit_group, status);
}
