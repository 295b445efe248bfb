/* Reader of safepoint tables.

   A table describes one text section of one codegen unit. It is made at compile time (by
   wanco/objects/safepoint_table.py, which states the same grammar) from LLVM's stack maps and .eh_frame, so
   that nothing has to interpret either at run time. Little-endian; LEB is unsigned LEB128.

     table    = header base[blocks] block[blocks] start[functions] function[functions]
                program[functions] rows saves heads values programs
     header   = size text_size blocks functions rows saves heads values programs     (u32 each)
     base     = u32: the first return address of the block, as offset from the anchor; ascending
     block    = u32: the block's head, as offset into heads
     start    = u32: start of the function, as offset from the anchor; ascending; it ends
                where the next one starts
     function = u32: its index in WebAssembly, or WANCO_NULL_FUNCTION
     program  = u32: its rows, as offset into programs
     rows     = row*
     row      = LEB (x << 1 | other), LEB register if other, LEB saves: the canonical frame
                address is 8 * x + the register, or the stack pointer; saves: offset into saves
     saves    = { LEB count, count x { LEB register, LEB slot } }*: saved at CFA - 8 * slot
     heads    = head*
     head     = LEB count, LEB function, LEB site, LEB values, count x { LEB delta, LEB length }:
                records, each with the distance of its return address to that of the one before
                (or base) and the length of its entry; the first one's begins at values,
                an offset into values
     values   = entry*
     entry    = LEB row (offset into rows + 1; 0: the walk ends here), value*
     value    = byte x
                0 to 31     in register x
                32 to 191   in memory at SP + 4 * (x - 32)
                192 to 207  the constant x - 192, zigzag
                208 to 239  the constant head's site + x - 208
                240         in register LEB
                241         in memory at SP + 4 * LEB
                242         the constant LEB, zigzag
                243         the constant in the next eight bytes
                244         in memory at register LEB + LEB, zigzag
                245         the constant WANCO_LOCATION_SITE | function << 32 | offset: LEB, zigzag, more
                            than head's function; LEB
                246         the constant head's site + LEB, zigzag
                247         the same with WANCO_FRAME_SITE set
                248         LEB count, LEB distance: values that begin so many bytes before x, none
                            of which is of this form
     programs = program*
     program  = LEB count, count x { LEB delta, LEB row }: from start + sum of deltas on,
                offset into rows + 1; 0: code that cannot be unwound

   Zigzag numbers are (n << 1) ^ (n >> 63). header.size is the size of the whole table, a multiple
   of eight, text_size that of the section from the anchor on; the last five of the header are
   offsets from the start of the table. Registers are indices of a struct wanco_registers. A return address may equal
   the end of its section (a call that does not return), so a section's range is
   (text, text + text_size].

   No read goes beyond the table, whatever it holds: a damaged one ends a walk. */
#include "stack/stack.h"

/* The numbers of the header. */
enum { SIZE, TEXT_SIZE, BLOCKS, FUNCTIONS, ROWS, SAVES, HEADS, VALUES, PROGRAMS, HEADER };
/* The arrays that follow it: two with one element a block, three with one a function. */
enum { BLOCK_ARRAYS = 2, FUNCTION_ARRAYS = 3 };

/* The first bytes of values. */
enum { IN_LOW_REGISTER = 0, AT_LOW_SP = 32, LOW_CONSTANT = 192, NEXT_SITE = 208 };
enum { IN_REGISTER = 240, AT_SP, CONSTANT, LONG_CONSTANT, AT_REGISTER, PLACE, NEAR_SITE, NEAR_FRAME_SITE, REPEAT };

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

static const uint32_t *block_array(const uint32_t *header, unsigned k) {
  return header + HEADER + (size_t)k * header[BLOCKS];
}

static const uint32_t *function_array(const uint32_t *header, unsigned k) {
  return block_array(header, BLOCK_ARRAYS) + (size_t)k * header[FUNCTIONS];
}

