/* Fannkuch-redux: reversals of short integer arrays, unpredictable branches.
   Arguments: length of the permutations, repetitions. */
#include "common.h"

enum { MAX = 12 };

struct result {
  int checksum, flips;
};

static int count_flips(const int *permutation, int n) {
  int p[MAX], flips = 0;
  for (int i = 0; i < n; i++)
    p[i] = permutation[i];
  for (int first = p[0]; first != 0; first = p[0], flips++)
    for (int lo = 0, hi = first; lo < hi; lo++, hi--) {
      int t = p[lo];
      p[lo] = p[hi];
      p[hi] = t;
    }
  return flips;
}

static struct result fannkuch(int n) {
  struct result result = {0, 0};
  int permutation[MAX], count[MAX];
  for (int i = 0; i < n; i++)
    permutation[i] = i;
  int r = n;
  for (int index = 0;; index++) {
    for (; r != 1; r--)
      count[r - 1] = r;
    int flips = count_flips(permutation, n);
    if (flips > result.flips)
      result.flips = flips;
    result.checksum += index & 1 ? -flips : flips;
    for (;; r++) {
      if (r == n)
        return result;
      int first = permutation[0];
      for (int i = 0; i < r; i++)
        permutation[i] = permutation[i + 1];
      permutation[r] = first;
      if (--count[r] > 0)
        break;
    }
  }
}

int main(int argc, char **argv) {
  int n = argument(argc, argv, 1), repetitions = argument(argc, argv, 2);
  if (n > MAX)
    return 2;
  for (int i = 0; i < repetitions; i++) {
    struct result result = fannkuch(n);
    printf("%d\nPfannkuchen(%d) = %d\n", result.checksum, n, result.flips);
  }
  return 0;
}
