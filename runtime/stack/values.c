/* Values of WebAssembly: as running code holds them (native: i32 in four bytes, a function
   reference as pointer) and as a snapshot does (payload: 8 bytes, 16 for v128). */
#include "stack/stack.h"

static const uint8_t NATIVE_SIZES[] = {
    [WANCO_VALUE_CODE_I32] = 4,      [WANCO_VALUE_CODE_I64] = 8,  [WANCO_VALUE_CODE_F32] = 4,
    [WANCO_VALUE_CODE_F64] = 8,      [WANCO_VALUE_CODE_V128] = 16, [WANCO_VALUE_CODE_FUNCREF] = 8,
    [WANCO_VALUE_CODE_EXTERNREF] = 8,
};

size_t wanco_native_size(uint8_t type) { return NATIVE_SIZES[type]; }

size_t wanco_payload_size(uint8_t type) { return type == WANCO_VALUE_CODE_V128 ? 16 : 8; }

static void canonicalise_f32(uint8_t *bits) {
  if ((wanco_load_u32(bits) & 0x7fffffff) > 0x7f800000) wanco_store_u32(bits, 0x7fc00000);
}

static void canonicalise_f64(uint8_t *bits) {
  if ((wanco_load_u64(bits) & 0x7fffffffffffffff) > 0x7ff0000000000000) wanco_store_u64(bits, 0x7ff8000000000000);
}

void wanco_value_save(struct wanco_slot slot, const void *native, uint8_t payload[16]) {
  memset(payload, 0, 16);
  memcpy(payload, native, wanco_native_size(slot.type));
  if (slot.raw_nan && slot.type == WANCO_VALUE_CODE_F32) canonicalise_f32(payload);
  if (slot.raw_nan && slot.type == WANCO_VALUE_CODE_F64) canonicalise_f64(payload);
  if (slot.type != WANCO_VALUE_CODE_FUNCREF) return;
  const struct wanco_funcref *reference = (const struct wanco_funcref *)wanco_load_u64(payload);
  wanco_store_u64(payload, reference ? reference->function : WANCO_NULL_FUNCTION);
}

const struct wanco_funcref *wanco_function_reference(uint32_t function) {
  return function == WANCO_NULL_FUNCTION ? NULL : &wanco_module.funcrefs[function];
}

bool wanco_is_referenceable(uint64_t function) {
  return function == WANCO_NULL_FUNCTION || (function < wanco_module.function_count && wanco_module.funcrefs[function].code);
}

bool wanco_value_load(uint8_t type, const uint8_t *payload, void *native) {
  size_t size = wanco_native_size(type);
  if (size == 4 && wanco_load_u32(payload + 4)) return false;
  memcpy(native, payload, size);
  if (type != WANCO_VALUE_CODE_FUNCREF) return true;
  uint64_t function = wanco_load_u64(payload);
  if (!wanco_is_referenceable(function)) return false;
  wanco_store_u64(native, (uint64_t)wanco_function_reference((uint32_t)function));
  return true;
}
