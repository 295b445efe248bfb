/* What the kernel tells a new process: page size, processor features, the vDSO's clock. */
#include <elf.h>
#include <time.h>

#include "base/base.h"

uint64_t wanco_page_size = 4096;
uint64_t wanco_hwcap;

/* Position-independent: runs wherever the kernel has put it. */
static int (*vdso_clock_gettime)(int clock, struct timespec *time);

/* The parts of the vDSO's image that symbol look-up needs. */
struct image {
  uint64_t bias;
  const Elf64_Sym *symbols;
  const char *strings;
  const uint32_t *hash;     /* DT_HASH */
  const uint32_t *gnu_hash; /* DT_GNU_HASH; recent vDSOs have only this one */
};

static void read_dynamic(struct image *image, const Elf64_Dyn *entry) {
  for (; entry->d_tag; entry++) {
    const void *at = (const void *)(image->bias + entry->d_un.d_ptr);
    switch (entry->d_tag) {
    case DT_SYMTAB: image->symbols = at; break;
    case DT_STRTAB: image->strings = at; break;
    case DT_HASH: image->hash = at; break;
    case DT_GNU_HASH: image->gnu_hash = at; break;
    default: break;
    }
  }
}

static bool read_image(struct image *image, uint64_t base) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)base;
  const Elf64_Phdr *segment = (const Elf64_Phdr *)(base + header->e_phoff);
  uint64_t dynamic = 0;
  bool loaded = false;
  for (int i = 0; i < header->e_phnum; i++, segment++) {
    if (segment->p_type == PT_DYNAMIC) dynamic = segment->p_vaddr;
    if (segment->p_type != PT_LOAD || loaded) continue;
    image->bias = base + segment->p_offset - segment->p_vaddr;
    loaded = true;
  }
  if (!dynamic || !loaded) return false;
  read_dynamic(image, (const Elf64_Dyn *)(image->bias + dynamic));
  return image->symbols && image->strings && (image->hash || image->gnu_hash);
}

/* The number of symbols: told by DT_HASH; in DT_GNU_HASH the end of the last chain. */
static uint32_t symbol_count(const struct image *image) {
  if (image->hash) return image->hash[1];
  const uint32_t *table = image->gnu_hash;
  uint32_t bucket_count = table[0], first = table[1], bloom_words = table[2], last = 0;
  const uint32_t *buckets = table + 4 + 2 * bloom_words, *chains = buckets + bucket_count;
  for (uint32_t i = 0; i < bucket_count; i++)
    if (buckets[i] > last) last = buckets[i];
  if (last < first) return first;
  while (!(chains[last - first] & 1)) last++;
  return last + 1;
}

static void *find_symbol(const struct image *image, const char *name) {
  uint32_t count = symbol_count(image);
  for (uint32_t i = 0; i < count; i++) {
    const Elf64_Sym *symbol = &image->symbols[i];
    if (symbol->st_shndx && wanco_equal(image->strings + symbol->st_name, name)) return (void *)(image->bias + symbol->st_value);
  }
  return NULL;
}

static void find_clock(uint64_t vdso) {
  struct image image = {0};
  if (vdso && read_image(&image, vdso)) vdso_clock_gettime = (int (*)(int, struct timespec *))find_symbol(&image, WANCO_VDSO_CLOCK);
}

static void note(uint64_t type, uint64_t value) {
  switch (type) {
  case AT_PAGESZ: wanco_page_size = value; break;
  case AT_HWCAP: wanco_hwcap = value; break;
  case AT_SYSINFO_EHDR: find_clock(value); break;
  default: break;
  }
}

void wanco_read_process(char **environment) {
  while (*environment) environment++;
  for (const Elf64_auxv_t *entry = (const Elf64_auxv_t *)(environment + 1); entry->a_type; entry++) note(entry->a_type, entry->a_un.a_val);
}

void wanco_note_process(unsigned long (*get)(unsigned long type)) {
  static const uint64_t TYPES[] = {AT_PAGESZ, AT_HWCAP, AT_SYSINFO_EHDR};
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) note(TYPES[i], get(TYPES[i]));
}

long wanco_clock_gettime(int clock, struct timespec *time) {
  if (vdso_clock_gettime && vdso_clock_gettime(clock, time) == 0) return 0;
  return sys(clock_gettime, clock, time);
}

static uint64_t read_clock(int clock) {
  struct timespec now = {0};
  wanco_clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t wanco_now(void) { return read_clock(CLOCK_MONOTONIC); }

uint64_t wanco_date(void) { return read_clock(CLOCK_REALTIME); }
