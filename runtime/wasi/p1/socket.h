/* Numbers and structures of Linux's socket calls, the same on all our ISAs. The kernel's
   headers for programs have only some of them, a C library's do not go with <linux/uio.h>. */
#pragma once

#include <asm/socket.h>
#include <linux/uio.h>
#include <stddef.h>
#include <stdint.h>

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };
enum { SOCK_STREAM = 1, SOCK_NONBLOCK = 04000, SOCK_CLOEXEC = 02000000 };
enum { MSG_PEEK = 2, MSG_TRUNC = 0x20, MSG_WAITALL = 0x100, MSG_NOSIGNAL = 0x4000 };
enum { SHUT_RD, SHUT_WR, SHUT_RDWR };

/* struct user_msghdr of the kernel */
struct message {
  void *name;
  int32_t name_size;
  struct iovec *vectors;
  uint64_t count;
  void *control;
  uint64_t control_size;
  uint32_t flags;
};

/* sockaddr_in and sockaddr_in6; ports and addresses have the most significant byte first. */
union address {
  uint16_t family;
  struct {
    uint16_t family;
    uint8_t port[2];
    uint8_t address[4];
    uint8_t zero[8];
  } v4;
  struct {
    uint16_t family;
    uint8_t port[2];
    uint32_t flow;
    uint8_t address[16];
    uint32_t scope;
  } v6;
};
_Static_assert(sizeof(((union address *)0)->v4) == 16 && sizeof(((union address *)0)->v6) == 28, "structures of the kernel");
