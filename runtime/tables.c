/* Tables. Entries of a mutable table lie in a reservation large enough for what it may grow
   to, so they never move. An entry holds what call_indirect needs; a reference is a pointer
   into wanco_module.funcrefs, which has one element per function, or null. Tables of
   externref keep the opaque reference in `code`. */
#include <sys/mman.h>

#include "internal.h"

enum { MAX_ENTRIES = 1 << 24 };

static const struct wanco_funcref NULL_ENTRY = {NULL, 0, WANCO_NULL_FUNCTION};

static struct wanco_table *table_of(uint32_t table) { return wanco_module.tables[table].state; }

static bool holds_functions(uint32_t table) { return wanco_module.tables[table].element == WANCO_VALUE_CODE_FUNCREF; }

/* ---- references and entries ---- */

const struct wanco_funcref *wanco_function_reference(uint32_t function) {
  return function == WANCO_NULL_FUNCTION ? NULL : &wanco_module.funcrefs[function];
}

void *wanco_entry_reference(uint32_t table, uint32_t i) {
  const struct wanco_funcref *entry = &table_of(table)->entries[i];
  return holds_functions(table) ? (void *)wanco_function_reference(entry->function) : entry->code;
}

static struct wanco_funcref entry_for(uint32_t table, const void *reference) {
  if (!reference) return NULL_ENTRY;
  if (holds_functions(table)) return *(const struct wanco_funcref *)reference;
  return (struct wanco_funcref){(void *)reference, 0, WANCO_NULL_FUNCTION};
}

void wanco_entry_set(uint32_t table, uint32_t i, const void *reference) { table_of(table)->entries[i] = entry_for(table, reference); }

/* ---- size ---- */

static uint32_t max_entries(uint32_t table) {
  uint32_t max = wanco_module.tables[table].max;
  return max < MAX_ENTRIES ? max : MAX_ENTRIES;
}

bool wanco_table_resize(uint32_t table, uint64_t size, const void *reference) {
  struct wanco_table *state = table_of(table);
  if (size > state->max || size < state->size) return false;
  struct wanco_funcref entry = entry_for(table, reference);
  for (uint64_t i = state->size; i < size; i++) state->entries[i] = entry;
  state->size = (uint32_t)size;
  return true;
}

static void create(uint32_t table) {
  const struct wanco_table_type *type = &wanco_module.tables[table];
  struct wanco_table *state = type->state;
  state->max = max_entries(table);
  state->size = 0;
  if (type->min > state->max) wanco_fail("table %u: %u entries are more than the %u that are supported", table, type->min, state->max);
  uint64_t bytes = ((uint64_t)state->max + 1) * sizeof *state->entries;
  long at = sys(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (wanco_failed(at)) wanco_fail("cannot reserve address space for table %u: %s", table, wanco_error_text(at));
  state->entries = (struct wanco_funcref *)at;
  wanco_table_resize(table, type->min, NULL);
}

void wanco_tables_create(void) {
  for (uint32_t i = 0; i < wanco_module.table_count; i++)
    if (!wanco_module.tables[i].is_constant) create(i);
}

/* ---- what generated code calls; the stubs noted the caller's registers ---- */

static void check(uint32_t table, uint64_t first, uint64_t count) {
  if (first + count > table_of(table)->size) wanco_trap_at_anchor(WANCO_TRAP_TABLE_BOUNDS);
}

void *wanco_do_table_get(uint32_t table, uint32_t i) {
  check(table, i, 1);
  return wanco_entry_reference(table, i);
}

void wanco_do_table_set(uint32_t table, uint32_t i, void *reference) {
  check(table, i, 1);
  wanco_entry_set(table, i, reference);
}

uint32_t wanco_table_grow(uint32_t table, void *reference, uint32_t delta) {
  uint32_t before = table_of(table)->size;
  return wanco_table_resize(table, (uint64_t)before + delta, reference) ? before : UINT32_MAX;
}

void wanco_do_table_fill(uint32_t table, uint32_t first, void *reference, uint32_t count) {
  check(table, first, count);
  struct wanco_funcref entry = entry_for(table, reference);
  struct wanco_funcref *entries = table_of(table)->entries + first;
  for (uint32_t i = 0; i < count; i++) entries[i] = entry;
}

void wanco_do_table_copy(uint32_t to_table, uint32_t from_table, uint32_t to, uint32_t from, uint32_t count) {
  check(from_table, from, count);
  check(to_table, to, count);
  memmove(table_of(to_table)->entries + to, table_of(from_table)->entries + from, count * sizeof(struct wanco_funcref));
}

/* ---- element segments ---- */

bool wanco_element_copy(uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  const struct wanco_element *element = &wanco_module.elements[segment];
  uint64_t available = wanco_instance.elements_dropped[segment] ? 0 : element->size;
  if (from + count > available || to + count > table_of(table)->size) return false;
  for (uint64_t i = 0; i < count; i++)
    wanco_entry_set(table, (uint32_t)(to + i), wanco_function_reference(element->functions[from + i]));
  return true;
}

void wanco_do_table_init(uint32_t table, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
  if (!wanco_element_copy(table, segment, to, from, count)) wanco_trap_at_anchor(WANCO_TRAP_TABLE_BOUNDS);
}

void wanco_elem_drop(uint32_t segment) { wanco_instance.elements_dropped[segment] = 1; }
