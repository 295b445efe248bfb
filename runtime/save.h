/* Saving (save.c), and doing so in a child process (background.c). */
#pragma once
#include "internal.h"

/* How a snapshot came out. */
struct wanco_saved {
  bool ended;    /* false: the process that saved was ended by something else before it was done */
  bool complete; /* the file is there */
  int signal;    /* where it has not ended by itself: by what; 0: not known */
  uint64_t bytes, time; /* size of the file; when it was complete, on the monotonic clock */
  uint32_t header_crc;
};

void wanco_background_start(void);
bool wanco_background_busy(void);
long wanco_background_fork(void); /* as fork() */
_Noreturn void wanco_background_end(const struct wanco_saved *saved); /* of the child */
/* How the child ended; false: there is none, or it is still at it. */
bool wanco_background_collect(bool wait, struct wanco_saved *saved);
