/* The frames of a program that ended in a trap or a crash, as text. */
#include "front/front.h"

enum { SHOWN = 50 };

struct backtrace {
  uint32_t count;
};

static void print_place(struct backtrace *trace, uint32_t function, bool has_offset, uint32_t offset) {
  if (trace->count++ >= SHOWN) return;
  char name[32];
  const struct wanco_function *f = function < wanco_module.function_count ? &wanco_module.functions[function] : NULL;
  wanco_format(name, sizeof name, "function %u", function);
  const char *shown = f && f->name ? f->name : name;
  if (has_offset && f) wanco_print(2, "  at %s (module offset 0x%x)\n", shown, f->body_offset + offset);
  else wanco_print(2, "  at %s\n", shown);
}

/* One machine frame's record: the frames in it, innermost first. *ended: it is an
   entry wrapper's. */
static bool print_record(struct backtrace *trace, const struct wanco_record *record, const struct wanco_registers *registers, bool *ended) {
  uint32_t count;
  if (!wanco_record_frames(record, registers, &count)) return false;
  while (count--) {
    struct wanco_virtual_frame f;
    wanco_record_frame(record, registers, count, &f);
    if (f.is_site) print_place(trace, f.site.function, true, f.site.offset);
    else if (f.id & WANCO_LOCATION_SITE) print_place(trace, (uint32_t)((f.id & ~WANCO_LOCATION_SITE) >> 32), true, (uint32_t)f.id);
    else if (f.id == WANCO_ENTRY_SITE) *ended = true;
  }
  return true;
}

static bool find_record(uint64_t return_address, struct wanco_record *record) {
  return wanco_table_find(wanco_module.units, wanco_module.unit_count, return_address, record);
}

/* Goes from a frame to its caller; false: pc is not in emitted code. */
static bool leave_frame(uint64_t pc, bool innermost, struct wanco_registers *registers) {
  return wanco_unwind_at(wanco_module.units, wanco_module.unit_count, pc, innermost, registers);
}

/* A frame of which only the machine function is known. In an entry wrapper it is the
   function that was inlined into it; that one ends the trace. */
static void print_machine_frame(struct backtrace *trace, uint64_t pc, bool *ended) {
  uint32_t function = wanco_table_function(wanco_module.units, wanco_module.unit_count, pc);
  *ended = function == WANCO_NULL_FUNCTION;
  print_place(trace, *ended ? wanco_module.exports[wanco_activation.entry].index : function, false, 0);
}

/* From a frame at one of its calls outwards. */
static void print_frames(struct backtrace *trace, struct wanco_registers registers) {
  for (bool ended = false; !ended;) {
    struct wanco_registers frame = registers;
    uint64_t pc = registers.r[WANCO_DWARF_RA] - 1;
    struct wanco_record record;
    bool printed = find_record(pc + 1, &record) && print_record(trace, &record, &frame, &ended);
    if (!leave_frame(pc, false, &registers)) return;
    if (!printed) print_machine_frame(trace, pc, &ended);
  }
}

static void print_rest(const struct backtrace *trace) {
  if (trace->count > SHOWN) wanco_print(2, "  ... and %u more\n", trace->count - SHOWN);
}

void wanco_print_backtrace(const struct wanco_registers *registers) {
  struct backtrace trace = {0};
  print_frames(&trace, *registers);
  print_rest(&trace);
}

/* The same, from a frame at any instruction. */
void wanco_print_backtrace_at(uint64_t pc, struct wanco_registers registers) {
  struct backtrace trace = {0};
  bool ended;
  if (!leave_frame(pc, true, &registers)) return;
  print_machine_frame(&trace, pc, &ended);
  if (!ended) print_frames(&trace, registers);
  print_rest(&trace);
}
