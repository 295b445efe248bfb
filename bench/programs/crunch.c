/* Bytes: text is made, hashed by SHA-256, packed by an LZ77 coder, unpacked, compared.
   Arguments: bytes of text, repetitions. */
#include "common.h"
#include <string.h>

/* SHA-256 (FIPS 180-4). */

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static void sha256_block(uint32_t h[8], const uint8_t *block) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++, block += 4)
    w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t t1 = x + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i];
    uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    x = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += x;
}

static void sha256(const uint8_t *data, size_t size, uint32_t h[8]) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(h, start, sizeof start);
  size_t whole = size / 64 * 64;
  for (size_t i = 0; i < whole; i += 64)
    sha256_block(h, data + i);
  uint8_t last[128] = {0};
  size_t rest = size - whole, end = rest < 56 ? 64 : 128;
  memcpy(last, data + whole, rest);
  last[rest] = 0x80;
  for (int i = 0; i < 8; i++)
    last[end - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
  for (size_t i = 0; i < end; i += 64)
    sha256_block(h, last + i);
}

/* LZ77 with hash chains of length one. Tokens: literal run length, literals, match length
   less 4, distance as two bytes; a length from 255 on goes on in further bytes. */

enum { HASH_BITS = 15, MIN_MATCH = 4, MAX_DISTANCE = 65535 };
static int32_t heads[1 << HASH_BITS];

static uint32_t read32(const uint8_t *p) {
  uint32_t value;
  memcpy(&value, p, 4);
  return value;
}

static uint8_t *put_length(uint8_t *out, size_t length) {
  for (; length >= 255; length -= 255)
    *out++ = 255;
  *out++ = (uint8_t)length;
  return out;
}

static const uint8_t *get_length(const uint8_t *in, size_t *length) {
  uint8_t byte;
  *length = 0;
  do
    *length += byte = *in++;
  while (byte == 255);
  return in;
}

static size_t pack(const uint8_t *in, size_t size, uint8_t *out) {
  uint8_t *start = out;
  size_t at = 0, literals = 0;
  memset(heads, -1, sizeof heads);
  while (at + MIN_MATCH <= size) {
    uint32_t hash = read32(in + at) * 2654435761u >> (32 - HASH_BITS);
    int32_t candidate = heads[hash];
    heads[hash] = (int32_t)at;
    if (candidate < 0 || at - (size_t)candidate > MAX_DISTANCE || read32(in + candidate) != read32(in + at)) {
      at++;
      continue;
    }
    size_t length = MIN_MATCH;
    while (at + length < size && in[(size_t)candidate + length] == in[at + length])
      length++;
    out = put_length(out, at - literals);
    memcpy(out, in + literals, at - literals);
    out += at - literals;
    out = put_length(out, length - MIN_MATCH);
    size_t distance = at - (size_t)candidate;
    *out++ = (uint8_t)distance;
    *out++ = (uint8_t)(distance >> 8);
    at += length;
    literals = at;
  }
  out = put_length(out, size - literals);
  memcpy(out, in + literals, size - literals);
  return (size_t)(out - start) + size - literals;
}

static size_t unpack(const uint8_t *in, size_t size, uint8_t *out) {
  uint8_t *start = out;
  const uint8_t *end = in + size;
  while (in < end) {
    size_t length;
    in = get_length(in, &length);
    memcpy(out, in, length);
    in += length, out += length;
    if (in == end)
      break;
    in = get_length(in, &length);
    const uint8_t *from = out - (in[0] | in[1] << 8);
    in += 2;
    for (length += MIN_MATCH; length > 0; length--)
      *out++ = *from++;
  }
  return (size_t)(out - start);
}

static void write_text(uint8_t *text, size_t size, uint64_t *state) {
  static const char *const words[] = {"the ", "state ", "of ", "a ", "program ", "is ", "what ", "memory ", "and ", "stack ",
                                      "hold ", "at ", "one ", "point ", "in ", "time, ", "whatever ", "machine ", "runs ", "it.\n"};
  size_t at = 0;
  while (at < size) {
    const char *word = words[random_below(state, sizeof words / sizeof *words)];
    if (random_below(state, 8) == 0)
      text[at++] = (uint8_t)('0' + random_below(state, 10));
    while (*word && at < size)
      text[at++] = (uint8_t)*word++;
  }
}

int main(int argc, char **argv) {
  size_t size = (size_t)argument(argc, argv, 1);
  int repetitions = argument(argc, argv, 2);
  uint8_t *text = allocate(size + 16, 1), *packed = allocate(size + size / 64 + 64, 1), *copy = allocate(size + 16, 1);
  uint64_t state = 88172645463325252ull;
  for (int i = 0; i < repetitions; i++) {
    write_text(text, size, &state);
    size_t packed_size = pack(text, size, packed);
    size_t copy_size = unpack(packed, packed_size, copy);
    if (copy_size != size || memcmp(text, copy, size) != 0) {
      puts("the copy differs");
      return 1;
    }
    uint32_t hash[8];
    sha256(copy, size, hash);
    printf("%zu -> %zu ", size, packed_size);
    for (int j = 0; j < 8; j++)
      printf("%08x", hash[j]);
    putchar('\n');
  }
  return 0;
}
