/* Writes the sections of a snapshot (docs/snapshot-format.md); mirrored by undump.c. Nothing
   is allocated. */
#include <time.h>

#include "writer.h"

typedef struct wanco_writer Writer;

static void write_value(Writer *writer, struct wanco_slot slot, const void *native) {
  uint8_t payload[16];
  struct wanco_value_head head = {slot.type, slot.role, 0, slot.index};
  wanco_value_save(slot, native, payload);
  wanco_write(writer, &head, sizeof head);
  wanco_write(writer, payload, wanco_payload_size(slot.type));
}

static void write_text(Writer *writer, const char *text) {
  size_t length = text ? strlen(text) : 0;
  wanco_write_u32(writer, (uint32_t)length);
  wanco_write(writer, text, length);
}

static void dump_control(Writer *writer, const struct wanco_stop *stop) {
  wanco_write_u32(writer, wanco_instance.phase);
  wanco_write_u32(writer, wanco_instance.entry);
  wanco_write_u32(writer, stop->by_guest ? WANCO_CONTROL_BY_GUEST : 0);
  wanco_write_u32(writer, 0);
}

/* ---- frames ---- */

static bool count_frame(void *context, const struct wanco_activation *activation, const struct wanco_registers *registers) {
  (void)activation, (void)registers;
  ++*(uint32_t *)context;
  return true;
}

static bool dump_frame(void *context, const struct wanco_activation *activation, const struct wanco_registers *registers) {
  Writer *writer = context;
  const struct wanco_site *site = &activation->site;
  wanco_write_u32(writer, site->number);
  wanco_write_u32(writer, site->function);
  wanco_write_u32(writer, site->offset);
  wanco_write_u32(writer, site->local_count + site->stack_count);

  struct wanco_record values = activation->values;
  struct wanco_site_values slots = wanco_site_values(site);
  for (struct wanco_slot slot; wanco_site_next(&slots, &slot);) {
    if (activation->home) {
      write_value(writer, slot, wanco_home(activation->home, site, slot));
      continue;
    }
    struct wanco_value value;
    if (!wanco_record_next(&values, registers, &value)) break; /* cannot be: the walk has counted them */
    uint64_t constant[2] = {value.constant, 0};
    write_value(writer, slot, value.address ? value.address : constant);
  }
  wanco_instance.named_functions[site->function / 8] |= (uint8_t)(1 << site->function % 8);
  return true;
}

static void dump_frames(Writer *writer, const struct wanco_stop *stop) {
  uint32_t count = 0;
  if (stop->registers && !wanco_walk(stop->registers, count_frame, &count))
    wanco_fail("internal error: the stack cannot be walked for a checkpoint");
  memset(wanco_instance.named_functions, 0, (wanco_module.function_count + 7) / 8);
  wanco_write_u32(writer, count);
  wanco_write_u32(writer, 0);
  if (stop->registers) wanco_walk(stop->registers, dump_frame, writer);
}

static bool next_named(uint32_t *function) {
  for (; *function < wanco_module.function_count; ++*function)
    if (wanco_instance.named_functions[*function / 8] >> *function % 8 & 1 && wanco_module.functions[*function].name) return true;
  return false;
}

static void dump_names(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  uint32_t count = 0, function = 0;
  while (next_named(&function)) count++, function++;
  wanco_write_u32(writer, count);
  wanco_write_u32(writer, 0);
  for (function = 0; next_named(&function); function++) {
    wanco_write_u32(writer, function);
    write_text(writer, wanco_module.functions[function].name);
    wanco_write_padding(writer, 8);
  }
}

/* ---- globals, tables, segments ---- */

static void dump_globals(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_write_u32(writer, wanco_mutable_globals());
  wanco_write_u32(writer, 0);
  for (uint32_t i = 0; i < wanco_module.global_count; i++) {
    const struct wanco_global *global = &wanco_module.globals[i];
    if (!wanco_is_mutable(global)) continue;
    write_value(writer, (struct wanco_slot){global->type, false, WANCO_ROLE_GLOBAL, i}, global->address);
  }
}

static void dump_table(Writer *writer, uint32_t table) {
  const struct wanco_table_type *type = &wanco_module.tables[table];
  wanco_write_u32(writer, table);
  wanco_write_u32(writer, type->element);
  wanco_write_u32(writer, type->state->size);
  wanco_write_u32(writer, 0);
  for (uint32_t i = 0; i < type->state->size; i++) {
    if (type->element == WANCO_VALUE_CODE_FUNCREF) wanco_write_u32(writer, type->state->entries[i].function);
    else wanco_write_u64(writer, (uint64_t)type->state->entries[i].code);
  }
  wanco_write_padding(writer, 8);
}

