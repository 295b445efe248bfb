/* Deterministic data to compress, and a digest of results. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t corpus_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Text of words whose frequencies fall, with repeated passages, and now and then binary data. */
static inline unsigned char *corpus_make(size_t size) {
  unsigned char *data = malloc(size);
  if (!data) exit(9);
  uint32_t state = 2463534242u;
  char words[512][12];
  for (int i = 0; i < 512; i++) {
    int length = 2 + (int)(corpus_random(&state) % 9);
    for (int j = 0; j < length; j++) words[i][j] = (char)('a' + corpus_random(&state) % 26);
    words[i][length] = 0;
  }
  size_t at = 0;
  while (at < size) {
    uint32_t choice = corpus_random(&state);
    if (at > 5000 && choice % 64 == 0) { /* a passage from before */
      size_t length = 50 + choice / 64 % 400, from = corpus_random(&state) % (at - length);
      for (size_t i = 0; i < length && at < size; i++) data[at++] = data[from + i];
    } else if (choice % 512 == 1) {
      for (int i = 0; i < 256 && at < size; i++) data[at++] = (unsigned char)corpus_random(&state);
    } else {
      uint32_t bound = 1 + corpus_random(&state) % 512;
      for (const char *c = words[corpus_random(&state) % bound]; *c && at < size; c++) data[at++] = (unsigned char)*c;
      if (at < size) data[at++] = choice % 80 == 2 ? '\n' : ' ';
    }
  }
  return data;
}

/* FNV-1a, 64 bits. */
static inline uint64_t corpus_digest(const void *data, size_t size) {
  const unsigned char *byte = data;
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
  return hash;
}

static inline void corpus_check(const char *what, const void *a, size_t a_size, const void *b, size_t b_size) {
  if (a_size == b_size && memcmp(a, b, a_size) == 0) return;
  printf("%s: the data did not come back\n", what);
  exit(1);
}
