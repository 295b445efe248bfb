/* Where _start goes. */
#include "front/front.h"

/* Constructors of host objects: C++, or the attribute. */
extern void (*const __init_array_start[])(int, char **, char **) __attribute__((visibility("hidden")));
extern void (*const __init_array_end[])(int, char **, char **) __attribute__((visibility("hidden")));

_Noreturn void wanco_start(long *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  for (void (*const *function)(int, char **, char **) = __init_array_start; function < __init_array_end; function++)
    (*function)(argc, argv, argv + argc + 1);
  int status = wanco_main(argc, argv, argv + argc + 1);
  for (;;) sys(exit_group, status);
}
