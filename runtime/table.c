/* Reader of safepoint tables and the stack walk. The grammar is in table.h. */
#include "table.h"

/* The seven numbers of the header. */
enum { SIZE, TEXT_SIZE, RECORDS, FUNCTIONS, ROWS, VALUES, PROGRAMS, HEADER };
/* The arrays that follow it: two with one element a record, three with one a function. */
enum { RECORD_ARRAYS = 2, FUNCTION_ARRAYS = 3 };

/* The kinds of a value, and the numbers of the last kind that are no registers. */
enum { IN_REGISTER, AT_SP, CONSTANT, AT_REGISTER };
enum { PLACE = 126, LONG_CONSTANT = 127 };

static uint8_t next_byte(struct wanco_cursor *c) { return c->at < c->end ? *c->at++ : 0; }

/* At most ten bytes; what is beyond 64 bits is dropped. */
static uint64_t next_leb(struct wanco_cursor *c) {
  if (c->at < c->end && *c->at < 128) return *c->at++; /* most are of one byte */
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    uint8_t byte = next_byte(c);
    if (shift < 64) value |= (uint64_t)(byte & 127) << shift;
    if (!(byte & 128)) break;
  }
  return value;
}

static uint64_t unzigzag(uint64_t value) { return value >> 1 ^ -(value & 1); }

static uint64_t next_u64(struct wanco_cursor *c) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 8) value |= (uint64_t)next_byte(c) << shift;
  return value;
}

static const uint32_t *header_of(const struct wanco_unit *unit) { return (const uint32_t *)unit->table; }

static const uint32_t *record_array(const uint32_t *header, unsigned k) {
  return header + HEADER + (size_t)k * header[RECORDS];
}

static const uint32_t *function_array(const uint32_t *header, unsigned k) {
  return record_array(header, RECORD_ARRAYS) + (size_t)k * header[FUNCTIONS];
}

static bool sane(const uint32_t *header) {
  uint64_t arrays = 4 * (HEADER + (uint64_t)RECORD_ARRAYS * header[RECORDS] + (uint64_t)FUNCTION_ARRAYS * header[FUNCTIONS]);
  return arrays <= header[ROWS] && header[ROWS] <= header[VALUES] && header[VALUES] <= header[PROGRAMS] &&
         header[PROGRAMS] <= header[SIZE];
}

/* The bytes of a pool from an offset into it on; pools end where the next one begins. */
static struct wanco_cursor pool(const uint32_t *header, unsigned first, uint64_t offset) {
  const uint8_t *table = (const uint8_t *)header;
  uint64_t start = header[first], end = header[first == PROGRAMS ? SIZE : first + 1];
  uint64_t at = offset < end - start ? start + offset : end;
  return (struct wanco_cursor){table + at, table + end};
}

/* The unit whose section has text at address - 1, that is (text, text + text_size]. Most
   frames lie in the unit of the frame before, so the search begins there. */
static const struct wanco_unit *find_unit(const struct wanco_unit *units, uint32_t unit_count, uint64_t address) {
  static uint32_t last;
  uint32_t i = last < unit_count ? last : 0;
  for (uint32_t tried = 0; tried < unit_count; tried++, i = i + 1 < unit_count ? i + 1 : 0) {
    const uint32_t *header = header_of(&units[i]);
    if (address - (uint64_t)units[i].text - 1 >= header[TEXT_SIZE]) continue;
    last = i;
    return sane(header) ? &units[i] : NULL;
  }
  return NULL;
}

/* The last element that is not above key; 0 where all are, or there is none. */
static uint32_t search(const uint32_t *sorted, uint32_t count, uint32_t key) {
  uint32_t low = 0;
  while (count > 1) {
    uint32_t half = count / 2;
    if (sorted[low + half] <= key) low += half;
    count -= half;
  }
  return low;
}

bool wanco_table_find(const struct wanco_unit *units, uint32_t unit_count, uint64_t return_address, struct wanco_record *record) {
  const struct wanco_unit *unit = find_unit(units, unit_count, return_address);
  if (!unit) return false;
  const uint32_t *header = header_of(unit), *returns = record_array(header, 0);
  uint32_t offset = (uint32_t)(return_address - (uint64_t)unit->text);
  uint32_t i = search(returns, header[RECORDS], offset);
  if (!header[RECORDS] || returns[i] != offset) return false;
  record->values = pool(header, VALUES, record_array(header, 1)[i]);
  record->row = pool(header, ROWS, next_leb(&record->values));
  record->count = (uint32_t)next_leb(&record->values);
  return true;
}

