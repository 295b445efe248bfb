/* Reads the sections of a snapshot into the instance; mirrors dump.c. A snapshot may come
   from anybody: whatever it holds is checked against the module, so that it can do no more
   than a WebAssembly program can. */
#include "checkpoint/checkpoint.h"

typedef struct wanco_reader Reader;

static void require_zero(Reader *reader) {
  if (wanco_read_u32(reader)) wanco_read_fail(reader, "a reserved field is not zero");
}

static void require_count(Reader *reader, uint32_t expected, const char *what) {
  uint32_t count = wanco_read_u32(reader);
  if (count != expected) wanco_read_fail(reader, "%u %s where the program has %u", count, what, expected);
}

/* Padding to a multiple of eight bytes from the section's start on, which is so aligned. */
static void skip_padding(Reader *reader) {
  while ((uint64_t)reader->next & 7)
    if (*(const uint8_t *)wanco_read(reader, 1)) wanco_read_fail(reader, "padding is not zero");
}

static void read_value(Reader *reader, struct wanco_slot slot, void *native) {
  struct wanco_value_head head;
  memcpy(&head, wanco_read(reader, sizeof head), sizeof head);
  if (head.type != slot.type || head.role != slot.role || head.zero || head.index != slot.index)
    wanco_read_fail(reader, "a value of type %u, role %u, index %u where %u, %u, %u must be", head.type, head.role, head.index, slot.type,
                    slot.role, slot.index);
  if (!wanco_value_load(slot.type, wanco_read(reader, wanco_payload_size(slot.type)), native))
    wanco_read_fail(reader, "an impossible value of type %u", slot.type);
}

/* ---- control ---- */

/* Without an entry: between two calls. */
static bool is_entry(const struct wanco_module *module, uint32_t phase, uint32_t entry) {
  if (phase == WANCO_PHASE_INVOKE && entry == WANCO_NO_EXPORT) return true;
  if (entry >= module->export_count || module->exports[entry].kind != WANCO_EXTERN_KIND_FUNCTION) return false;
  if (phase == WANCO_PHASE_START) return entry == module->start_export;
  if (phase == WANCO_PHASE_COMMAND) return entry == module->command_export;
  return phase == WANCO_PHASE_INVOKE;
}

static void undump_control(Reader *reader, struct wanco_instance *instance) {
  const struct wanco_module *module = instance->module;
  wanco_activation.phase = wanco_read_u32(reader);
  wanco_activation.entry = wanco_read_u32(reader);
  uint32_t flags = wanco_read_u32(reader);
  require_zero(reader);
  if (flags & ~(uint32_t)WANCO_CONTROL_BY_GUEST) wanco_read_fail(reader, "unknown flags");
  wanco_activation.resumed_by_guest = flags & WANCO_CONTROL_BY_GUEST;
  if (!is_entry(module, wanco_activation.phase, wanco_activation.entry))
    wanco_read_fail(reader, "phase %u of entry %u is impossible", wanco_activation.phase, wanco_activation.entry);
}

/* ---- frames ---- */

static bool is_call(uint8_t kind) { return kind == WANCO_SITE_KIND_CALL || kind == WANCO_SITE_KIND_CALL_INDIRECT; }

/* Whether a frame of `function` can be where `called` was called: tail calls replace frames. */
static bool can_follow(uint32_t called, uint32_t function) {
  uint32_t class = wanco_module.functions[called].tail_class;
  return called == function || (class && class == wanco_module.functions[function].tail_class);
}

static bool can_be_called_as(uint32_t type, uint32_t function) {
  return wanco_module.functions[function].type == type && wanco_module.funcrefs[function].code;
}

static bool can_call(const struct wanco_site *site, uint32_t function) {
  if (site->kind == WANCO_SITE_KIND_CALL) return can_follow(site->callee, function);
  if (can_be_called_as(site->callee, function)) return true;
  if (!wanco_module.functions[function].tail_class) return false;
  for (uint32_t called = 0; called < wanco_module.function_count; called++)
    if (can_be_called_as(site->callee, called) && can_follow(called, function)) return true;
  return false;
}

