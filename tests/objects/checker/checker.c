/* Walks the stack at every safepoint of a generated module and compares all that it finds
   with what the generator knows. The layout of `expected` is in ../random_modules.py.

   At each safepoint, from the innermost frame outwards:
   - every return address has a record; it decodes into one virtual frame or, where calls
     were inlined, several, whose recorded values are the expected ones;
   - each virtual frame's site is a call of the function of the next inner one, and the
     innermost one's a call of the stub;
   - the table names the function that owns the machine frame;
   - unwinding by address (for backtraces) agrees with unwinding by record;
   - the walk ends in the root's record, and not before. */
#include "stack/stack.h"

#include <asm/unistd.h>

enum { STUB = 0xFFFFFFFFu, MAX_MESSAGES = 10 };

struct value {
  uint32_t size, known;
  uint8_t bytes[16];
};
struct site {
  uint32_t function, callee, count, pad;
  struct value values[];
};

extern const uint32_t expected[]; /* site count, offset of each site in bytes; sites */
extern const struct wanco_unit units[];
extern const uint32_t unit_count;
void root(void);

static void say(const char *text) {
  long size = 0;
  while (text[size]) size++;
  wanco_syscall(__NR_write, 1, (long)text, size, 0, 0, 0);
}

static void say_number(const char *name, uint64_t number) {
  char digits[24], *at = digits + 23;
  *at = 0;
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  say(name);
  say(" ");
  say(at);
  say("\n");
}

static uint64_t polls, frames, virtual_frames, values, in_register, in_memory, constants, failures;

static void fail(const char *what, uint64_t where) {
  if (failures++ < MAX_MESSAGES) say_number(what, where);
}

static const struct site *site_of(uint64_t number) {
  if (number >= expected[0]) return 0;
  return (const struct site *)((const char *)expected + expected[1 + number]);
}

static void check_value(uint64_t site, const struct value *want, const struct wanco_value *got, const struct wanco_registers *r) {
  uint64_t constant[2] = {got->constant, 0};
  const uint8_t *bytes = got->address ? got->address : (const void *)constant;
  values++;
  if (!got->address) constants++;
  else if (bytes >= (const uint8_t *)r && bytes < (const uint8_t *)(r + 1)) in_register++;
  else in_memory++;
  for (uint32_t i = 0; want->known && i < want->size; i++)
    if (bytes[i] != want->bytes[i]) {
      fail("a wrong value at site", site);
      return;
    }
}

/* Reads a record's virtual frames, outermost first; inner is the function that the machine
   frame must have called. Returns the owner of the machine frame, STUB for the root. */
static uint32_t check_record(struct wanco_record *record, const struct wanco_registers *r, uint32_t inner) {
  enum { ANY = 0xFFFFFFFE };
  uint32_t owner = ANY, called = ANY;
  struct wanco_value value;
  while (wanco_record_next(record, r, &value)) {
    uint64_t number = value.constant;
    const struct site *site = site_of(number);
    if (owner == ANY && number == WANCO_ENTRY_SITE) {
      owner = STUB; /* what the root called may be inlined into it */
      continue;
    }
    if (value.address || !site) {
      fail("no site in frame", frames);
      return STUB;
    }
    virtual_frames++;
    if (owner == ANY) owner = site->function;
    if (called != ANY && called != site->function) fail("an inlined frame of another function than was called, site", number);
    called = site->callee;
    for (uint32_t i = 0; i < site->count; i++) {
      if (!wanco_record_next(record, r, &value)) {
        fail("too few values at site", number);
        return STUB;
      }
      check_value(number, &site->values[i], &value, r);
    }
  }
  if (called != ANY && called != inner) fail("a frame that did not call the next inner one, function", owner);
  return owner;
}

