/* A directed graph in compressed rows, made at random. */
#pragma once
#include "common.h"

struct graph {
  uint32_t nodes, edges;
  uint32_t *row;    /* nodes + 1 */
  uint32_t *target; /* edges */
};

/* Every edge has both ends drawn uniformly. */
static inline struct graph uniform_graph(int log2_nodes, int degree, uint64_t seed) {
  struct graph g = {1u << log2_nodes, (uint32_t)degree << log2_nodes, NULL, NULL};
  g.row = allocate(g.nodes + 1, sizeof *g.row);
  g.target = allocate(g.edges, sizeof *g.target);
  uint64_t state = seed;
  for (uint32_t i = 0; i < g.edges; i++) {
    g.row[random_below(&state, g.nodes) + 1]++;
    random64(&state);
  }
  for (uint32_t n = 0; n < g.nodes; n++)
    g.row[n + 1] += g.row[n];
  uint32_t *next = allocate(g.nodes, sizeof *next);
  for (uint32_t n = 0; n < g.nodes; n++)
    next[n] = g.row[n];
  state = seed;
  for (uint32_t i = 0; i < g.edges; i++) {
    uint32_t from = random_below(&state, g.nodes);
    g.target[next[from]++] = random_below(&state, g.nodes);
  }
  free(next);
  return g;
}