static void read_site(Reader *reader, struct wanco_site *site) {
  uint32_t number = wanco_read_u32(reader), function = wanco_read_u32(reader), offset = wanco_read_u32(reader);
  if (number >= wanco_module.site_count) wanco_read_fail(reader, "site %u does not exist", number);
  wanco_site_read(number, site);
  if (site->function != function || site->offset != offset || !wanco_module.functions[function].resume)
    wanco_read_fail(reader, "site %u is not at offset %u of function %u", number, offset, function);
  require_count(reader, site->local_count + site->stack_count, "values in a frame");
}

/* What a frame may be, given the next inner one; NULL for the innermost. */
static void check_site(Reader *reader, const struct wanco_site *site, const struct wanco_site *inner) {
  if (!inner && is_call(site->kind)) wanco_read_fail(reader, "the innermost frame is at a call");
  if (inner && !is_call(site->kind)) wanco_read_fail(reader, "a frame that is not the innermost is at no call");
  if (inner && !can_call(site, inner->function)) wanco_read_fail(reader, "site %u cannot call function %u", site->number, inner->function);
}

static struct wanco_frame *read_frame(Reader *reader, const struct wanco_site *site) {
  size_t slots = wanco_module.functions[site->function].slot_count;
  struct wanco_frame *frame = wanco_allocate(sizeof *frame + slots * WANCO_SLOT_SIZE);
  frame->site = site->number;
  frame->resume = wanco_module.functions[site->function].resume;
  struct wanco_site_values values = wanco_site_values(site);
  for (struct wanco_slot slot; wanco_site_next(&values, &slot);) read_value(reader, slot, wanco_frame_slot(frame, site, slot));
  return frame;
}

static void undump_frames(Reader *reader, struct wanco_instance *instance) {
  struct wanco_site sites[2], *inner_site = NULL;
  struct wanco_frame *inner = NULL;
  uint8_t innermost_kind = 0;
  uint32_t count = wanco_read_u32(reader);
  require_zero(reader);
  for (uint32_t i = 0; i < count; i++) {
    struct wanco_site *site = &sites[i & 1];
    read_site(reader, site);
    check_site(reader, site, inner_site);
    if (!inner) innermost_kind = site->kind;
    struct wanco_frame *frame = read_frame(reader, site);
    frame->inner = inner;
    frame->inner_resume = inner ? wanco_module.functions[inner_site->function].resume : NULL;
    if (i == 1) {
      wanco_activation.innermost_resume = frame->inner_resume;
      frame->inner_resume = (void *)wanco_resume_innermost;
    }
    inner = frame;
    inner_site = site;
  }
  wanco_activation.outermost = inner;
  wanco_activation.resumed_at_host_call = count && innermost_kind == WANCO_SITE_KIND_HOST;
  if (!inner != (wanco_activation.entry == WANCO_NO_EXPORT)) wanco_read_fail(reader, "%u frames of entry %u", count, wanco_activation.entry);
  if (!inner) return;
  const struct wanco_export *entry = &instance->module->exports[wanco_activation.entry];
  if (!can_follow(entry->index, inner_site->function) || !entry->resume)
    wanco_read_fail(reader, "the outermost frame does not belong to entry %u", wanco_activation.entry);
}

/* ---- globals, tables, segments ---- */

static void undump_globals(Reader *reader, struct wanco_instance *instance) {
  const struct wanco_module *module = instance->module;
  require_count(reader, wanco_mutable_globals(), "globals");
  require_zero(reader);
  for (uint32_t i = 0; i < module->global_count; i++) {
    const struct wanco_global *global = &module->globals[i];
    uint8_t native[WANCO_SLOT_SIZE];
    if (!wanco_is_mutable(global)) continue;
    read_value(reader, (struct wanco_slot){global->type, false, WANCO_ROLE_GLOBAL, i}, native);
    memcpy(global->address, native, wanco_native_size(global->type));
  }
}

