/* Single-source shortest paths by delta stepping (Meyer and Sanders, 2003), one thread,
   Kronecker graph. A node stands in the doubly linked list of the bucket of its distance;
   buckets are a ring. Arguments: base-2 logarithm of the number of nodes, degree, sources. */
#include "graph.h"

enum { DELTA = 32, HEAVIEST = 255, RING = 16, END = -1 }; /* RING > HEAVIEST / DELTA + 1 */

static const uint32_t UNREACHED = UINT32_MAX;

struct paths {
  const uint8_t *weight; /* of each edge */
  uint32_t *distance;
  int32_t *after, *before; /* in a bucket's list; `before` of the first is END - 1 - bucket */
  int32_t first[RING];
  uint32_t waiting; /* nodes in buckets */
};

static uint32_t bucket_of(uint32_t distance) {
  return distance / DELTA % RING;
}

static void insert(struct paths *p, uint32_t node) {
  uint32_t bucket = bucket_of(p->distance[node]);
  int32_t next = p->first[bucket];
  p->after[node] = next;
  p->before[node] = END - 1 - (int32_t)bucket;
  if (next != END)
    p->before[next] = (int32_t)node;
  p->first[bucket] = (int32_t)node;
  p->waiting++;
}

static void take_out(struct paths *p, uint32_t node) {
  int32_t next = p->after[node], previous = p->before[node];
  if (next != END)
    p->before[next] = previous;
  if (previous < 0)
    p->first[END - 1 - previous] = next;
  else
    p->after[previous] = next;
  p->before[node] = END;
  p->waiting--;
}

static void relax(struct paths *p, uint32_t node, uint32_t distance) {
  if (distance >= p->distance[node])
    return;
  if (p->before[node] != END)
    take_out(p, node);
  p->distance[node] = distance;
  insert(p, node);
}

static void search(const struct graph *g, uint32_t source, struct paths *p) {
  for (uint32_t n = 0; n < g->nodes; n++)
    p->distance[n] = UNREACHED, p->before[n] = END;
  for (int i = 0; i < RING; i++)
    p->first[i] = END;
  relax(p, source, 0);
  for (uint32_t bucket = 0; p->waiting; bucket = (bucket + 1) % RING) {
    while (p->first[bucket] != END) {
      uint32_t node = (uint32_t)p->first[bucket], distance = p->distance[node];
      take_out(p, node);
      for (uint32_t e = g->row[node]; e < g->row[node + 1]; e++)
        relax(p, g->target[e], distance + p->weight[e]);
    }
  }
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), sources = argument(argc, argv, 3);
  struct graph g = kronecker_graph(log2_nodes, degree, 362436069);
  uint8_t *weight = allocate(g.edges, 1);
  uint64_t state = 521288629;
  for (uint32_t e = 0; e < g.edges; e++)
    weight[e] = (uint8_t)(1 + random_below(&state, HEAVIEST));
  struct paths p = {.weight = weight,
                    .distance = allocate(g.nodes, sizeof *p.distance),
                    .after = allocate(g.nodes, sizeof *p.after),
                    .before = allocate(g.nodes, sizeof *p.before)};
  uint32_t hash = MIX_START;
  for (int i = 0; i < sources; i++) {
    search(&g, g.target[(uint32_t)i * 7919 % g.edges], &p);
    for (uint32_t n = 0; n < g.nodes; n++)
      hash = mix(hash, p.distance[n]);
  }
  printf("%08x\n", hash);
  return 0;
}
