/* Recursion: the n queens problem by bit masks, and Ackermann's function. Arguments: board
   size, m and n of Ackermann's function. */
#include "common.h"

static int queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == all)
    return 1;
  int solutions = 0;
  for (uint32_t places = all & ~(columns | left | right); places; places &= places - 1) {
    uint32_t place = places & -places;
    solutions += queens(all, columns | place, (left | place) << 1, (right | place) >> 1);
  }
  return solutions;
}

static int ackermann(int m, int n) {
  if (m == 0)
    return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

int main(int argc, char **argv) {
  int size = argument(argc, argv, 1), m = argument(argc, argv, 2), n = argument(argc, argv, 3);
  printf("queens(%d) = %d\n", size, queens((1u << size) - 1, 0, 0, 0));
  printf("ackermann(%d, %d) = %d\n", m, n, ackermann(m, n));
  return 0;
}