static bool at_register(struct wanco_record *record, const struct wanco_registers *registers, uint64_t x, struct wanco_value *value) {
  switch (x & 127) {
  case LONG_CONSTANT:
    value->constant = next_u64(&record->values);
    return true;
  case PLACE:
    value->constant = WANCO_LOCATION_SITE | x >> 7 << 32 | next_leb(&record->values);
    return true;
  default:
    if ((x & 127) >= WANCO_REGISTERS) return false;
    value->address = (const void *)(registers->r[x & 127] + unzigzag(x >> 7));
    return true;
  }
}

bool wanco_record_next(struct wanco_record *record, const struct wanco_registers *registers, struct wanco_value *value) {
  if (!record->count || record->values.at == record->values.end) return false;
  record->count--;
  uint64_t code = next_leb(&record->values), x = code >> 2;
  *value = (struct wanco_value){NULL, 0};
  switch (code & 3) {
  case IN_REGISTER:
    if (x >= WANCO_REGISTERS) return false;
    value->address = &registers->r[x];
    return true;
  case AT_SP:
    value->address = (const void *)(registers->r[WANCO_DWARF_SP] + 4 * x);
    return true;
  case CONSTANT:
    value->constant = unzigzag(x);
    return true;
  default:
    return at_register(record, registers, x, value);
  }
}

/* Every step goes up the stack; only the innermost frame may be one without a frame of its
   own, whose return address is still in its register. So a walk ends. */
static bool unwind(struct wanco_registers *registers, struct wanco_cursor row, bool innermost) {
  if (row.at == row.end) return false;
  uint64_t base = next_leb(&row);
  if (base >= WANCO_REGISTERS) return false;
  uint64_t cfa = registers->r[base] + next_leb(&row);
  uint64_t sp = registers->r[WANCO_DWARF_SP];
  if ((cfa & 7) || cfa < sp || (cfa == sp && !innermost)) return false;

  bool has_return_address = false;
  for (uint64_t count = next_leb(&row); count && row.at < row.end; count--) {
    uint64_t reg = next_leb(&row), slot = next_leb(&row);
    if (reg >= WANCO_REGISTERS || !slot || slot > (cfa - sp) / 8 + 16) return false;
    registers->r[reg] = *(const uint64_t *)(cfa - 8 * slot);
    has_return_address |= reg == WANCO_DWARF_RA;
  }
  if (!has_return_address && !innermost) return false;
  registers->r[WANCO_DWARF_RA] = wanco_strip_return_address(registers->r[WANCO_DWARF_RA]);
  registers->r[WANCO_DWARF_SP] = cfa;
  return true;
}

bool wanco_unwind(struct wanco_registers *registers, const struct wanco_record *record) {
  return unwind(registers, record->row, false);
}

/* The function that pc lies in: its number in the table's arrays, or none. */
static bool find_function(const struct wanco_unit *unit, uint64_t pc, uint32_t *number) {
  const uint32_t *header = header_of(unit), *starts = function_array(header, 0);
  uint32_t offset = (uint32_t)(pc - (uint64_t)unit->text);
  *number = search(starts, header[FUNCTIONS], offset);
  return header[FUNCTIONS] && starts[*number] <= offset;
}

uint32_t wanco_table_function(const struct wanco_unit *units, uint32_t unit_count, uint64_t pc) {
  const struct wanco_unit *unit = find_unit(units, unit_count, pc + 1);
  uint32_t number;
  if (!unit || !find_function(unit, pc, &number)) return WANCO_NULL_FUNCTION;
  return function_array(header_of(unit), 1)[number];
}

bool wanco_unwind_at(const struct wanco_unit *units, uint32_t unit_count, uint64_t pc, bool innermost,
                     struct wanco_registers *registers) {
  const struct wanco_unit *unit = find_unit(units, unit_count, pc + 1);
  uint32_t number;
  if (!unit || !find_function(unit, pc, &number)) return false;
  const uint32_t *header = header_of(unit);
  struct wanco_cursor program = pool(header, PROGRAMS, function_array(header, 2)[number]);
  uint64_t offset = pc - (uint64_t)unit->text, at = function_array(header, 0)[number], row = 0;
  for (uint64_t count = next_leb(&program); count && program.at < program.end; count--) {
    at += next_leb(&program);
    if (at > offset) break;
    row = next_leb(&program);
  }
  return row && unwind(registers, pool(header, ROWS, row - 1), innermost);
}
