/* A memory full of random numbers, and a loop that goes through it at random: what saving
   and restoring memory costs. Arguments: size in MiB, millions of steps. */
#include "common.h"

int main(int argc, char **argv) {
  size_t count = ((size_t)argument(argc, argv, 1) << 20) / sizeof(uint64_t);
  int millions = argument(argc, argv, 2);
  uint64_t *memory = allocate(count, sizeof *memory), state = 88172645463325252ull, sum = 0;
  for (size_t i = 0; i < count; i++)
    memory[i] = random64(&state);
  for (int m = 0; m < millions; m++) {
    for (int i = 0; i < 1000000; i++) {
      uint64_t *word = &memory[random_below(&state, (uint32_t)count)];
      sum += *word;
      *word ^= sum;
    }
  }
  printf("%016llx\n", (unsigned long long)sum);
  return 0;
}
