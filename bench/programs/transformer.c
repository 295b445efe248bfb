/* Inference of a transformer of the Llama 2 kind, one token after the other: RMS norm,
   rotary positions, attention with a cache of keys and values, SwiGLU; weights drawn at
   random. Exponential and sine are our own, because the C libraries' need not agree in the
   last bit. Arguments: dimension (a multiple of 2 * HEADS), layers, vocabulary, tokens. */
#include "common.h"
#include <math.h>
#include <string.h>

enum { HEADS = 6 };

struct layer {
  float *query, *key, *value, *output;  /* dim x dim */
  float *gate, *up, *down;              /* hidden x dim, hidden x dim, dim x hidden */
  float *attention_norm, *forward_norm; /* dim */
  float *keys, *values;                 /* cache, tokens x dim */
};

struct model {
  int dim, hidden, layers, vocabulary, tokens;
  float *embedding; /* vocabulary x dim, the classifier, too */
  float *final_norm;
  struct layer *layer;
};

struct state {
  float *x, *normed, *query, *attended, *projected, *gate, *up, *scores, *logits;
};

/* ---- functions of one number ---- */

/* 2^n * e^r with |r| <= ln 2 / 2: relative error below 1e-7, ample for a softmax. */
static float exponential(float x) {
  x = x < -80 ? -80 : x > 80 ? 80 : x;
  int n = (int)floorf(x * 1.44269504f + 0.5f);
  float r = x - (float)n * 0.693147182f;
  float p = 1 + r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * (0.00833333333f + r * 0.00138888889f)))));
  uint32_t bits = (uint32_t)(n + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

/* Sine and cosine of 0 <= x <= 1, by their series. */
static void sine_cosine(double x, double *sine, double *cosine) {
  double term = 1, s = 0, c = 1;
  for (int i = 1; i < 20; i++) {
    term *= x / i;
    double sign = i / 2 % 2 ? -1 : 1;
    if (i % 2)
      s += sign * term;
    else
      c += sign * term;
  }
  *sine = s, *cosine = c;
}

/* ---- layers ---- */

static void product(float *restrict out, const float *restrict x, const float *restrict weights, int rows, int columns) {
  for (int i = 0; i < rows; i++) {
    float sum = 0;
    for (int j = 0; j < columns; j++)
      sum += weights[i * columns + j] * x[j];
    out[i] = sum;
  }
}

static void rms_norm(float *restrict out, const float *restrict x, const float *restrict weight, int size) {
  float squares = 0;
  for (int i = 0; i < size; i++)
    squares += x[i] * x[i];
  float scale = 1 / sqrtf(squares / (float)size + 1e-5f);
  for (int i = 0; i < size; i++)
    out[i] = weight[i] * (scale * x[i]);
}

static void softmax(float *x, int size) {
  float greatest = x[0], sum = 0;
  for (int i = 1; i < size; i++)
    greatest = x[i] > greatest ? x[i] : greatest;
  for (int i = 0; i < size; i++)
    sum += x[i] = exponential(x[i] - greatest);
  for (int i = 0; i < size; i++)
    x[i] /= sum;
}

/* Turns pairs of a query or key by angles that grow with the position: by position times
   its frequency, which is 1 for the first pair of a head and falls to about 1/10000. */
static void rotate(float *x, int dim, int position) {
  int head = dim / HEADS;
  double frequency = 1, ratio = exponential(-9.21034037f / (float)(head / 2));
  for (int i = 0; i < head; i += 2, frequency *= ratio) {
    double s, c, sine = 0, cosine = 1;
    sine_cosine(frequency, &s, &c);
    for (int bit = 30; bit >= 0; bit--) { /* (cosine + i sine) ^ position */
      double squared = cosine * cosine - sine * sine;
      sine = 2 * sine * cosine, cosine = squared;
      if (position >> bit & 1) {
        double turned = cosine * c - sine * s;
        sine = sine * c + cosine * s, cosine = turned;
      }
    }
    for (int h = 0; h < dim; h += head) {
      float a = x[h + i], b = x[h + i + 1];
      x[h + i] = a * (float)cosine - b * (float)sine;
      x[h + i + 1] = a * (float)sine + b * (float)cosine;
    }
  }
}

static void attend(const struct model *m, const struct layer *l, struct state *s, int position) {
  int head = m->dim / HEADS;
  for (int h = 0; h < m->dim; h += head) {
    for (int t = 0; t <= position; t++) {
      float score = 0;
      for (int i = 0; i < head; i++)
        score += s->query[h + i] * l->keys[t * m->dim + h + i];
      s->scores[t] = score / sqrtf((float)head);
    }
    softmax(s->scores, position + 1);
    for (int i = 0; i < head; i++)
      s->attended[h + i] = 0;
    for (int t = 0; t <= position; t++)
      for (int i = 0; i < head; i++)
        s->attended[h + i] += s->scores[t] * l->values[t * m->dim + h + i];
  }
}

static void add(float *restrict x, const float *restrict y, int size) {
  for (int i = 0; i < size; i++)
    x[i] += y[i];
}

static void forward_layer(const struct model *m, struct layer *l, struct state *s, int position) {
  float *key = l->keys + position * m->dim, *value = l->values + position * m->dim;
  rms_norm(s->normed, s->x, l->attention_norm, m->dim);
  product(s->query, s->normed, l->query, m->dim, m->dim);
  product(key, s->normed, l->key, m->dim, m->dim);
  product(value, s->normed, l->value, m->dim, m->dim);
  rotate(s->query, m->dim, position);
  rotate(key, m->dim, position);
  attend(m, l, s, position);
  product(s->projected, s->attended, l->output, m->dim, m->dim);
  add(s->x, s->projected, m->dim);
  rms_norm(s->normed, s->x, l->forward_norm, m->dim);
  product(s->gate, s->normed, l->gate, m->hidden, m->dim);
  product(s->up, s->normed, l->up, m->hidden, m->dim);
  for (int i = 0; i < m->hidden; i++)
    s->gate[i] = s->gate[i] / (1 + exponential(-s->gate[i])) * s->up[i];
  product(s->projected, s->gate, l->down, m->dim, m->hidden);
  add(s->x, s->projected, m->dim);
}

/* Leaves in `logits` how likely each token is to come next. */
static void forward(const struct model *m, struct state *s, int token, int position) {
  memcpy(s->x, m->embedding + token * m->dim, (size_t)m->dim * sizeof *s->x);
  for (int i = 0; i < m->layers; i++)
    forward_layer(m, &m->layer[i], s, position);
  rms_norm(s->normed, s->x, m->final_norm, m->dim);
  product(s->logits, s->normed, m->embedding, m->vocabulary, m->dim);
}

static int likeliest(const float *logits, int size) {
  int found = 0;
  for (int i = 1; i < size; i++)
    if (logits[i] > logits[found])
      found = i;
  return found;
}

/* ---- weights ---- */

static float *draw(uint64_t *state, int rows, int columns) {
  size_t count = (size_t)rows * (size_t)columns;
  float *weights = allocate(count, sizeof *weights), scale = 2 / sqrtf((float)columns);
  for (size_t i = 0; i < count; i++)
    weights[i] = ((float)(random64(state) >> 40) * 0x1p-24f - 0.5f) * scale;
  return weights;
}

static float *ones(int count) {
  float *weights = allocate((size_t)count, sizeof *weights);
  for (int i = 0; i < count; i++)
    weights[i] = 1;
  return weights;
}

static struct model make(int dim, int layers, int vocabulary, int tokens) {
  struct model m = {.dim = dim, .hidden = dim * 8 / 3 / 32 * 32, .layers = layers, .vocabulary = vocabulary, .tokens = tokens};
  uint64_t state = 88172645463325252ull;
  m.embedding = draw(&state, vocabulary, dim);
  m.final_norm = ones(dim);
  m.layer = allocate((size_t)layers, sizeof *m.layer);
  for (struct layer *l = m.layer; l < m.layer + layers; l++) {
    l->query = draw(&state, dim, dim), l->key = draw(&state, dim, dim);
    l->value = draw(&state, dim, dim), l->output = draw(&state, dim, dim);
    l->gate = draw(&state, m.hidden, dim), l->up = draw(&state, m.hidden, dim), l->down = draw(&state, dim, m.hidden);
    l->attention_norm = ones(dim), l->forward_norm = ones(dim);
    l->keys = allocate((size_t)tokens * (size_t)dim, sizeof *l->keys);
    l->values = allocate((size_t)tokens * (size_t)dim, sizeof *l->values);
  }
  return m;
}

static float *vector(int size) {
  return allocate((size_t)size, sizeof(float));
}

int main(int argc, char **argv) {
  struct model m = make(argument(argc, argv, 1), argument(argc, argv, 2), argument(argc, argv, 3), argument(argc, argv, 4));
  struct state s = {vector(m.dim),    vector(m.dim),    vector(m.dim),    vector(m.dim),       vector(m.dim),
                    vector(m.hidden), vector(m.hidden), vector(m.tokens), vector(m.vocabulary)};
  uint32_t hash = MIX_START;
  for (int position = 0, token = 1; position < m.tokens; position++) {
    forward(&m, &s, token, position);
    token = likeliest(s.logits, m.vocabulary);
    hash = mix(hash, (uint32_t)token);
  }
  printf("%08x %.9e\n", hash, (double)s.logits[0]);
  return 0;
}
