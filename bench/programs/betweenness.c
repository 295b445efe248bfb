/* Betweenness centrality by Brandes' algorithm (2001) from several sources, Kronecker graph:
   a search that counts shortest paths, and its reverse that adds up doubles. Arguments:
   base-2 logarithm of the number of nodes, degree, sources. */
#include "graph.h"

struct search {
  int32_t *depth;
  uint32_t *queue;
  double *paths, *dependency;
};

/* Counts the shortest paths from the source to each node; returns how many nodes were reached. */
static uint32_t count_paths(const struct graph *g, uint32_t source, struct search *s) {
  uint32_t head = 0, tail = 0;
  for (uint32_t n = 0; n < g->nodes; n++)
    s->depth[n] = -1, s->paths[n] = s->dependency[n] = 0;
  s->depth[source] = 0, s->paths[source] = 1;
  s->queue[tail++] = source;
  while (head < tail) {
    uint32_t n = s->queue[head++];
    for (uint32_t e = g->row[n]; e < g->row[n + 1]; e++) {
      uint32_t to = g->target[e];
      if (s->depth[to] < 0) {
        s->depth[to] = s->depth[n] + 1;
        s->queue[tail++] = to;
      }
      if (s->depth[to] == s->depth[n] + 1)
        s->paths[to] += s->paths[n];
    }
  }
  return tail;
}

/* Each node's share of the shortest paths, from the farthest back; node 0 of the queue is the source. */
static void add_dependencies(const struct graph *g, struct search *s, uint32_t reached, double *centrality) {
  for (uint32_t i = reached; i-- > 1;) {
    uint32_t n = s->queue[i];
    double sum = 0;
    for (uint32_t e = g->row[n]; e < g->row[n + 1]; e++) {
      uint32_t to = g->target[e];
      if (s->depth[to] == s->depth[n] + 1)
        sum += s->paths[n] / s->paths[to] * (1 + s->dependency[to]);
    }
    s->dependency[n] = sum;
    centrality[n] += sum;
  }
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), sources = argument(argc, argv, 3);
  struct graph g = kronecker_graph(log2_nodes, degree, 362436069);
  struct search s = {allocate(g.nodes, sizeof *s.depth), allocate(g.nodes, sizeof *s.queue), allocate(g.nodes, sizeof *s.paths),
                     allocate(g.nodes, sizeof *s.dependency)};
  double *centrality = allocate(g.nodes, sizeof *centrality);
  for (int i = 0; i < sources; i++)
    add_dependencies(&g, &s, count_paths(&g, g.target[(uint32_t)i * 7919 % g.edges], &s), centrality);
  print_total_and_greatest(centrality, g.nodes);
  return 0;
}
