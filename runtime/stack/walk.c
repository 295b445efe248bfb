/* The stack walk: from the registers of a frame of emitted code to the WebAssembly
   frames, innermost first. A machine frame's record lists the frames that were
   inlined into it, outermost first; it is read anew for each of them, because nothing may be
   allocated and inlining is not deep. */
#include "stack/stack.h"

/* Reads the identification that begins a frame and steps over its values. */
static bool next_frame(struct wanco_record *record, const struct wanco_registers *registers, struct wanco_virtual_frame *frame) {
  struct wanco_value value;
  if (!wanco_record_next(record, registers, &value)) return false;
  frame->id = value.address ? wanco_load_u64(value.address) : value.constant;
  frame->slots = NULL;
  if (frame->id & WANCO_FRAME_SITE && !(frame->id & WANCO_LOCATION_SITE) && frame->id != WANCO_ENTRY_SITE) {
    if (!wanco_record_next(record, registers, &value) || !value.address) return false;
    frame->slots = (const struct wanco_frame *)wanco_load_u64(value.address);
    frame->id &= ~(uint64_t)WANCO_FRAME_SITE;
  }
  frame->values = *record;
  frame->is_site = frame->id < wanco_module.site_count;
  if (!frame->is_site)
    return frame->id == WANCO_ENTRY_SITE || frame->id == WANCO_TAIL_SITE || frame->id & WANCO_LOCATION_SITE;
  wanco_site_read(frame->id, &frame->site);
  if (frame->slots) return true;
  for (uint32_t i = frame->site.local_count + frame->site.stack_count; i; i--)
    if (!wanco_record_next(record, registers, &value)) return false;
  return true;
}

bool wanco_record_frames(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t *count) {
  struct wanco_record rest = *record;
  struct wanco_virtual_frame frame;
  for (*count = 0; wanco_record_has_next(&rest); ++*count)
    if (!next_frame(&rest, registers, &frame)) return false;
  return *count != 0;
}

void wanco_record_frame(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t i,
                        struct wanco_virtual_frame *frame) {
  struct wanco_record rest = *record;
  do next_frame(&rest, registers, frame);
  while (i--);
}

/* Visits the frames of one machine frame; *ended: one of them is an entry wrapper, or the
   visitor has seen enough. */
static bool visit_frame(const struct wanco_record *record, const struct wanco_registers *registers, wanco_visitor *visit, void *context,
                        bool *ended) {
  uint32_t count;
  if (!wanco_record_frames(record, registers, &count)) return false;
  while (count--) {
    struct wanco_virtual_frame frame;
    wanco_record_frame(record, registers, count, &frame);
    if (frame.is_site) {
      if (visit(context, &frame, registers)) continue;
      *ended = true;
      return true;
    }
    if (frame.id == WANCO_TAIL_SITE) continue;
    if (frame.id == WANCO_ENTRY_SITE && !count) *ended = true;
    else return false;
  }
  return true;
}

bool wanco_walk(const struct wanco_registers *innermost, wanco_visitor *visit, void *context) {
  struct wanco_registers registers = *innermost;
  struct wanco_record record;
  uint64_t known = 0; /* the return address that record is of: where a stack is deep, most are the same */
  bool ended = false;
  while (!ended) {
    uint64_t return_address = registers.r[WANCO_DWARF_RA];
    if (return_address != known && !wanco_table_find(wanco_module.units, wanco_module.unit_count, return_address, &record)) return false;
    known = return_address;
    if (!visit_frame(&record, &registers, visit, context, &ended)) return false;
    if (!ended && !wanco_unwind(&registers, &record)) return false;
  }
  return true;
}
