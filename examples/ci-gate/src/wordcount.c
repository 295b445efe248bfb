/* Counts words of standard input, with a hash table of its own: a program that somebody wants to
   be sure of before it runs for days on machines that come and go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUCKETS = 64, LONGEST = 32 };

struct word {
  struct word *next;
  unsigned count;
  char text[LONGEST];
};

static struct word *table[BUCKETS];

static unsigned hash(const char *text) {
  unsigned value = 2166136261u;
  for (; *text; text++) value = (value ^ (unsigned char)*text) * 16777619u;
  return value;
}

static void count(const char *text) {
  struct word **place = &table[hash(text) % BUCKETS];
  while (*place && strcmp((*place)->text, text) != 0) place = &(*place)->next;
  if (!*place) {
    *place = calloc(1, sizeof **place);
    strcpy((*place)->text, text);
  }
  (*place)->count++;
}

static int by_text(const void *a, const void *b) {
  return strcmp((*(struct word *const *)a)->text, (*(struct word *const *)b)->text);
}

int main(void) {
  char text[LONGEST];
  size_t words = 0, total = 0;
  while (scanf("%31s", text) == 1) count(text), total++;
  for (size_t i = 0; i < BUCKETS; i++)
    for (struct word *word = table[i]; word; word = word->next) words++;
  struct word **sorted = malloc(words * sizeof *sorted);
  size_t at = 0;
  for (size_t i = 0; i < BUCKETS; i++)
    for (struct word *word = table[i]; word; word = word->next) sorted[at++] = word;
  qsort(sorted, words, sizeof *sorted, by_text);
  for (size_t i = 0; i < words; i++) printf("%u %s\n", sorted[i]->count, sorted[i]->text);
#ifdef UNSTABLE
  /* What no checkpoint can preserve: output that is another one in every run. */
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  printf("finished at %lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
#endif
  printf("%zu words, %zu different\n", total, words);
  return 0;
}
