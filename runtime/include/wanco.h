/* For C functions that a WebAssembly module imports.

   An import "name" of the module "module" is a function

       RESULT wanco_host_module_name(struct wanco_instance *, ARGUMENT...)

   i32 is int32_t or uint32_t, i64 int64_t or uint64_t, f32 float, f64 double; no result is
   void. In the two names, letters and digits stand for themselves and so does _ in the
   second; any other byte is Z and its two hexadecimal digits, lower case, and so is the
   letter Z (Z5a). WANCO_HOST(module, name) makes the symbol of names without such bytes:

       int32_t WANCO_HOST(env, twice)(struct wanco_instance *instance, int32_t x) { return 2 * x; }

   Compile for the target with the flags that docs/cmake.md lists, and give the object to
   `wanco compile --link`.

   Host functions run to their end: the state of the program is saved before or after them.
   What they keep in variables of their own is not in a snapshot. */
#ifndef WANCO_H
#define WANCO_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wanco_instance;

#define WANCO_HOST(module, name) wanco_host_##module##_##name

/* The `size` bytes of memory 0 at `address`, or NULL if they do not lie inside. The address
   stays valid for as long as the program runs. */
void *wanco_guest_memory(struct wanco_instance *instance, uint32_t address, uint64_t size);

/* Bytes in memory 0. */
uint64_t wanco_guest_memory_size(struct wanco_instance *instance);

/* Ends the program with an exit status, as WASI's proc_exit does. */
__attribute__((noreturn)) void wanco_exit(int status);

#ifdef __cplusplus
}
#endif
#endif
