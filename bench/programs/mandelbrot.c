/* Mandelbrot set: a loop that is left early, doubles in registers. Argument: width and
   height of the picture. */
#include "common.h"

enum { ITERATIONS = 50 };

static int escapes(double cr, double ci) {
  double zr = 0, zi = 0;
  for (int i = 0; i < ITERATIONS; i++) {
    double r2 = zr * zr, i2 = zi * zi;
    if (r2 + i2 > 4)
      return i;
    zi = 2 * zr * zi + ci;
    zr = r2 - i2 + cr;
  }
  return ITERATIONS;
}

int main(int argc, char **argv) {
  int size = argument(argc, argv, 1);
  uint32_t hash = MIX_START;
  int inside = 0;
  for (int y = 0; y < size; y++) {
    uint32_t bits = 0;
    for (int x = 0; x < size; x++) {
      int n = escapes(2.0 * x / size - 1.5, 2.0 * y / size - 1.0);
      inside += n == ITERATIONS;
      bits = bits << 1 | (n == ITERATIONS);
      if ((x & 31) == 31)
        hash = mix(hash, bits);
    }
    hash = mix(hash, bits);
  }
  printf("%d inside, %08x\n", inside, hash);
  return 0;
}
