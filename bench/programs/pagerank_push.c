/* PageRank by pushing along outgoing edges: additions to doubles all over memory.
   Arguments: base-2 logarithm of the number of nodes, degree, iterations. */
#include "graph.h"

static const double DAMPING = 0.85;

static void push(const struct graph *g, const double *rank, double *next) {
  for (uint32_t n = 0; n < g->nodes; n++)
    next[n] = (1 - DAMPING) / (double)g->nodes;
  for (uint32_t n = 0; n < g->nodes; n++) {
    uint32_t begin = g->row[n], end = g->row[n + 1];
    if (begin == end)
      continue;
    double share = DAMPING * rank[n] / (double)(end - begin);
    for (uint32_t e = begin; e < end; e++)
      next[g->target[e]] += share;
  }
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), iterations = argument(argc, argv, 3);
  struct graph g = kronecker_graph(log2_nodes, degree, 362436069);
  double *rank = allocate(g.nodes, sizeof *rank), *next = allocate(g.nodes, sizeof *next);
  for (uint32_t n = 0; n < g.nodes; n++)
    rank[n] = 1.0 / (double)g.nodes;
  for (int i = 0; i < iterations; i++) {
    push(&g, rank, next);
    double *old = rank;
    rank = next, next = old;
  }
  print_total_and_greatest(rank, g.nodes);
  return 0;
}
