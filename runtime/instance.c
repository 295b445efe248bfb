/* The one instance: its creation (WebAssembly 2.0, section 4.5.4) and calls into it. */
#include <sys/mman.h>

#include "internal.h"

struct wanco_instance wanco_instance = {.module = &wanco_module};

_Static_assert(offsetof(struct wanco_instance, runtime_stack) == WANCO_OFFSET_RUNTIME_STACK, "offset used by the stubs");
_Static_assert(offsetof(struct wanco_instance, innermost_resume) == WANCO_OFFSET_INNERMOST_RESUME, "offset used by the stubs");

/* Below the stack of WebAssembly code, on which host functions run, too. No frame is larger
   (50,000 locals of 16 bytes), so none can jump over it. */
enum { GUARD = 4 << 20 };

static void create_stack(struct wanco_instance *instance) {
  uint64_t size = (instance->options.stack_size + wanco_page_size - 1) & -wanco_page_size;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  long at = sys(mmap, 0, GUARD + size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (!wanco_failed(at)) {
    long error = sys(mprotect, at, GUARD, PROT_NONE);
    if (error) at = error;
  }
  if (wanco_failed(at)) wanco_fail("cannot allocate a stack of %lu bytes: %s; see --wanco-stack-size", size, wanco_error_text(at));
  instance->stack_guard = (uint64_t)at;
  instance->stack_bottom = (uint64_t)at + GUARD;
  instance->stack_top = (uint64_t)at + GUARD + size;
}

void wanco_instance_create(struct wanco_instance *instance) {
  const struct wanco_module *module = instance->module;
  instance->data_dropped = wanco_allocate(module->data_count);
  instance->elements_dropped = wanco_allocate(module->element_count);
  instance->named_functions = wanco_allocate((module->function_count + 7) / 8);
  create_stack(instance);
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
  wanco_wasi_start(instance);
}

void wanco_invoke(struct wanco_instance *instance, uint32_t phase, uint32_t entry, void *slots) {
  instance->phase = phase;
  instance->entry = entry;
  wanco_trace_program_start();
  wanco_call_on_stack((void *)instance->module->exports[entry].invoke, wanco_memory_base[0], slots, NULL, instance->stack_top);
}

void wanco_continue(struct wanco_instance *instance, void *slots) {
  const struct wanco_export *entry = &instance->module->exports[instance->entry];
  wanco_trace_program_start();
  wanco_call_on_stack((void *)entry->resume, wanco_memory_base[0], instance->outermost, slots, instance->stack_top);
}

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
