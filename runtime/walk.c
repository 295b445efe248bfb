/* The stack walk: from the registers of a frame of generated code to the WebAssembly
   activations, innermost first. A machine frame's record lists the activations that were
   inlined into it, outermost first; it is read anew for each of them, because nothing may be
   allocated and inlining is not deep. */
#include "internal.h"

/* Reads the identification that begins an activation and steps over its values. */
static bool next_activation(struct wanco_record *record, const struct wanco_registers *registers, struct wanco_activation *activation) {
  struct wanco_value value;
  if (!wanco_record_next(record, registers, &value)) return false;
  activation->id = value.address ? wanco_load_u64(value.address) : value.constant;
  activation->home = NULL;
  if (activation->id & WANCO_HOMED_SITE && !(activation->id & WANCO_LOCATION_SITE) && activation->id != WANCO_ENTRY_SITE) {
    if (!wanco_record_next(record, registers, &value) || !value.address) return false;
    activation->home = (const struct wanco_frame *)wanco_load_u64(value.address);
    activation->id &= ~(uint64_t)WANCO_HOMED_SITE;
  }
  activation->values = *record;
  activation->is_site = activation->id < wanco_module.site_count;
  if (!activation->is_site)
    return activation->id == WANCO_ENTRY_SITE || activation->id == WANCO_TAIL_SITE || activation->id & WANCO_LOCATION_SITE;
  wanco_site_read(activation->id, &activation->site);
  if (activation->home) return true;
  for (uint32_t i = activation->site.local_count + activation->site.stack_count; i; i--)
    if (!wanco_record_next(record, registers, &value)) return false;
  return true;
}

bool wanco_record_activations(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t *count) {
  struct wanco_record rest = *record;
  struct wanco_activation activation;
  for (*count = 0; wanco_record_has_next(&rest); ++*count)
    if (!next_activation(&rest, registers, &activation)) return false;
  return *count != 0;
}

void wanco_record_activation(const struct wanco_record *record, const struct wanco_registers *registers, uint32_t i,
                             struct wanco_activation *activation) {
  struct wanco_record rest = *record;
  do next_activation(&rest, registers, activation);
  while (i--);
}

/* Visits the activations of one machine frame; *ended: one of them is an entry wrapper, or the
   visitor has seen enough. */
static bool visit_frame(const struct wanco_record *record, const struct wanco_registers *registers, wanco_visitor *visit, void *context,
                        bool *ended) {
  uint32_t count;
  if (!wanco_record_activations(record, registers, &count)) return false;
  while (count--) {
    struct wanco_activation activation;
    wanco_record_activation(record, registers, count, &activation);
    if (activation.is_site) {
      if (visit(context, &activation, registers)) continue;
      *ended = true;
      return true;
    }
    if (activation.id == WANCO_TAIL_SITE) continue;
    if (activation.id == WANCO_ENTRY_SITE && !count) *ended = true;
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