static void undump_table(Reader *reader, uint32_t table) {
  uint32_t index = wanco_read_u32(reader), element = wanco_read_u32(reader), size = wanco_read_u32(reader);
  require_zero(reader);
  if (index != table || element != wanco_module.tables[table].element)
    wanco_read_fail(reader, "table %u is not what the program has", index);
  if (!wanco_table_resize(table, size, NULL)) wanco_read_fail(reader, "table %u cannot have %u entries", table, size);
  for (uint32_t i = 0; i < size; i++) {
    if (element != WANCO_VALUE_CODE_FUNCREF) {
      wanco_entry_set(table, i, (void *)wanco_read_u64(reader));
      continue;
    }
    uint32_t function = wanco_read_u32(reader);
    if (!wanco_is_referenceable(function))
      wanco_read_fail(reader, "table %u refers to function %u, which has no reference", table, function);
    wanco_entry_set(table, i, wanco_function_reference(function));
  }
  skip_padding(reader);
}

static void undump_tables(Reader *reader, struct wanco_instance *instance) {
  require_count(reader, wanco_mutable_tables(), "tables");
  require_zero(reader);
  for (uint32_t i = 0; i < instance->module->table_count; i++)
    if (!instance->module->tables[i].is_constant) undump_table(reader, i);
}

static void undump_bits(Reader *reader, uint8_t *flags, uint32_t count) {
  const uint8_t *bits = wanco_read(reader, ((size_t)count + 7) / 8);
  for (uint32_t i = 0; i < count; i++) flags[i] = bits[i / 8] >> i % 8 & 1;
}

static void undump_segments(Reader *reader, struct wanco_instance *instance) {
  require_count(reader, instance->module->data_count, "data segments");
  require_count(reader, instance->module->element_count, "element segments");
  undump_bits(reader, instance->data_dropped, instance->module->data_count);
  undump_bits(reader, instance->elements_dropped, instance->module->element_count);
  skip_padding(reader);
}

/* ---- all ---- */

static void undump_wasi(Reader *reader, struct wanco_instance *instance) { wanco_wasi_undump(instance, reader); }

/* NAMES is for people. */
static void skip(Reader *reader, struct wanco_instance *instance) {
  (void)instance;
  reader->next = reader->end;
}

static void undump_meta(Reader *reader, struct wanco_instance *instance) {
  wanco_read(reader, 16);
  wanco_snapshot_number(wanco_read_u64(reader));
  wanco_wasi_undump_clocks(instance, reader);
  skip(reader, instance);
}

static const struct {
  uint32_t kind;
  void (*undump)(Reader *, struct wanco_instance *);
} SECTIONS[] = {
    {WANCO_SECTION_CONTROL, undump_control}, {WANCO_SECTION_FRAMES, undump_frames},     {WANCO_SECTION_GLOBALS, undump_globals},
    {WANCO_SECTION_TABLES, undump_tables},   {WANCO_SECTION_SEGMENTS, undump_segments}, {WANCO_SECTION_WASI, undump_wasi},
    {WANCO_SECTION_NAMES, skip},             {WANCO_SECTION_META, undump_meta},
};

void wanco_undump(struct wanco_instance *instance, struct wanco_source *source) {
  struct wanco_snapshot snapshot = {0};
  wanco_snapshot_open(&snapshot, source);
  for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
    Reader reader = wanco_snapshot_section(&snapshot, SECTIONS[i].kind);
    SECTIONS[i].undump(&reader, instance);
    wanco_read_end(&reader);
  }
  wanco_chain_open(&snapshot);
  Reader host = wanco_snapshot_section(&snapshot, WANCO_SECTION_HOST);
  wanco_host_undump(&host); /* last: it may look at the memories */
  source->release(source);
}
