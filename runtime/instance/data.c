/* The one instance, and what is known of it without looking anywhere else. */
#include "instance/instance.h"

struct wanco_instance wanco_instance = {.module = &wanco_module};

uint32_t wanco_mutable_globals(void) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < wanco_module.global_count; i++) count += wanco_is_mutable(&wanco_module.globals[i]);
  return count;
}

uint32_t wanco_mutable_tables(void) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < wanco_module.table_count; i++) count += !wanco_module.tables[i].is_constant;
  return count;
}
