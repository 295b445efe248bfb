/* Where a C library's start code goes, in programs that are linked with one. */
#include "front/front.h"

void exit(int status);

int main(int argc, char **argv, char **environment) {
  wanco_libc_exit = exit;
  return wanco_main(argc, argv, environment);
}
