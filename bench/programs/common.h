/* What the benchmark programs share: sizes from the command line, repeatable random
   numbers, a checksum. Nothing here is timed. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The index-th argument as a positive number: sizes come from outside, so that no compiler
   can compute the result at compile time. */
static inline int argument(int argc, char **argv, int index) {
  int value = index < argc ? atoi(argv[index]) : 0;
  if (value <= 0) {
    fprintf(stderr, "argument %d: a positive number is needed\n", index);
    exit(2);
  }
  return value;
}

/* Xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static inline uint64_t random64(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * 0x2545f4914f6cdd1dull;
}

static inline uint32_t random_below(uint64_t *state, uint32_t bound) {
  return (uint32_t)((random64(state) >> 32) * bound >> 32);
}

static inline double random_unit(uint64_t *state) {
  return (double)(random64(state) >> 11) * 0x1p-53;
}

/* One step of FNV-1a over a 32-bit value. */
static inline uint32_t mix(uint32_t hash, uint32_t value) {
  return (hash ^ value) * 16777619u;
}

#define MIX_START 2166136261u

static inline void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) {
    fputs("out of memory\n", stderr);
    exit(2);
  }
  return memory;
}
