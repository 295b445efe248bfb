/* Connected components by union and path compression, as Afforest does (Sutton, Ben-Nun and
   Barak, 2018): a few neighbours of each node first, then the rest of those that are not
   in the largest component. Arguments: base-2 logarithm of the number of nodes, degree,
   repetitions. */
#include "graph.h"

enum { ROUNDS = 2, SAMPLES = 1024 };

/* Joins the trees of two nodes: the root with the greater number gets the other as its parent. */
static void join(uint32_t *parent, uint32_t a, uint32_t b) {
  uint32_t p = parent[a], q = parent[b];
  while (p != q) {
    uint32_t high = p > q ? p : q, low = p > q ? q : p;
    if (parent[high] == high) {
      parent[high] = low;
      return;
    }
    p = parent[parent[high]], q = parent[low];
  }
}

static void compress(uint32_t *parent, uint32_t nodes) {
  for (uint32_t n = 0; n < nodes; n++)
    while (parent[n] != parent[parent[n]])
      parent[n] = parent[parent[n]];
}

/* The component that most of the sampled nodes are in. */
static uint32_t largest(const uint32_t *parent, uint32_t nodes, uint32_t *count, uint64_t *state) {
  uint32_t found = 0;
  for (int i = 0; i < SAMPLES; i++) {
    uint32_t root = parent[random_below(state, nodes)];
    if (++count[root] > count[found])
      found = root;
  }
  return found;
}

static void components(const struct graph *g, uint32_t *parent, uint32_t *count, uint64_t *state) {
  for (uint32_t n = 0; n < g->nodes; n++)
    parent[n] = n, count[n] = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t n = 0; n < g->nodes; n++)
      if (g->row[n] + round < g->row[n + 1])
        join(parent, n, g->target[g->row[n] + round]);
    compress(parent, g->nodes);
  }
  uint32_t skipped = largest(parent, g->nodes, count, state);
  for (uint32_t n = 0; n < g->nodes; n++) {
    if (parent[n] == skipped)
      continue;
    for (uint32_t e = g->row[n] + ROUNDS; e < g->row[n + 1]; e++)
      join(parent, n, g->target[e]);
  }
  compress(parent, g->nodes);
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), repetitions = argument(argc, argv, 3);
  struct graph g = kronecker_graph(log2_nodes, degree, 362436069);
  uint32_t *parent = allocate(g.nodes, sizeof *parent), *count = allocate(g.nodes, sizeof *count);
  uint32_t roots = 0, hash = MIX_START;
  uint64_t state = 88675123;
  for (int i = 0; i < repetitions; i++) {
    components(&g, parent, count, &state);
    roots = 0;
    for (uint32_t n = 0; n < g.nodes; n++)
      roots += parent[n] == n;
    hash = mix(hash, roots);
  }
  for (uint32_t n = 0; n < g.nodes; n++)
    hash = mix(hash, parent[n]);
  printf("%u components %08x\n", roots, hash);
  return 0;
}
