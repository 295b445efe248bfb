/* Writes the sections of a snapshot (docs/snapshot-format.md); mirrored by undump.c. Nothing
   is allocated. */
#include "checkpoint/checkpoint.h"

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
  wanco_write_u32(writer, wanco_activation.phase);
  wanco_write_u32(writer, wanco_activation.entry);
  wanco_write_u32(writer, stop->by_guest ? WANCO_CONTROL_BY_GUEST : 0);
  wanco_write_u32(writer, 0);
}

/* ---- frames ---- */

static bool count_frame(void *context, const struct wanco_virtual_frame *frame, const struct wanco_registers *registers) {
  (void)frame, (void)registers;
  ++*(uint32_t *)context;
  return true;
}

static bool dump_frame(void *context, const struct wanco_virtual_frame *frame, const struct wanco_registers *registers) {
  Writer *writer = context;
  const struct wanco_site *site = &frame->site;
  wanco_write_u32(writer, site->number);
  wanco_write_u32(writer, site->function);
  wanco_write_u32(writer, site->offset);
  wanco_write_u32(writer, site->local_count + site->stack_count);

  struct wanco_record values = frame->values;
  struct wanco_site_values slots = wanco_site_values(site);
  for (struct wanco_slot slot; wanco_site_next(&slots, &slot);) {
    if (frame->slots) {
      write_value(writer, slot, wanco_frame_slot(frame->slots, site, slot));
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
  wanco_write_u64(writer, stop->time);
  wanco_write_u64(writer, stop->polls);
  wanco_write_u64(writer, stop->number);
  wanco_wasi_dump_clocks(&wanco_instance, writer);
  wanco_write_u64(writer, wanco_module.poll_interval);
  write_text(writer, WANCO_ISA_NAME);
  write_text(writer, WANCO_VERSION);
  write_text(writer, wanco_module.name);
  wanco_write_padding(writer, 8);
}

static void dump_base(Writer *writer, const struct wanco_stop *stop) {
  const struct wanco_base *base = stop->base;
  if (!base) return;
  wanco_write_u64(writer, base->size);
  wanco_write_u64(writer, base->time);
  wanco_write_u32(writer, base->header_crc);
  wanco_write_u32(writer, base->depth);
  write_text(writer, base->name);
  wanco_write_padding(writer, 8);
}

/* ---- memories ---- */

static void dump_runs(Writer *writer, uint32_t memory, enum wanco_pages set) {
  for (struct wanco_run run = {0, 0}; wanco_pages_next(memory, set, &run);) wanco_write(writer, &run, sizeof run);
}

static void dump_memory(Writer *writer, enum wanco_scan scan) {
  wanco_write_u32(writer, wanco_module.memory_count);
  wanco_write_u32(writer, 0);
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) {
    wanco_pages_scan(i, scan);
    wanco_write_u32(writer, i);
    wanco_write_u32(writer, wanco_pages_runs(i, WANCO_PAGES_STORED));
    wanco_write_u64(writer, wanco_memory_bytes[i] / WANCO_WASM_PAGE);
    wanco_write_u32(writer, wanco_pages_runs(i, WANCO_PAGES_CLEARED));
    wanco_write_u32(writer, 0);
    dump_runs(writer, i, WANCO_PAGES_STORED);
    dump_runs(writer, i, WANCO_PAGES_CLEARED);
  }
}

/* Of each block with stored pages, in the order of PAGES. */
static uint32_t sums[(4ll << 30) / WANCO_BLOCK * WANCO_MAX_MEMORIES], sum_count;

static void dump_run(Writer *writer, uint32_t memory, struct wanco_run run, uint64_t *block) {
  uint64_t at = (uint64_t)run.first * WANCO_SNAPSHOT_PAGE, end = at + (uint64_t)run.count * WANCO_SNAPSHOT_PAGE;
  for (uint64_t next; at < end; at = next) {
    next = (at / WANCO_BLOCK + 1) * WANCO_BLOCK;
    if (next > end) next = end;
    bool same = at / WANCO_BLOCK == *block;
    *block = at / WANCO_BLOCK;
    if (!same) sums[sum_count++] = 0;
    uint32_t crc = wanco_write_summed(writer, wanco_memory_base[memory] + at, next - at);
    sums[sum_count - 1] = wanco_crc32c_append(sums[sum_count - 1], crc, next - at);
  }
}

static void dump_pages(Writer *writer) {
  sum_count = 0;
  for (uint32_t i = 0; i < wanco_module.memory_count; i++) {
    uint64_t block = UINT64_MAX;
    for (struct wanco_run run = {0, 0}; wanco_pages_next(i, WANCO_PAGES_STORED, &run);) dump_run(writer, i, run, &block);
  }
}

static void dump_sums(Writer *writer) {
  wanco_write(writer, sums, sum_count * sizeof *sums);
  wanco_write_padding(writer, 8);
}

/* ---- all ---- */

static const struct {
  uint32_t kind;
  void (*dump)(Writer *, const struct wanco_stop *);
} SECTIONS[] = {
    {WANCO_SECTION_CONTROL, dump_control},   {WANCO_SECTION_FRAMES, dump_frames},
    {WANCO_SECTION_GLOBALS, dump_globals},   {WANCO_SECTION_TABLES, dump_tables},
    {WANCO_SECTION_SEGMENTS, dump_segments}, {WANCO_SECTION_WASI, dump_wasi},
    {WANCO_SECTION_HOST, dump_host},         {WANCO_SECTION_NAMES, dump_names},
    {WANCO_SECTION_META, dump_meta},         {WANCO_SECTION_BASE, dump_base},
};

void wanco_dump_state(Writer *writer, const struct wanco_stop *stop) {
  for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
    wanco_write_begin(writer, SECTIONS[i].kind, 8);
    SECTIONS[i].dump(writer, stop);
    wanco_write_end(writer);
  }
}

long wanco_dump_memories(Writer *writer, enum wanco_scan scan) {
  wanco_write_begin(writer, WANCO_SECTION_MEMORY, 8);
  dump_memory(writer, scan);
  wanco_write_end(writer);
  wanco_write_begin(writer, WANCO_SECTION_PAGES, WANCO_SNAPSHOT_PAGE);
  dump_pages(writer);
  wanco_write_end(writer);
  wanco_write_begin(writer, WANCO_SECTION_SUMS, 8);
  dump_sums(writer);
  wanco_write_end(writer);
  return wanco_writer_finish(writer);
}
