/* The state that host functions keep (include/wanco.h), in section HOST:

     the data of each state, padded to a multiple of 8, ascending by name
     directory: for each u64 size, u32 version, u32 length of the name, the name, padded to 8
     u32 size of the directory, u32 count

   The directory comes last because sizes are known only when everything is written. */
#include "host/host.h"

typedef const struct wanco_host_state State;

/* The linker puts the entries of all objects together. One of our own, so that the section
   is never missing. */
extern State *__start_wanco_host_state[] __attribute__((visibility("hidden")));
extern State *__stop_wanco_host_state[] __attribute__((visibility("hidden")));
WANCO_HOST_STATE_ENTRY(wanco_no_state, NULL)

static State **states; /* by name */
static uint64_t *sizes; /* in the snapshot that is being written or read */
static uint32_t count;

static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

static void insert(State *state) {
  uint32_t place = count++;
  for (; place && compare(states[place - 1]->name, state->name) > 0; place--) states[place] = states[place - 1];
  states[place] = state;
  if (place && wanco_equal(states[place - 1]->name, state->name))
    wanco_fail("two host objects have a state called %s: rename one of them", state->name);
}

void wanco_host_start(void) {
  size_t most = (size_t)(__stop_wanco_host_state - __start_wanco_host_state);
  states = wanco_allocate(most * sizeof *states);
  sizes = wanco_allocate(most * sizeof *sizes);
  count = 0;
  for (State **entry = __start_wanco_host_state; entry < __stop_wanco_host_state; entry++)
    if (*entry) insert(*entry);
}

void wanco_host_dump(struct wanco_writer *writer) {
  for (uint32_t i = 0; i < count; i++) {
    uint64_t start = wanco_writer_size(writer);
    states[i]->save(writer);
    sizes[i] = wanco_writer_size(writer) - start;
    wanco_write_padding(writer, 8);
  }
  uint64_t directory = wanco_writer_size(writer);
  for (uint32_t i = 0; i < count; i++) {
    size_t length = strlen(states[i]->name);
    wanco_write_u64(writer, sizes[i]);
    wanco_write_u32(writer, states[i]->version);
    wanco_write_u32(writer, (uint32_t)length);
    wanco_write(writer, states[i]->name, length);
    wanco_write_padding(writer, 8);
  }
  wanco_write_u32(writer, (uint32_t)(wanco_writer_size(writer) - directory));
  wanco_write_u32(writer, count);
}

/* ---- reading ---- */

static void skip_padding(struct wanco_reader *reader) { wanco_read(reader, -(uint64_t)reader->next & 7); }

/* The directory's entry for the state of our own that comes next; its version. */
static uint32_t read_entry(struct wanco_reader *directory, uint32_t i) {
  sizes[i] = wanco_read_u64(directory);
  uint32_t version = wanco_read_u32(directory), length = wanco_read_u32(directory);
  const char *found = wanco_read(directory, length);
  skip_padding(directory);
  char name[256];
  if (length >= sizeof name) wanco_read_fail(directory, "the name of a state is %u bytes long", length);
  memcpy(name, found, length);
  name[length] = 0;
  int order = i < count ? compare(name, states[i]->name) : -1;
  if (order < 0) wanco_read_fail(directory, "there is state of host functions called %s, but this program was linked without them", name);
  if (order > 0) wanco_read_fail(directory, "no state called %s, which host functions of this program need", states[i]->name);
  return version;
}

static void load(struct wanco_reader *reader, State *state, uint64_t size, uint32_t version) {
  char section[300];
  wanco_format(section, sizeof section, "HOST: state %s", state->name);
  if (version < state->oldest || version > state->version)
    wanco_read_fail(reader, "state %s has version %u, but this program's host functions read versions %u to %u", state->name, version,
                    state->oldest, state->version);
  const uint8_t *data = wanco_read(reader, size);
  struct wanco_reader part = {data, data + size, section, reader->source};
  state->load(&part, version);
  wanco_read_end(&part);
  skip_padding(reader);
}

void wanco_host_undump(struct wanco_reader *reader) {
  uint64_t size = (uint64_t)(reader->end - reader->next);
  if (size < 8) wanco_read_fail(reader, "ends too early");
  const uint8_t *tail = reader->end - 8;
  uint64_t directory_size = wanco_load_u32(tail), found = wanco_load_u32(tail + 4);
  if (directory_size > size - 8) wanco_read_fail(reader, "the directory is larger than the section");
  struct wanco_reader directory = {tail - directory_size, tail, reader->section, reader->source};
  reader->end = tail - directory_size;
  uint32_t *versions = wanco_allocate(count * sizeof *versions);
  for (uint32_t i = 0; i < found; i++) versions[i] = read_entry(&directory, i);
  if (found < count) wanco_read_fail(reader, "no state called %s, which host functions of this program need", states[found]->name);
  wanco_read_end(&directory);
  for (uint32_t i = 0; i < count; i++) load(reader, states[i], sizes[i], versions[i]);
  wanco_read_end(reader);
}

/* ---- for host functions ---- */

void wanco_write_u8(struct wanco_writer *writer, uint8_t value) { wanco_write(writer, &value, sizeof value); }

void wanco_write_u16(struct wanco_writer *writer, uint16_t value) { wanco_write(writer, &value, sizeof value); }

void wanco_write_f32(struct wanco_writer *writer, float value) { wanco_write(writer, &value, sizeof value); }

void wanco_write_f64(struct wanco_writer *writer, double value) { wanco_write(writer, &value, sizeof value); }

void wanco_write_text(struct wanco_writer *writer, const char *text) {
  size_t length = strlen(text);
  wanco_write_u64(writer, length);
  wanco_write(writer, text, length + 1);
}

uint8_t wanco_read_u8(struct wanco_reader *reader) { return *(const uint8_t *)wanco_read(reader, 1); }

uint16_t wanco_read_u16(struct wanco_reader *reader) { return wanco_load_u16(wanco_read(reader, 2)); }

float wanco_read_f32(struct wanco_reader *reader) {
  float value;
  memcpy(&value, wanco_read(reader, sizeof value), sizeof value);
  return value;
}

double wanco_read_f64(struct wanco_reader *reader) {
  double value;
  memcpy(&value, wanco_read(reader, sizeof value), sizeof value);
  return value;
}

const char *wanco_read_text(struct wanco_reader *reader) {
  uint64_t length = wanco_read_u64(reader);
  if (length >= wanco_read_left(reader)) wanco_read_fail(reader, "ends too early");
  const char *text = wanco_read(reader, length + 1);
  if (text[length] || strlen(text) != length) wanco_read_fail(reader, "no text where one must be");
  return text;
}

uint64_t wanco_read_left(const struct wanco_reader *reader) { return (uint64_t)(reader->end - reader->next); }
