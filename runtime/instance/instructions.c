/* Instructions on memories and tables that emitted code leaves to the runtime. Stubs have noted the
   caller's registers where one can trap. */
#include "instance/instance.h"

/* ---- memories ---- */

/* The memory's last block becomes larger, so it has to be open. */
uint32_t wanco_memory_grow(uint32_t memory, uint32_t delta) {
  uint32_t before = (uint32_t)(wanco_memory_bytes[memory] / WANCO_WASM_PAGE);
  uint64_t pages = (uint64_t)before + delta;
  if (delta && wanco_memory_can_grow(memory, pages)) wanco_blocks_grow(memory);
  return wanco_memory_resize(memory, pages) ? before : UINT32_MAX;
}

void wanco_do_memory_init(uint32_t memory, uint32_t segment, uint32_t to, uint32_t from, uint32_t size) {
  if (!wanco_data_copy(memory, segment, to, from, size)) wanco_trap_at_anchor(WANCO_TRAP_MEMORY_BOUNDS);
}

void wanco_data_drop(uint32_t segment) { wanco_instance.data_dropped[segment] = 1; }

/* ---- tables ---- */

static struct wanco_table *table_of(uint32_t table) { return wanco_module.tables[table].state; }

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
  wanco_entries_fill(table, first, reference, count);
}

void wanco_do_table_copy(uint32_t to_table, uint32_t from_table, uint32_t to, uint32_t from, uint32_t count) {
  check(from_table, from, count);
  check(to_table, to, count);
  memmove(table_of(to_table)->entries + to, table_of(from_table)->entries + from, count * sizeof(struct wanco_funcref));
}

void wanco_do_table_init(uint32_t table, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
  if (!wanco_element_copy(table, segment, to, from, count)) wanco_trap_at_anchor(WANCO_TRAP_TABLE_BOUNDS);
}

void wanco_elem_drop(uint32_t segment) { wanco_instance.elements_dropped[segment] = 1; }
