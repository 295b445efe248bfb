/* Linux system calls without a C library. A failed call returns a negative errno. */
#pragma once

#include <asm/unistd.h>
#include <stdbool.h>

#include "arch/arch.h"

static inline bool wanco_failed(long result) { return (unsigned long)result > -4096ul; }

#define WANCO_SYS_ARGUMENTS(call, number, a, b, c, d, e, f, ...) \
  call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* sys(openat, directory, path, flags, mode): up to six arguments, integers or pointers. */
#define sys(name, ...) WANCO_SYS_ARGUMENTS(wanco_syscall, __NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* The same for a call that may wait for long. It returns -EINTR at once, without entering
   the kernel, where a checkpoint has been requested, and there is no gap between that check
   and the wait: the signal handler moves a thread that is caught in between to the -EINTR
   exit (signals.c). On -EINTR call wanco_host_interrupted(), then issue the call again. */
#define sys_blocking(name, ...) WANCO_SYS_ARGUMENTS(wanco_blocking_syscall, __NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

long wanco_blocking_syscall(long number, long a, long b, long c, long d, long e, long f);
