/* Where a C library's start code goes, in programs that are linked with one. */
#include "internal.h"

int main(int argc, char **argv, char **environment) { return wanco_main(argc, argv, environment); }
