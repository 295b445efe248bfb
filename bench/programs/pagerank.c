/* PageRank by pulling along incoming edges: a reduction of gathered floats. Arguments:
   base-2 logarithm of the number of nodes, degree, iterations. */
#include "graph.h"

static const float DAMPING = 0.85f;

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), iterations = argument(argc, argv, 3);
  struct graph incoming = uniform_graph(log2_nodes, degree, 521288629);
  uint32_t nodes = incoming.nodes;
  uint32_t *out_degree = allocate(nodes, sizeof *out_degree);
  float *rank = allocate(nodes, sizeof *rank), *share = allocate(nodes, sizeof *share);
  for (uint32_t e = 0; e < incoming.edges; e++)
    out_degree[incoming.target[e]]++;
  for (uint32_t n = 0; n < nodes; n++)
    rank[n] = 1.0f / (float)nodes;
  for (int i = 0; i < iterations; i++) {
    for (uint32_t n = 0; n < nodes; n++)
      share[n] = out_degree[n] ? rank[n] / (float)out_degree[n] : 0;
    for (uint32_t n = 0; n < nodes; n++) {
      float sum = 0;
      for (uint32_t e = incoming.row[n]; e < incoming.row[n + 1]; e++)
        sum += share[incoming.target[e]];
      rank[n] = (1 - DAMPING) / (float)nodes + DAMPING * sum;
    }
  }
  double total = 0, squares = 0;
  for (uint32_t n = 0; n < nodes; n++)
    total += rank[n], squares += (double)rank[n] * rank[n];
  printf("%.6f %.9e\n", total, squares);
  return 0;
}
