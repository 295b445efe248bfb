/* Spectral norm: a division in a reduction, matrix elements computed on the fly.
   Argument: size of the matrix. */
#include "common.h"
#include <math.h>

static double element(int i, int j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(int n, const double *v, double *out) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++)
      sum += element(i, j) * v[j];
    out[i] = sum;
  }
}

static void multiply_transposed(int n, const double *v, double *out) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++)
      sum += element(j, i) * v[j];
    out[i] = sum;
  }
}

int main(int argc, char **argv) {
  int n = argument(argc, argv, 1);
  double *u = allocate((size_t)n, sizeof *u), *v = allocate((size_t)n, sizeof *v), *t = allocate((size_t)n, sizeof *t);
  for (int i = 0; i < n; i++)
    u[i] = 1;
  for (int i = 0; i < 10; i++) {
    multiply(n, u, t), multiply_transposed(n, t, v);
    multiply(n, v, t), multiply_transposed(n, t, u);
  }
  double uv = 0, vv = 0;
  for (int i = 0; i < n; i++)
    uv += u[i] * v[i], vv += v[i] * v[i];
  printf("%0.9f\n", sqrt(uv / vv));
  return 0;
}
