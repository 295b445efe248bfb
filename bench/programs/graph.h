/* Graphs in compressed rows, made at random. */
#pragma once
#include "common.h"

struct graph {
  uint32_t nodes, edges;
  uint32_t *row;    /* nodes + 1 */
  uint32_t *target; /* edges */
};

static inline struct graph empty_graph(int log2_nodes, uint32_t edges) {
  struct graph g = {1u << log2_nodes, edges, NULL, NULL};
  g.row = allocate(g.nodes + 1, sizeof *g.row);
  g.target = allocate(g.edges, sizeof *g.target);
  return g;
}

/* Counts of edges in row[n + 1] become the starts of rows; returns a copy to fill them by. */
static inline uint32_t *start_rows(struct graph *g) {
  uint32_t *next = allocate(g->nodes, sizeof *next);
  for (uint32_t n = 0; n < g->nodes; n++) {
    g->row[n + 1] += g->row[n];
    next[n] = g->row[n];
  }
  return next;
}

/* Directed; every edge has both ends drawn uniformly. */
static inline struct graph uniform_graph(int log2_nodes, int degree, uint64_t seed) {
  struct graph g = empty_graph(log2_nodes, (uint32_t)degree << log2_nodes);
  uint64_t state = seed;
  for (uint32_t i = 0; i < g.edges; i++) {
    g.row[random_below(&state, g.nodes) + 1]++;
    random64(&state);
  }
  uint32_t *next = start_rows(&g);
  state = seed;
  for (uint32_t i = 0; i < g.edges; i++) {
    uint32_t from = random_below(&state, g.nodes);
    g.target[next[from]++] = random_below(&state, g.nodes);
  }
  free(next);
  return g;
}

/* The quadrant of the adjacency matrix that a Kronecker edge goes to at one level, for
   eight random bits: 57, 19, 19 and 5 % as in the Graph500 benchmark. */
static inline uint32_t quadrant(uint32_t bits) {
  return (bits >= 146) + (bits >= 195) + (bits >= 243);
}

/* An edge's ends: bit after bit, so that few nodes have most of the edges. Multiplying by an
   odd number spreads those over the whole range. */
static inline void kronecker_edge(uint64_t *state, int log2_nodes, uint32_t *from, uint32_t *to) {
  uint32_t a = 0, b = 0, mask = (1u << log2_nodes) - 1;
  uint64_t bits = 0;
  for (int level = 0; level < log2_nodes; level++, bits >>= 8) {
    if (level % 8 == 0)
      bits = random64(state);
    uint32_t q = quadrant(bits & 255);
    a = a << 1 | q >> 1, b = b << 1 | (q & 1);
  }
  *from = a * 2654435761u & mask, *to = b * 2654435761u & mask;
}

/* What the programs print of a number for each node. */
static inline void print_total_and_greatest(const double *values, uint32_t nodes) {
  double total = 0, greatest = 0;
  for (uint32_t n = 0; n < nodes; n++) {
    total += values[n];
    greatest = values[n] > greatest ? values[n] : greatest;
  }
  printf("%.9e %.9e\n", total, greatest);
}

/* Undirected: each of `degree` edges a node stands in the rows of both its ends. */
static inline struct graph kronecker_graph(int log2_nodes, int degree, uint64_t seed) {
  struct graph g = empty_graph(log2_nodes, 2 * ((uint32_t)degree << log2_nodes));
  uint32_t count = g.edges / 2, *ends = allocate(g.edges, sizeof *ends);
  uint64_t state = seed;
  for (uint32_t i = 0; i < count; i++) {
    kronecker_edge(&state, log2_nodes, &ends[2 * i], &ends[2 * i + 1]);
    g.row[ends[2 * i] + 1]++;
    g.row[ends[2 * i + 1] + 1]++;
  }
  uint32_t *next = start_rows(&g);
  for (uint32_t i = 0; i < g.edges; i++)
    g.target[next[ends[i]]++] = ends[i ^ 1];
  free(next);
  free(ends);
  return g;
}
