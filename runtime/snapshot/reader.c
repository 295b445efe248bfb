/* The bytes of a snapshot's section. Reading ends the process where the section is too short
   or its contents are impossible; so callers check nothing twice. */
#include "snapshot/snapshot.h"

_Noreturn void wanco_read_fail(const struct wanco_reader *reader, const char *format, ...) {
  char what[512];
  va_list arguments;
  va_start(arguments, format);
  wanco_format_list(what, sizeof what, format, &arguments);
  va_end(arguments);
  wanco_fail("%s: section %s: %s", reader->source, reader->section, what);
}

const void *wanco_read(struct wanco_reader *reader, size_t size) {
  if (size > (size_t)(reader->end - reader->next)) wanco_read_fail(reader, "ends too early");
  const void *bytes = reader->next;
  reader->next += size;
  return bytes;
}

uint32_t wanco_read_u32(struct wanco_reader *reader) { return wanco_load_u32(wanco_read(reader, 4)); }

uint64_t wanco_read_u64(struct wanco_reader *reader) { return wanco_load_u64(wanco_read(reader, 8)); }

void wanco_read_end(const struct wanco_reader *reader) {
  if (reader->next != reader->end) wanco_read_fail(reader, "%lu bytes too long", (uint64_t)(reader->end - reader->next));
}
