/* What a program made by wasm2c needs around it: a main function, and as much of WASI
   preview 1 as the benchmark programs use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "wasm-rt.h"

enum { ERRNO_BADF = 8, ERRNO_SPIPE = 70, FILETYPE_CHARACTER_DEVICE = 2, FDSTAT_SIZE = 24 };

struct w2c_wasi__snapshot__preview1 {
  w2c_program *program;
  int argc;
  char **argv;
};
typedef struct w2c_wasi__snapshot__preview1 wasi;

static u8 *memory(wasi *w, u32 address) {
  return w2c_program_memory(w->program)->data + address;
}

static void put32(wasi *w, u32 address, u32 value) {
  memcpy(memory(w, address), &value, sizeof value);
}

static u32 get32(wasi *w, u32 address) {
  u32 value;
  memcpy(&value, memory(w, address), sizeof value);
  return value;
}

u32 w2c_wasi__snapshot__preview1_args_sizes_get(wasi *w, u32 count, u32 size) {
  u32 bytes = 0;
  for (int i = 0; i < w->argc; i++)
    bytes += (u32)strlen(w->argv[i]) + 1;
  put32(w, count, (u32)w->argc);
  put32(w, size, bytes);
  return 0;
}

u32 w2c_wasi__snapshot__preview1_args_get(wasi *w, u32 pointers, u32 text) {
  for (int i = 0; i < w->argc; i++) {
    u32 size = (u32)strlen(w->argv[i]) + 1;
    put32(w, pointers + 4 * (u32)i, text);
    memcpy(memory(w, text), w->argv[i], size);
    text += size;
  }
  return 0;
}

u32 w2c_wasi__snapshot__preview1_fd_write(wasi *w, u32 fd, u32 vectors, u32 count, u32 written) {
  u32 total = 0;
  for (u32 i = 0; i < count; i++) {
    u32 size = get32(w, vectors + 8 * i + 4);
    if (write((int)fd, memory(w, get32(w, vectors + 8 * i)), size) != (ssize_t)size)
      return ERRNO_BADF;
    total += size;
  }
  put32(w, written, total);
  return 0;
}

u32 w2c_wasi__snapshot__preview1_fd_fdstat_get(wasi *w, u32 fd, u32 stat) {
  if (fd > 2)
    return ERRNO_BADF;
  memset(memory(w, stat), 0, FDSTAT_SIZE);
  *memory(w, stat) = FILETYPE_CHARACTER_DEVICE;
  return 0;
}

u32 w2c_wasi__snapshot__preview1_fd_seek(wasi *w, u32 fd, u64 offset, u32 whence, u32 result) {
  (void)w, (void)fd, (void)offset, (void)whence, (void)result;
  return ERRNO_SPIPE;
}

u32 w2c_wasi__snapshot__preview1_fd_close(wasi *w, u32 fd) {
  (void)w, (void)fd;
  return 0;
}

void w2c_wasi__snapshot__preview1_proc_exit(wasi *w, u32 status) {
  (void)w;
  exit((int)status);
}

/* The build names it as wasm2c's trap handler. */
void bench_trap(wasm_rt_trap_t trap) {
  fprintf(stderr, "trap: %s\n", wasm_rt_strerror(trap));
  exit(134);
}

int main(int argc, char **argv) {
  static w2c_program program;
  wasi w = {&program, argc, argv};
  wasm_rt_init();
  wasm2c_program_instantiate(&program, &w);
  w2c_program_0x5Fstart(&program);
  return 0;
}
