/* For C functions that a WebAssembly module imports.

   An import "name" of the module "module" is a function

       RESULT wanco_host_module_name(struct wanco_instance *, ARGUMENT...)

   i32 is int32_t or uint32_t, i64 int64_t or uint64_t, f32 float, f64 double; no result is
   void. In the two names, letters and digits stand for themselves and so does _ in the
   second; any other byte is Z and its two hexadecimal digits, lower case, and so is the
   letter Z (Z5a). WANCO_HOST(module, name) makes the symbol of names without such bytes:

       int32_t WANCO_HOST(env, twice)(struct wanco_instance *instance, int32_t x) { return 2 * x; }

   Compile for the target with the flags that docs/host-functions.md lists, and give the
   object to `wanco compile --link`.

   Host functions run to their end: the state of the program is saved before or after them.
   What they keep in variables of their own is in a snapshot if they say how it is saved:
   WANCO_HOST_STATE. */
#ifndef WANCO_H
#define WANCO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wanco_instance;

#define WANCO_HOST(module, name) wanco_host_##module##_##name

/* An imported global "name" of the module "module" is a constant of C,

       const int32_t WANCO_GLOBAL(env, limit) = 100;

   whose value is read when the program is compiled. */
#define WANCO_GLOBAL(module, name) wanco_global_##module##_##name

/* ---- the program's memory ----
   Addresses stay valid for as long as the program runs; its memory never moves. */

/* The `size` bytes of memory 0 at `address`, or NULL if they do not lie inside. */
void *wanco_guest_memory(struct wanco_instance *instance, uint32_t address, uint64_t size);

/* The same; if they do not lie inside, the program traps. */
void *wanco_guest_memory_or_trap(struct wanco_instance *instance, uint32_t address, uint64_t size);

/* The same of any memory, by its index; NULL also if there is no such memory. */
void *wanco_guest_memory_at(struct wanco_instance *instance, uint32_t memory, uint32_t address, uint64_t size);

/* The text at `address`, which a zero byte ends; NULL if memory 0 has no such byte there. */
const char *wanco_guest_text(struct wanco_instance *instance, uint32_t address);

/* Bytes in memory 0. */
uint64_t wanco_guest_memory_size(struct wanco_instance *instance);

/* ---- the end of the program ----
   The frames of host functions are left without further ado: what they hold is not freed. */

/* Ends the program with an exit status, as WASI's proc_exit does. */
__attribute__((noreturn)) void wanco_exit(int status);

/* Ends the program by a trap, which is reported as "trap: MESSAGE". */
__attribute__((noreturn)) void wanco_host_trap(struct wanco_instance *instance, const char *message);

/* ---- state of host functions in snapshots ----

   WANCO_HOST_STATE(name, version, save, load), at file scope, declares that `save` writes
   what a restored program needs, and that `load` takes it back:

       static uint64_t calls;
       static void save(struct wanco_writer *writer) { wanco_write_u64(writer, calls); }
       static void load(struct wanco_reader *reader, uint32_t version) { calls = wanco_read_u64(reader); }
       WANCO_HOST_STATE(counter, 1, save, load);

   Any number of objects can have states; names are identifiers of at most 255 bytes, and no
   two in one program are equal. `load` must read exactly what `save` wrote. A snapshot goes
   on only in a program with the same states, in the same versions; WANCO_HOST_STATE_SINCE
   accepts older ones, down to `oldest`, and `load` is told which one it reads.

   A snapshot can be restored on another instruction set, where addresses and the layout of
   structures differ: write numbers and texts, one by one, by the functions below. All are
   little-endian and without padding. Write equal bytes for equal states (no addresses, no
   times, nothing in the order of a hash table): snapshots are compared.

   `save` runs on the process's own stack, when no other code of the program runs, and may be
   called at any safepoint of the WebAssembly code; it must not allocate memory or call back
   into the program. `load` runs before the program goes on, when its memory is restored; it
   may do anything but call into it. */

struct wanco_writer;
struct wanco_reader;

struct wanco_host_state {
  const char *name;
  uint32_t oldest, version;
  void (*save)(struct wanco_writer *writer);
  void (*load)(struct wanco_reader *reader, uint32_t version);
};

#define WANCO_HOST_STATE(name, version, save, load) WANCO_HOST_STATE_SINCE(name, version, version, save, load)
#define WANCO_HOST_STATE_SINCE(name, oldest, version, save, load)                                              \
  static const struct wanco_host_state wanco_host_state_##name = {#name, (oldest), (version), (save), (load)}; \
  WANCO_HOST_STATE_ENTRY(wanco_host_state_entry_##name, &wanco_host_state_##name)                              \
  struct wanco_host_state

#define WANCO_HOST_STATE_ENTRY(entry, state) \
  static const struct wanco_host_state *entry __attribute__((used, WANCO_RETAIN section("wanco_host_state"))) = state;
#if defined(__has_attribute)
#if __has_attribute(retain)
#define WANCO_RETAIN retain,
#endif
#endif
#ifndef WANCO_RETAIN
#define WANCO_RETAIN
#endif

void wanco_write(struct wanco_writer *writer, const void *bytes, size_t size);
void wanco_write_u8(struct wanco_writer *writer, uint8_t value);
void wanco_write_u16(struct wanco_writer *writer, uint16_t value);
void wanco_write_u32(struct wanco_writer *writer, uint32_t value);
void wanco_write_u64(struct wanco_writer *writer, uint64_t value);
void wanco_write_f32(struct wanco_writer *writer, float value);
void wanco_write_f64(struct wanco_writer *writer, double value);
void wanco_write_text(struct wanco_writer *writer, const char *text); /* u64 length, the bytes, a zero */

/* The state cannot be saved: there is no snapshot, `why` (a constant) is printed, and the
   program goes on. */
void wanco_write_fail(struct wanco_writer *writer, const char *why);

/* Reading more than there is ends the process with a message; so nobody need check. */
const void *wanco_read(struct wanco_reader *reader, size_t size); /* until `load` returns; not aligned */
uint8_t wanco_read_u8(struct wanco_reader *reader);
uint16_t wanco_read_u16(struct wanco_reader *reader);
uint32_t wanco_read_u32(struct wanco_reader *reader);
uint64_t wanco_read_u64(struct wanco_reader *reader);
float wanco_read_f32(struct wanco_reader *reader);
double wanco_read_f64(struct wanco_reader *reader);
const char *wanco_read_text(struct wanco_reader *reader); /* until `load` returns */
uint64_t wanco_read_left(const struct wanco_reader *reader); /* bytes not read yet */

/* The state cannot be restored: ends the process with a message. Formats: %s %d %u %x %ld %lu %lx. */
__attribute__((noreturn, format(printf, 2, 3))) void wanco_read_fail(const struct wanco_reader *reader, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
