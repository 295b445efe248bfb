/* The creation of the instance (WebAssembly 2.0, section 4.5.4). */
#include "instance/instance.h"

void wanco_instance_create(struct wanco_instance *instance) {
  const struct wanco_module *module = instance->module;
  instance->data_dropped = wanco_allocate(module->data_count);
  instance->elements_dropped = wanco_allocate(module->element_count);
  instance->named_functions = wanco_allocate((module->function_count + 7) / 8);
  wanco_activation_create(&wanco_activation, instance->options.stack_size);
  wanco_memories_create();
  wanco_tables_create();
}

static void initialise_tables(struct wanco_instance *instance) {
  const struct wanco_element *element = instance->module->elements;
  for (uint32_t i = 0; i < instance->module->element_count; i++, element++) {
    if (element->mode == WANCO_SEGMENT_MODE_PASSIVE) continue;
    bool stored = element->mode == WANCO_SEGMENT_MODE_ACTIVE && !instance->module->tables[element->table].is_constant;
    if (stored && !wanco_element_copy(element->table, i, element->offset, 0, element->size))
      wanco_trap_at_start(WANCO_TRAP_TABLE_BOUNDS);
    wanco_elem_drop(i);
  }
}

static void initialise_memories(struct wanco_instance *instance) {
  const struct wanco_data *data = instance->module->data;
  for (uint32_t i = 0; i < instance->module->data_count; i++, data++) {
    if (data->mode == WANCO_SEGMENT_MODE_PASSIVE) continue;
    if (!wanco_data_copy(data->memory, i, data->offset, 0, data->size)) wanco_trap_at_start(WANCO_TRAP_MEMORY_BOUNDS);
    wanco_data_drop(i);
  }
}

void wanco_instance_initialise(struct wanco_instance *instance) {
  initialise_tables(instance);
  initialise_memories(instance);
}
