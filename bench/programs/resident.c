/* Fills memory with bytes that are not zero, asks for a checkpoint, and then works on it for ever.

   Usage: resident MEBIBYTES (read | walk | scatter | rest). It writes one byte when the memory is
   filled and the checkpoint has been taken, or has been restored from, and one for each further
   stretch of work: 2^20 steps that read, or change, 8 bytes, one after the other in memory (64
   apart) or all over it. "rest" ends instead, at once. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((import_module("wanco"), import_name("checkpoint"))) int checkpoint(void);

enum { STEPS = 1 << 20, STRIDE = 8 };

static uint64_t *words;
static uint64_t count;

static void say(char c) {
  if (write(1, &c, 1) != 1) exit(1);
}

static void fill(void) {
  uint64_t state = 88172645463325252u;
  for (uint64_t i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    words[i] = state;
  }
}

static uint64_t read_on(uint64_t at) {
  uint64_t sum = 0;
  for (int i = 0; i < STEPS; i++) {
    sum += words[at];
    at = at + STRIDE < count ? at + STRIDE : 0;
  }
  words[0] ^= sum & 1;
  return at;
}

static uint64_t walk(uint64_t at) {
  for (int i = 0; i < STEPS; i++) {
    words[at] += at | 1;
    at = at + STRIDE < count ? at + STRIDE : 0;
  }
  return at;
}

static uint64_t scatter(uint64_t state) {
  for (int i = 0; i < STEPS; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    words[(state >> 32) * count >> 32] += state;
  }
  return state;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  count = strtoull(argv[1], NULL, 10) << 17;
  words = malloc(count * sizeof *words);
  if (!words) return 3;
  fill();
  checkpoint();
  say('.');
  for (uint64_t at = 0;;) {
    if (argv[2][0] == 'w') at = walk(at);
    else if (argv[2][0] == 's') at = scatter(at);
    else if (argv[2][2] == 'a') at = read_on(at);
    else return 0;
    say('.');
  }
}
