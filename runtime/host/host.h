/* Functions in C that the program imports (include/wanco.h): what they may call, and what they keep. */
#pragma once
#include "snapshot/snapshot.h"

/* ---- host_state.c ---- */

void wanco_host_start(void);
void wanco_host_dump(struct wanco_writer *writer);
void wanco_host_undump(struct wanco_reader *reader); /* the whole section */
