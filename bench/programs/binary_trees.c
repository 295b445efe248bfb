/* Binary trees: recursion and many small allocations. The allocator is a free list of our
   own, because the C libraries' differ between the columns. Argument: depth. */
#include "common.h"

struct node {
  struct node *left, *right;
};

enum { CHUNK = 4096 };
static struct node *free_nodes;

static void refill(void) {
  struct node *chunk = allocate(CHUNK, sizeof *chunk);
  for (int i = 0; i < CHUNK; i++) {
    chunk[i].left = free_nodes;
    free_nodes = &chunk[i];
  }
}

static struct node *new_node(struct node *left, struct node *right) {
  if (!free_nodes)
    refill();
  struct node *node = free_nodes;
  free_nodes = node->left;
  node->left = left;
  node->right = right;
  return node;
}

static struct node *make(int depth) {
  return depth == 0 ? new_node(NULL, NULL) : new_node(make(depth - 1), make(depth - 1));
}

static int check(const struct node *node) {
  return node->left ? 1 + check(node->left) + check(node->right) : 1;
}

static void release(struct node *node) {
  if (node->left) {
    release(node->left);
    release(node->right);
  }
  node->left = free_nodes;
  free_nodes = node;
}

static int made_and_released(int depth) {
  struct node *tree = make(depth);
  int nodes = check(tree);
  release(tree);
  return nodes;
}

int main(int argc, char **argv) {
  int depth = argument(argc, argv, 1);
  printf("stretch tree of depth %d\t check: %d\n", depth + 1, made_and_released(depth + 1));
  struct node *long_lived = make(depth);
  for (int d = 4; d <= depth; d += 4) {
    int count = 1 << (depth - d + 4), nodes = 0;
    for (int i = 0; i < count; i++)
      nodes += made_and_released(d);
    printf("%d\t trees of depth %d\t check: %d\n", count, d, nodes);
  }
  printf("long lived tree of depth %d\t check: %d\n", depth, check(long_lived));
  return 0;
}
