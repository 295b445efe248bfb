/* Tables. Entries of a mutable table lie in a reservation large enough for what it may grow
   to, so they never move. An entry holds what call_indirect needs; a reference is a pointer
   into wanco_module.funcrefs, which has one element per function, or null. Tables of
   externref keep the opaque reference in `code`. */
#include <sys/mman.h>

#include "instance/instance.h"

enum { MAX_ENTRIES = 1 << 24 };

static const struct wanco_funcref NULL_ENTRY = {NULL, 0, WANCO_NULL_FUNCTION};

static struct wanco_table *table_of(uint32_t table) { return wanco_module.tables[table].state; }

static bool holds_functions(uint32_t table) { return wanco_module.tables[table].element == WANCO_VALUE_CODE_FUNCREF; }

/* ---- references and entries ---- */

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

void wanco_entries_fill(uint32_t table, uint32_t first, const void *reference, uint32_t count) {
  struct wanco_funcref entry = entry_for(table, reference);
  struct wanco_funcref *entries = table_of(table)->entries + first;
  for (uint32_t i = 0; i < count; i++) entries[i] = entry;
}

/* ---- size ---- */

static uint32_t max_entries(uint32_t table) {
  uint32_t max = wanco_module.tables[table].max;
  return max < MAX_ENTRIES ? max : MAX_ENTRIES;
}

bool wanco_table_resize(uint32_t table, uint64_t size, const void *reference) {
  struct wanco_table *state = table_of(table);
  if (size > state->max || size < state->size) return false;
  wanco_entries_fill(table, state->size, reference, (uint32_t)(size - state->size));
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

/* ---- element segments ---- */

bool wanco_element_copy(uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  const struct wanco_element *element = &wanco_module.elements[segment];
  uint64_t available = wanco_instance.elements_dropped[segment] ? 0 : element->size;
  if (from + count > available || to + count > table_of(table)->size) return false;
  for (uint64_t i = 0; i < count; i++)
    wanco_entry_set(table, (uint32_t)(to + i), wanco_function_reference(element->functions[from + i]));
  return true;
}
