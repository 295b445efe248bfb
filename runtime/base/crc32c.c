/* CRC-32C (Castagnoli): with the processor's instruction, or eight bytes at a time by table.

   A checksum, its bits reflected, is a polynomial over GF(2) modulo P: bit 31 is x^0, bit 0 is
   x^31. So the checksum of A followed by B is that of A times x^(8 |B|), plus that of B, and
   parts can be summed at the same time: the instruction takes three cycles, but one can be
   issued in each. */
#include "base/base.h"

static const uint32_t POLYNOMIAL_REFLECTED = 0x82F63B78;
enum { SLICES = 8, STREAMS = 3, LEAST_STREAM = 1024 };

static uint32_t table[SLICES][256];

/* table[k][b]: the checksum of byte b followed by k zero bytes. */
static void make_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL_REFLECTED : 0);
    table[0][byte] = crc;
  }
  for (int k = 1; k < SLICES; k++)
    for (int byte = 0; byte < 256; byte++) table[k][byte] = table[k - 1][byte] >> 8 ^ table[0][table[k - 1][byte] & 255];
}

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t size) {
  if (!table[0][1]) make_table();
  for (; size >= 8; size -= 8, bytes += 8) {
    uint64_t word = wanco_load_u64(bytes) ^ crc;
    crc = 0;
    for (int k = 0; k < SLICES; k++) crc ^= table[SLICES - 1 - k][word >> 8 * k & 255];
  }
  for (; size; size--, bytes++) crc = crc >> 8 ^ table[0][(crc ^ *bytes) & 255];
  return crc;
}

static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; bit--) {
    product ^= b & -(a >> bit & 1);
    b = b >> 1 ^ (POLYNOMIAL_REFLECTED & -(b & 1));
  }
  return product;
}

/* x^(8 bytes). Most calls ask for what the last one did. */
static uint32_t power(uint64_t bytes) {
  static uint64_t last_bytes;
  static uint32_t last = 1u << 31;
  if (bytes == last_bytes) return last;
  uint32_t result = 1u << 31, square = 1u << (31 - 8);
  for (uint64_t rest = bytes; rest; rest >>= 1, square = multiply(square, square))
    if (rest & 1) result = multiply(result, square);
  last_bytes = bytes;
  return last = result;
}

uint32_t wanco_crc32c_append(uint32_t first, uint32_t second, uint64_t second_size) { return multiply(first, power(second_size)) ^ second; }

static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i += 8) crc = wanco_crc32c_word(crc, wanco_load_u64(bytes + i));
  return crc;
}

/* `size` bytes of each of three streams, which follow each other. */
static uint32_t by_instructions(uint32_t crc, const uint8_t *bytes, size_t size) {
  uint32_t sums[STREAMS] = {crc, 0, 0};
  for (size_t i = 0; i < size; i += 8)
    for (int k = 0; k < STREAMS; k++) sums[k] = wanco_crc32c_word(sums[k], wanco_load_u64(bytes + k * size + i));
  uint32_t shift = power(size);
  return multiply(multiply(sums[0], shift) ^ sums[1], shift) ^ sums[2];
}

uint32_t wanco_crc32c(uint32_t crc, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  crc = ~crc;
  if (wanco_has_crc32c(wanco_hwcap)) {
    size_t stream = size / STREAMS & ~(size_t)7;
    if (stream >= LEAST_STREAM) {
      crc = by_instructions(crc, at, stream);
      at += STREAMS * stream;
      size -= STREAMS * stream;
    }
    size_t words = size & ~(size_t)7;
    crc = by_instruction(crc, at, words);
    at += words;
    size -= words;
  }
  return ~by_table(crc, at, size);
}
