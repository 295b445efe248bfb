/* Indirect calls: expression trees evaluated through function pointers in their nodes, and
   a heap sort with a comparison function. Arguments: evaluations, sorts. */
#include "common.h"

struct node;
typedef int32_t evaluate_function(const struct node *, int32_t x);

struct node {
  evaluate_function *evaluate;
  const struct node *left, *right;
  int32_t value;
};

static int32_t evaluate(const struct node *node, int32_t x) {
  return node->evaluate(node, x);
}

static int32_t constant(const struct node *node, int32_t x) {
  (void)x;
  return node->value;
}
static int32_t variable(const struct node *node, int32_t x) {
  (void)node;
  return x;
}
static int32_t sum(const struct node *node, int32_t x) {
  return (int32_t)((uint32_t)evaluate(node->left, x) + (uint32_t)evaluate(node->right, x));
}
static int32_t product(const struct node *node, int32_t x) {
  return (int32_t)((uint32_t)evaluate(node->left, x) * (uint32_t)evaluate(node->right, x));
}
static int32_t difference(const struct node *node, int32_t x) {
  return (int32_t)((uint32_t)evaluate(node->left, x) - (uint32_t)evaluate(node->right, x));
}
static int32_t exclusive_or(const struct node *node, int32_t x) {
  return evaluate(node->left, x) ^ evaluate(node->right, x);
}
static int32_t choice(const struct node *node, int32_t x) {
  return evaluate(x & node->value ? node->left : node->right, x);
}

static const struct node *tree(int depth, uint64_t *state) {
  static evaluate_function *const inner[] = {sum, product, difference, exclusive_or, choice};
  struct node *node = allocate(1, sizeof *node);
  node->value = (int32_t)random_below(state, 1000);
  if (depth == 0) {
    node->evaluate = random_below(state, 2) ? constant : variable;
  } else {
    node->evaluate = inner[random_below(state, sizeof inner / sizeof *inner)];
    node->left = tree(depth - 1, state);
    node->right = tree(depth - 1, state);
  }
  return node;
}

typedef int compare_function(int32_t, int32_t);

static int ascending(int32_t a, int32_t b) {
  return (a > b) - (a < b);
}
static int descending(int32_t a, int32_t b) {
  return (a < b) - (a > b);
}
static int by_low_bits(int32_t a, int32_t b) {
  return ascending(a & 0xffff, b & 0xffff);
}

static void sift(int32_t *items, int root, int size, compare_function *compare) {
  int32_t item = items[root];
  for (int child; (child = 2 * root + 1) < size; root = child) {
    if (child + 1 < size && compare(items[child], items[child + 1]) < 0)
      child++;
    if (compare(item, items[child]) >= 0)
      break;
    items[root] = items[child];
  }
  items[root] = item;
}

static void sort(int32_t *items, int size, compare_function *compare) {
  for (int i = size / 2 - 1; i >= 0; i--)
    sift(items, i, size, compare);
  for (int i = size - 1; i > 0; i--) {
    int32_t largest = items[0];
    items[0] = items[i];
    items[i] = largest;
    sift(items, 0, i, compare);
  }
}

enum { DEPTH = 12, ITEMS = 20000 };

int main(int argc, char **argv) {
  static compare_function *const orders[] = {ascending, descending, by_low_bits};
  int evaluations = argument(argc, argv, 1), sorts = argument(argc, argv, 2);
  uint64_t state = 2463534242;
  uint32_t hash = MIX_START;
  const struct node *root = tree(DEPTH, &state);
  for (int i = 0; i < evaluations; i++)
    hash = mix(hash, (uint32_t)evaluate(root, i));
  printf("%08x\n", hash);
  int32_t *items = allocate(ITEMS, sizeof *items);
  for (int i = 0; i < sorts; i++) {
    for (int j = 0; j < ITEMS; j++)
      items[j] = (int32_t)random64(&state);
    sort(items, ITEMS, orders[i % 3]);
    hash = mix(hash, (uint32_t)items[ITEMS / 2]);
  }
  printf("%08x\n", hash);
  return 0;
}