void check_walk(const struct wanco_registers *at) {
  struct wanco_registers r = *at;
  struct wanco_record record;
  uint32_t inner = STUB;
  r.r[WANCO_DWARF_RA] = wanco_strip_return_address(r.r[WANCO_DWARF_RA]);
  polls++;
  for (;;) {
    uint64_t address = r.r[WANCO_DWARF_RA];
    if (!wanco_table_find(units, unit_count, address, &record)) {
      fail("no record in walk", polls);
      return;
    }
    frames++;
    struct wanco_record unread = record;
    inner = check_record(&record, &r, inner);
    if (inner == STUB) return;
    if (wanco_table_function(units, unit_count, address - 1) != inner) fail("the table names another function than", inner);
    struct wanco_registers by_address = r;
    bool left = wanco_unwind_at(units, unit_count, address - 1, false, &by_address);
    if (!wanco_unwind(&r, &unread)) {
      fail("cannot unwind function", inner);
      return;
    }
    for (int i = 0; i < WANCO_REGISTERS; i++)
      if (!left || by_address.r[i] != r.r[i]) {
        fail("unwinding by address differs in function", inner);
        break;
      }
  }
}

void check_end_walk(const struct wanco_registers *at) {
  check_walk(at);
  say_number("polls", polls);
  say_number("frames", frames);
  say_number("virtual_frames", virtual_frames);
  say_number("values", values);
  say_number("in_register", in_register);
  say_number("in_memory", in_memory);
  say_number("constants", constants);
  say_number("failures", failures);
  wanco_syscall(__NR_exit_group, failures != 0, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

/* Addresses that belong to no record or function. */
static void check_refusals(void) {
  struct wanco_record record;
  for (uint32_t i = 0; i < unit_count; i++) /* units begin with their anchor, which calls nothing */
    if (wanco_table_find(units, unit_count, (uint64_t)units[i].text + 1, &record)) fail("a record in the anchor of unit", i);
  if (wanco_table_find(units, 0, (uint64_t)units[0].text + 1, &record)) fail("found without units", 0);
  if (wanco_table_function(units, unit_count, 16) != WANCO_NULL_FUNCTION) fail("a function at address", 16);
}

static uint32_t random_number(void) {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

/* Reads all that damaged copies of a table say. The copy ends at the end of a page, and the
   next one is not there: a read beyond the table's end is fatal. */
static void check_damaged(const struct wanco_unit *whole) {
  enum { PAGE = 1 << 16, SIZE_FIELD = 4, ROUNDS = 200, READ_WRITE = 3, ANONYMOUS_PRIVATE = 0x22 };
  uint32_t size = *(const uint32_t *)whole->table, text_size = ((const uint32_t *)whole->table)[1];
  uint64_t area = ((uint64_t)size + PAGE - 1) / PAGE * PAGE;
  uint8_t *map = (uint8_t *)wanco_syscall(__NR_mmap, 0, (long)area + PAGE, READ_WRITE, ANONYMOUS_PRIVATE, -1, 0);
  wanco_syscall(__NR_munmap, (long)(map + area), PAGE, 0, 0, 0, 0);
  uint8_t *copy = map + area - size;
  struct wanco_unit unit = {.text = whole->text, .table = copy};
  struct wanco_registers registers = {0};
  struct wanco_record record;
  struct wanco_value value;
  for (int round = 0; round < ROUNDS; round++) {
    for (uint32_t i = 0; i < size; i++) copy[i] = whole->table[i];
    for (uint32_t flips = 1 + random_number() % 4; flips; flips--) {
      uint32_t limit = random_number() % 2 ? 64 : size - SIZE_FIELD;
      copy[SIZE_FIELD + random_number() % (limit < size - SIZE_FIELD ? limit : size - SIZE_FIELD)] ^= (uint8_t)(1 << random_number() % 8);
    }
    for (uint32_t tries = 0; tries < 50; tries++) {
      uint32_t offset = random_number() % (text_size + 1);
      uint32_t blocks = ((const uint32_t *)whole->table)[2];
      if (blocks && tries % 2) offset = ((const uint32_t *)whole->table)[9 + random_number() % blocks];
      uint64_t address = (uint64_t)unit.text + offset;
      if (wanco_table_find(&unit, 1, address, &record))
        while (wanco_record_next(&record, &registers, &value)) {
        }
      wanco_table_function(&unit, 1, address);
      /* A stack pointer at the top of the address space: no row leads further up, so each is
         refused before the stack would be read. */
      registers.r[WANCO_DWARF_SP] = ~0ull;
      wanco_unwind_at(&unit, 1, address, true, &registers);
    }
  }
  wanco_syscall(__NR_munmap, (long)map, (long)area, 0, 0, 0, 0);
}

void check_main(void) {
  check_refusals();
  for (uint32_t i = 0; i < unit_count; i++) check_damaged(&units[i]);
  root();
}
