/* Connected components by label propagation: every node takes the smallest label around it
   until none changes. Arguments: base-2 logarithm of the number of nodes, degree,
   repetitions. */
#include "graph.h"

static int sweep(const struct graph *g, uint32_t *label) {
  int changed = 0;
  for (uint32_t n = 0; n < g->nodes; n++) {
    uint32_t least = label[n];
    for (uint32_t e = g->row[n]; e < g->row[n + 1]; e++) {
      uint32_t other = label[g->target[e]];
      least = other < least ? other : least;
    }
    changed |= least != label[n];
    label[n] = least;
  }
  return changed;
}

int main(int argc, char **argv) {
  int log2_nodes = argument(argc, argv, 1), degree = argument(argc, argv, 2), repetitions = argument(argc, argv, 3);
  struct graph g = kronecker_graph(log2_nodes, degree, 362436069);
  uint32_t *label = allocate(g.nodes, sizeof *label), components = 0, sweeps = 0, hash = MIX_START;
  for (int i = 0; i < repetitions; i++) {
    for (uint32_t n = 0; n < g.nodes; n++)
      label[n] = n;
    do
      sweeps++;
    while (sweep(&g, label));
    components = 0;
    for (uint32_t n = 0; n < g.nodes; n++)
      components += label[n] == n;
  }
  for (uint32_t n = 0; n < g.nodes; n++)
    hash = mix(hash, label[n]);
  printf("%u components %u sweeps %08x\n", components, sweeps, hash);
  return 0;
}
