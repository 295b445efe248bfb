/* The memory functions that compilers call by themselves. Written so that no loop is slower
   than what a C library has: unaligned 16-byte vectors, ends handled by overlapping ones. */
#include "base/base.h"

typedef uint64_t __attribute__((aligned(1), may_alias)) word8;
typedef uint32_t __attribute__((aligned(1), may_alias)) word4;
typedef uint16_t __attribute__((aligned(1), may_alias)) word2;
typedef uint8_t __attribute__((vector_size(16), aligned(1), may_alias)) vector;

enum { VECTOR = sizeof(vector), BLOCK = 4 * VECTOR };

/* Copies that read everything before they write anything, so that areas may overlap. */
#define COPY_ENDS(type, to, from, size)                           \
  do {                                                            \
    type first_ = *(const type *)(from);                          \
    type last_ = *(const type *)((from) + (size) - sizeof(type)); \
    *(type *)(to) = first_;                                       \
    *(type *)((to) + (size) - sizeof(type)) = last_;              \
  } while (0)

static void copy_small(uint8_t *to, const uint8_t *from, size_t size) {
  if (size > 16) COPY_ENDS(vector, to, from, size);
  else if (size >= 8) COPY_ENDS(word8, to, from, size);
  else if (size >= 4) COPY_ENDS(word4, to, from, size);
  else if (size >= 2) COPY_ENDS(word2, to, from, size);
  else if (size) *to = *from;
}

static inline void copy_block(uint8_t *to, const uint8_t *from) {
  vector a = *(const vector *)from, b = *(const vector *)(from + VECTOR);
  vector c = *(const vector *)(from + 2 * VECTOR), d = *(const vector *)(from + 3 * VECTOR);
  *(vector *)to = a;
  *(vector *)(to + VECTOR) = b;
  *(vector *)(to + 2 * VECTOR) = c;
  *(vector *)(to + 3 * VECTOR) = d;
}

static void copy_up(uint8_t *to, const uint8_t *from, size_t size) {
  vector last = *(const vector *)(from + size - VECTOR);
  uint8_t *end = to + size - VECTOR;
  for (; size > BLOCK; size -= BLOCK, from += BLOCK, to += BLOCK) copy_block(to, from);
  for (; size > VECTOR; size -= VECTOR, from += VECTOR, to += VECTOR) *(vector *)to = *(const vector *)from;
  *(vector *)end = last;
}

static void copy_down(uint8_t *to, const uint8_t *from, size_t size) {
  vector first = *(const vector *)from;
  for (; size > BLOCK; size -= BLOCK) copy_block(to + size - BLOCK, from + size - BLOCK);
  for (; size > VECTOR; size -= VECTOR) *(vector *)(to + size - VECTOR) = *(const vector *)(from + size - VECTOR);
  *(vector *)to = first;
}

void *memmove(void *to, const void *from, size_t size) {
  if (size <= 2 * VECTOR) copy_small(to, from, size);
  else if ((uintptr_t)to - (uintptr_t)from >= size) copy_up(to, from, size);
  else copy_down(to, from, size);
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) { return memmove(to, from, size); }

static void set_small(uint8_t *to, uint64_t pattern, size_t size) {
  if (size >= 8) {
    *(word8 *)to = pattern;
    *(word8 *)(to + size - 8) = pattern;
  } else if (size >= 4) {
    *(word4 *)to = (uint32_t)pattern;
    *(word4 *)(to + size - 4) = (uint32_t)pattern;
  } else if (size) {
    to[0] = to[size / 2] = to[size - 1] = (uint8_t)pattern;
  }
}

void *memset(void *area, int byte, size_t size) {
  uint8_t *to = area;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;
  if (size < VECTOR) {
    set_small(to, pattern, size);
    return area;
  }
  if (wanco_set_large(to, (uint8_t)byte, size)) return area;
  vector v = (vector)(uint64_t __attribute__((vector_size(16)))){pattern, pattern};
  uint8_t *end = to + size - VECTOR;
  for (; size > BLOCK; size -= BLOCK, to += BLOCK) {
    *(vector *)to = v;
    *(vector *)(to + VECTOR) = v;
    *(vector *)(to + 2 * VECTOR) = v;
    *(vector *)(to + 3 * VECTOR) = v;
  }
  for (; size > VECTOR; size -= VECTOR, to += VECTOR) *(vector *)to = v;
  *(vector *)end = v;
  return area;
}

int memcmp(const void *a, const void *b, size_t size) {
  const uint8_t *x = a, *y = b;
  for (; size >= 8 && *(const word8 *)x == *(const word8 *)y; size -= 8, x += 8, y += 8) {}
  for (; size; size--, x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}