static void dump_tables(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_write_u32(writer, wanco_mutable_tables());
  wanco_write_u32(writer, 0);
  for (uint32_t i = 0; i < wanco_module.table_count; i++)
    if (!wanco_module.tables[i].is_constant) dump_table(writer, i);
}

static void dump_bits(Writer *writer, const uint8_t *flags, uint32_t count) {
  for (uint32_t i = 0; i < count; i += 8) {
    uint8_t byte = 0;
    for (uint32_t bit = 0; bit < 8 && i + bit < count; bit++) byte |= (uint8_t)((flags[i + bit] != 0) << bit);
    wanco_write(writer, &byte, 1);
  }
}

static void dump_segments(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_write_u32(writer, wanco_module.data_count);
  wanco_write_u32(writer, wanco_module.element_count);
  dump_bits(writer, wanco_instance.data_dropped, wanco_module.data_count);
  dump_bits(writer, wanco_instance.elements_dropped, wanco_module.element_count);
  wanco_write_padding(writer, 8);
}

/* ---- the rest ---- */

static void dump_wasi(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_wasi_dump(&wanco_instance, writer);
}

static void dump_host(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_host_dump(writer);
}

static void dump_meta(Writer *writer, const struct wanco_stop *stop) {
  struct timespec now = {0};
  wanco_clock_gettime(CLOCK_REALTIME, &now);
  wanco_write_u64(writer, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
  wanco_write_u64(writer, stop->polls);
  wanco_write_u64(writer, stop->number);
  wanco_wasi_dump_clocks(&wanco_instance, writer);
  wanco_write_u64(writer, wanco_module.poll_interval);
  write_text(writer, WANCO_ISA_NAME);
  write_text(writer, WANCO_VERSION);
  write_text(writer, wanco_module.name);
  wanco_write_padding(writer, 8);
}

static void dump_memory(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  wanco_write_u32(writer, wanco_module.memory_count);
  wanco_write_u32(writer, 0);
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) {
    wanco_pages_scan(i);
    wanco_write_u32(writer, i);
    wanco_write_u32(writer, wanco_pages_runs(i));
    wanco_write_u64(writer, wanco_memory_bytes[i] / WANCO_WASM_PAGE);
    for (struct wanco_run run = {0, 0}; wanco_pages_next(i, &run);) wanco_write(writer, &run, sizeof run);
  }
}

static void dump_pages(Writer *writer, const struct wanco_stop *stop) {
  (void)stop;
  for (uint32_t i = 0; i < wanco_module.memory_count; i++)
    for (struct wanco_run run = {0, 0}; wanco_pages_next(i, &run);)
      wanco_write(writer, wanco_memory_base[i] + (uint64_t)run.first * WANCO_SNAPSHOT_PAGE, (uint64_t)run.count * WANCO_SNAPSHOT_PAGE);
}

static const struct {
  uint32_t kind, alignment;
  void (*dump)(Writer *, const struct wanco_stop *);
} SECTIONS[WANCO_SECTION_COUNT] = {
    {WANCO_SECTION_CONTROL, 8, dump_control},   {WANCO_SECTION_FRAMES, 8, dump_frames},
    {WANCO_SECTION_GLOBALS, 8, dump_globals},   {WANCO_SECTION_TABLES, 8, dump_tables},
    {WANCO_SECTION_SEGMENTS, 8, dump_segments}, {WANCO_SECTION_WASI, 8, dump_wasi},
    {WANCO_SECTION_HOST, 8, dump_host},         {WANCO_SECTION_NAMES, 8, dump_names},
    {WANCO_SECTION_META, 8, dump_meta},         {WANCO_SECTION_MEMORY, 8, dump_memory},
    {WANCO_SECTION_PAGES, WANCO_SNAPSHOT_PAGE, dump_pages},
};

static void dump_sections(Writer *writer, size_t first, size_t end, const struct wanco_stop *stop) {
  for (size_t i = first; i < end; i++) {
    wanco_write_begin(writer, SECTIONS[i].kind, SECTIONS[i].alignment);
    SECTIONS[i].dump(writer, stop);
    wanco_write_end(writer);
  }
}

void wanco_dump_state(Writer *writer, long fd, const struct wanco_stop *stop) {
  wanco_writer_start(writer, fd);
  dump_sections(writer, 0, WANCO_SECTION_MEMORY - 1, stop);
}

long wanco_dump_memories(Writer *writer) {
  dump_sections(writer, WANCO_SECTION_MEMORY - 1, WANCO_SECTION_COUNT, NULL);
  return wanco_writer_finish(writer);
}
