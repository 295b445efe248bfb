/* CRC-32C (Castagnoli): with the processor's instruction, or eight bytes at a time by table. */
#include "internal.h"

static const uint32_t POLYNOMIAL_REFLECTED = 0x82F63B78;
enum { SLICES = 8 };

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

uint32_t wanco_crc32c(uint32_t crc, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  crc = ~crc;
  if (wanco_has_crc32c(wanco_hwcap))
    for (; size >= 8; size -= 8, at += 8) crc = wanco_crc32c_word(crc, wanco_load_u64(at));
  return ~by_table(crc, at, size);
}