static bool sane(const uint32_t *header) {
  uint64_t arrays = 4 * (HEADER + (uint64_t)BLOCK_ARRAYS * header[BLOCKS] + (uint64_t)FUNCTION_ARRAYS * header[FUNCTIONS]);
  if (arrays > header[ROWS] || header[PROGRAMS] > header[SIZE]) return false;
  for (unsigned k = ROWS; k < PROGRAMS; k++)
    if (header[k] > header[k + 1]) return false;
  return true;
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

/* The cursor after so many bytes, or at the end. */
static struct wanco_cursor after(struct wanco_cursor c, uint64_t bytes) {
  uint64_t left = (uint64_t)(c.end - c.at);
  return (struct wanco_cursor){c.at + (bytes < left ? bytes : left), c.end};
}

bool wanco_table_find(const struct wanco_unit *units, uint32_t unit_count, uint64_t return_address, struct wanco_record *record) {
  const struct wanco_unit *unit = find_unit(units, unit_count, return_address);
  if (!unit) return false;
  const uint32_t *header = header_of(unit), *bases = block_array(header, 0);
  uint32_t offset = (uint32_t)(return_address - (uint64_t)unit->text);
  uint32_t i = search(bases, header[BLOCKS], offset);
  if (!header[BLOCKS] || bases[i] > offset) return false;
  struct wanco_cursor head = pool(header, HEADS, block_array(header, 1)[i]);
  uint64_t count = next_leb(&head), at = bases[i];
  *record = (struct wanco_record){.pool = pool(header, VALUES, 0).at};
  record->function = next_leb(&head);
  record->site = next_leb(&head);
  uint64_t start = next_leb(&head);
  for (; count && head.at < head.end; count--) {
    at += next_leb(&head);
    uint64_t length = next_leb(&head);
    if (at == offset) {
      record->values = pool(header, VALUES, start);
      record->values.end = after(record->values, length).at;
      record->row = pool(header, ROWS, next_leb(&record->values) - 1);
      record->saves = pool(header, SAVES, 0);
      return true;
    }
    if (at > offset) return false;
    start += length;
  }
  return false;
}

bool wanco_record_has_next(const struct wanco_record *record) {
  return record->repeated_count || record->values.at < record->values.end;
}

/* The rest of a value that is longer than a byte. */
static bool long_value(struct wanco_record *record, struct wanco_cursor *c, uint8_t code, const struct wanco_registers *registers,
                       struct wanco_value *value) {
  uint64_t x = code == LONG_CONSTANT ? next_u64(c) : next_leb(c);
  switch (code) {
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
  case LONG_CONSTANT:
    value->constant = x;
    return true;
  case AT_REGISTER:
    if (x >= WANCO_REGISTERS) return false;
    value->address = (const void *)(registers->r[x] + unzigzag(next_leb(c)));
    return true;
  case PLACE:
    value->constant = WANCO_LOCATION_SITE | (record->function + unzigzag(x)) << 32 | next_leb(c);
    return true;
  case NEAR_SITE:
    value->constant = record->site + unzigzag(x);
    return true;
  case NEAR_FRAME_SITE:
    value->constant = (record->site + unzigzag(x)) | WANCO_FRAME_SITE;
    return true;
  default:
    return false;
  }
}

static bool read_value(struct wanco_record *record, struct wanco_cursor *c, uint8_t code, const struct wanco_registers *registers,
                       struct wanco_value *value) {
  *value = (struct wanco_value){NULL, 0};
  if (code < AT_LOW_SP) {
    if (code >= WANCO_REGISTERS) return false;
    value->address = &registers->r[code];
  } else if (code < LOW_CONSTANT) {
    value->address = (const void *)(registers->r[WANCO_DWARF_SP] + 4 * (uint64_t)(code - AT_LOW_SP));
  } else if (code < NEXT_SITE) {
    value->constant = unzigzag(code - LOW_CONSTANT);
  } else if (code < IN_REGISTER) {
    value->constant = record->site + code - NEXT_SITE;
  } else {
    return long_value(record, c, code, registers, value);
  }
  return true;
}

bool wanco_record_next(struct wanco_record *record, const struct wanco_registers *registers, struct wanco_value *value) {
  if (!wanco_record_has_next(record)) return false;
  if (!record->repeated_count) {
    const uint8_t *start = record->values.at;
    uint8_t code = next_byte(&record->values);
    if (code != REPEAT) return read_value(record, &record->values, code, registers, value);
    record->repeated_count = next_leb(&record->values);
    uint64_t distance = next_leb(&record->values);
    if (!record->repeated_count || distance > (uint64_t)(start - record->pool)) return false;
    record->repeated = (struct wanco_cursor){start - distance, start};
  }
  record->repeated_count--;
  return record->repeated.at < record->repeated.end &&
         read_value(record, &record->repeated, next_byte(&record->repeated), registers, value);
}

/* Every step goes up the stack; only the innermost frame may be one without a frame of its
   own, whose return address is still in its register. So a walk ends. */
static bool unwind(struct wanco_registers *registers, struct wanco_cursor row, struct wanco_cursor saves, bool innermost) {
  if (row.at == row.end) return false;
  uint64_t distance = next_leb(&row), base = distance & 1 ? next_leb(&row) : WANCO_DWARF_SP;
  if (base >= WANCO_REGISTERS) return false;
  uint64_t cfa = registers->r[base] + 8 * (distance >> 1);
  saves = after(saves, next_leb(&row));
  uint64_t sp = registers->r[WANCO_DWARF_SP];
  if ((cfa & 7) || cfa < sp || (cfa == sp && !innermost)) return false;

  bool has_return_address = false;
  for (uint64_t count = next_leb(&saves); count && saves.at < saves.end; count--) {
    uint64_t reg = next_leb(&saves), slot = next_leb(&saves);
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
  return unwind(registers, record->row, record->saves, false);
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
  return row && unwind(registers, pool(header, ROWS, row - 1), pool(header, SAVES, 0), innermost);
}
