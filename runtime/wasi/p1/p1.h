/* WASI preview 1 as the folders above see it; what emitted code calls is in wanco_wasi.h. */
#pragma once
#include "snapshot/snapshot.h"
#include "wanco_wasi.h"

void wanco_wasi_start(struct wanco_instance *instance);  /* a new run: arguments, environment, pre-opens */
void wanco_wasi_dump(struct wanco_instance *instance, struct wanco_writer *writer);
void wanco_wasi_let_go(struct wanco_instance *instance); /* in a child process: sockets are the program's alone */
void wanco_wasi_undump(struct wanco_instance *instance, struct wanco_reader *reader); /* the whole section */
/* Readings of the program's monotonic and CPU clocks, nanoseconds. They are no program state as
   long as the program has not asked for them, so they go into META. */
void wanco_wasi_dump_clocks(struct wanco_instance *instance, struct wanco_writer *writer);
void wanco_wasi_undump_clocks(struct wanco_instance *instance, struct wanco_reader *reader); /* after the section */
