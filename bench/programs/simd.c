/* Vectors of 128 bits written by hand: a digital filter of 16-bit samples, two pictures
   blended, four points of the Mandelbrot set at once. Arguments: samples and bytes (a
   multiple of 16), repetitions, width of the set. */
#include "common.h"
#include "simd.h"

enum { TAPS = 32 };

/* Each output is a sum of TAPS products. */
static void filter(const int16_t *samples, const int16_t *taps, int32_t *out, int count) {
  for (int i = 0; i < count; i++) {
    i32x4 sum = {0};
    for (int j = 0; j < TAPS; j += 8)
      sum += dot_pairs(LOAD(i16x8, samples + i + j), LOAD(i16x8, taps + j));
    out[i] = sum[0] + sum[1] + sum[2] + sum[3];
  }
}

/* A mixture of two pictures by weights, made lighter, and never much darker than their mean. */
static void blend(const uint8_t *a, const uint8_t *b, const uint8_t *alpha, uint8_t *out, int size, uint8_t glow) {
  u8x16 opaque = {0}, light = {0};
  opaque -= 1, light += glow;
  for (int i = 0; i < size; i += 16) {
    u8x16 x = LOAD(u8x16, a + i), y = LOAD(u8x16, b + i), weight = LOAD(u8x16, alpha + i);
    u16x8 low = low_times(x, weight) + low_times(y, opaque - weight);
    u16x8 high = high_times(x, weight) + high_times(y, opaque - weight);
    u8x16 mixed = add_saturated(narrow(low >> 8, high >> 8), light);
    STORE(out + i, greater(mixed, average(x, y) - (average(x, y) & light)));
  }
}

/* Points of the set among width * width, four at a time. */
static uint32_t mandelbrot(int width) {
  uint32_t inside = 0;
  i32x4 counts = {0};
  for (int row = 0; row < width; row++) {
    float y = 2.0f * (float)row / (float)width - 1.0f;
    for (int column = 0; column < width; column += 4) {
      f32x4 x = {(float)column, (float)(column + 1), (float)(column + 2), (float)(column + 3)};
      x = 3.0f * x / (float)width - 2.0f;
      f32x4 a = {0}, b = {0};
      i32x4 within = (i32x4)(x == x);
      for (int i = 0; i < 50 && any(within); i++) {
        f32x4 aa = a * a, bb = b * b;
        b = (a + a) * b + y;
        a = aa - bb + x;
        within &= (i32x4)(aa + bb <= 4.0f);
      }
      counts -= within;
    }
  }
  for (int i = 0; i < 4; i++)
    inside += (uint32_t)counts[i];
  return inside;
}

int main(int argc, char **argv) {
  int count = argument(argc, argv, 1) / 16 * 16, repetitions = argument(argc, argv, 2), width = argument(argc, argv, 3) / 4 * 4;
  size_t size = (size_t)count;
  int16_t *samples = allocate(size + TAPS, sizeof *samples), taps[TAPS];
  int32_t *filtered = allocate(size, sizeof *filtered);
  uint8_t *a = allocate(size, 1), *b = allocate(size, 1), *alpha = allocate(size, 1), *out = allocate(size, 1);
  uint64_t state = 362436069;
  for (size_t i = 0; i < size; i++) {
    uint64_t bits = random64(&state);
    samples[i] = (int16_t)(bits >> 48);
    a[i] = (uint8_t)(bits >> 40), b[i] = (uint8_t)(bits >> 32), alpha[i] = (uint8_t)(bits >> 24);
  }
  for (int i = 0; i < TAPS; i++)
    taps[i] = (int16_t)random_below(&state, 1024);
  uint32_t hash = MIX_START;
  for (int r = 0; r < repetitions; r++) {
    filter(samples, taps, filtered, count);
    for (int i = 0; i < 8; i++) {
      blend(a, b, alpha, out, count, (uint8_t)(r + i));
      uint8_t *old = a;
      a = out, out = old;
    }
    taps[r % TAPS] = (int16_t)(filtered[(uint32_t)r * 7919 % (uint32_t)count] >> 16);
    hash = mix(hash, (uint32_t)filtered[(uint32_t)r * 104729 % (uint32_t)count]);
  }
  for (size_t i = 0; i < size; i++)
    hash = mix(hash, a[i]);
  printf("%08x %u\n", hash, mandelbrot(width));
  return 0;
}
