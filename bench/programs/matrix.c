/* Loops that a compiler can vectorise: a product of matrices, a five-point stencil, an
   integer sum of products. Arguments: size of the matrices, repetitions. */
#include "common.h"

static void product(int n, const float *a, const float *b, float *out) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      out[i * n + j] = 0;
    for (int k = 0; k < n; k++) {
      float factor = a[i * n + k];
      for (int j = 0; j < n; j++)
        out[i * n + j] += factor * b[k * n + j];
    }
  }
}

static void stencil(int n, const double *in, double *out) {
  for (int i = 1; i < n - 1; i++)
    for (int j = 1; j < n - 1; j++)
      out[i * n + j] = 0.2 * (in[i * n + j] + in[i * n + j - 1] + in[i * n + j + 1] + in[(i - 1) * n + j] + in[(i + 1) * n + j]);
}

static uint32_t sum_of_products(int n, const int32_t *a, const int32_t *b) {
  uint32_t sum = 0;
  for (int i = 0; i < n; i++)
    sum += (uint32_t)a[i] * (uint32_t)b[i];
  return sum;
}

int main(int argc, char **argv) {
  int n = argument(argc, argv, 1), repetitions = argument(argc, argv, 2);
  size_t size = (size_t)n * (size_t)n;
  float *a = allocate(size, sizeof *a), *b = allocate(size, sizeof *b), *c = allocate(size, sizeof *c);
  double *grid = allocate(size, sizeof *grid), *next = allocate(size, sizeof *next);
  int32_t *x = allocate(size, sizeof *x), *y = allocate(size, sizeof *y);
  uint64_t state = 123456789;
  for (size_t i = 0; i < size; i++) {
    a[i] = (float)random_unit(&state), b[i] = (float)random_unit(&state) / (float)n;
    grid[i] = random_unit(&state);
    x[i] = (int32_t)random64(&state), y[i] = (int32_t)random64(&state);
  }
  uint32_t sum = 0;
  for (int r = 0; r < repetitions; r++) {
    product(n, a, b, c);
    float *f = a;
    a = c, c = f;
    for (int i = 0; i < 200; i++) {
      stencil(n, grid, next);
      double *d = grid;
      grid = next, next = d;
      sum += sum_of_products((int)size, x, y);
    }
  }
  double total = 0, trace = 0;
  for (size_t i = 0; i < size; i++)
    total += grid[i];
  for (int i = 0; i < n; i++)
    trace += a[i * n + i];
  printf("%.9e %.9e %u\n", total, trace, sum);
  return 0;
}
