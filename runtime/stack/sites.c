/* The site table: what a safepoint is and which values it records (docs/architecture.md).
   It is part of the executable, so it is trusted. */
#include "stack/stack.h"

static uint64_t next_leb(const uint8_t **at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 127) << shift;
    if (!(byte & 128)) return value;
  }
}

void wanco_site_read(uint64_t number, struct wanco_site *site) {
  const uint8_t *at = wanco_module.sites + wanco_module.site_index[number];
  site->number = (uint32_t)number;
  site->function = (uint32_t)next_leb(&at);
  site->offset = (uint32_t)next_leb(&at);
  site->kind = *at++;
  site->callee = (uint32_t)next_leb(&at);
  site->local_count = (uint32_t)next_leb(&at);
  site->locals = at;
  for (uint32_t i = 0; i < site->local_count; i++) {
    next_leb(&at);
    at++;
  }
  site->stack_count = (uint32_t)next_leb(&at);
  site->stack = at;
}

struct wanco_site_values wanco_site_values(const struct wanco_site *site) {
  return (struct wanco_site_values){site, site->locals, 0};
}

bool wanco_site_next(struct wanco_site_values *values, struct wanco_slot *slot) {
  const struct wanco_site *site = values->site;
  uint32_t i = values->taken++;
  if (i < site->local_count) {
    uint32_t index = (uint32_t)next_leb(&values->local);
    uint8_t type = *values->local++;
    *slot = (struct wanco_slot){type & ~WANCO_RAW_NAN, type & WANCO_RAW_NAN, WANCO_ROLE_LOCAL, index};
    return true;
  }
  i -= site->local_count;
  if (i >= site->stack_count) return false;
  *slot = (struct wanco_slot){site->stack[i] & ~WANCO_RAW_NAN, site->stack[i] & WANCO_RAW_NAN, WANCO_ROLE_STACK, i};
  return true;
}

void *wanco_frame_slot(const struct wanco_frame *frame, const struct wanco_site *site, struct wanco_slot slot) {
  uint32_t number = slot.index + (slot.role == WANCO_ROLE_STACK ? wanco_module.functions[site->function].local_count : 0);
  return (uint8_t *)(frame + 1) + (size_t)WANCO_SLOT_SIZE * number;
}
