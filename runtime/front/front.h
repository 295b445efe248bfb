/* How a program is started, called, and ended: as a command, by the driver of tests, or as a library. */
#pragma once
#include "checkpoint/checkpoint.h"

/* ---- start.c, libc_main.c: the process begins; setup.c: the instance ---- */

_Noreturn void wanco_start(long *stack);
struct wanco_instance *wanco_setup(int argc, char **argv, char **environment);
struct wanco_instance *wanco_instantiate(void); /* when the options are there */

/* ---- command.c, or driver.c ---- */

int wanco_main(int argc, char **argv, char **environment);

/* ---- call.c: runs on the WebAssembly stack until the export's function returns ---- */

void wanco_invoke(uint32_t phase, uint32_t entry, void *slots);
void wanco_continue(void *slots); /* what a snapshot has of the activation */

/* ---- report.c, faults.c, backtrace.c: handlers of what ends a program ---- */

void wanco_report_exit(int status) __attribute__((noreturn));
void wanco_report_trap(const struct wanco_registers *registers, uint32_t code) __attribute__((noreturn));
void wanco_on_fault(int signal, uint64_t address, void *info, void *context);
void wanco_print_backtrace(const struct wanco_registers *registers); /* from a frame at one of its calls outwards */
void wanco_print_backtrace_at(uint64_t pc, struct wanco_registers registers); /* from one at any instruction */

