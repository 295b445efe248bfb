/* Breadth-first search from several sources: random access to memory. Arguments: base-2
   logarithm of the number of nodes, degree, sources. */
#include "graph.h"

static void search(const struct graph *g, uint32_t source, int32_t *depth, uint32_t *queue) {
  uint32_t head = 0, tail = 0;
  for (uint32_t n = 0; n < g->nodes; n++)
    depth[n] = -1;
  depth[source] = 0;
  queue[tail++] = source;
  while (head < tail) {
    uint32_t n = queue[head++];
    for (uint32_t e = g->row[n]; e < g->row[n + 1]; e++) {
      uint32_t to = g->target[e];
      if (depth[to] < 0) {
        depth[to] = depth[n] + 1;
        queue[tail++] = to;
      }
    }
  }
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), sources = argument(argc, argv, 3);
  struct graph g = uniform_graph(log2_nodes, degree, 521288629);
  int32_t *depth = allocate(g.nodes, sizeof *depth);
  uint32_t *queue = allocate(g.nodes, sizeof *queue), hash = MIX_START;
  for (int i = 0; i < sources; i++) {
    search(&g, (uint32_t)i * 7919 % g.nodes, depth, queue);
    for (uint32_t n = 0; n < g.nodes; n += 17)
      hash = mix(hash, (uint32_t)depth[n]);
  }
  printf("%08x\n", hash);
  return 0;
}
