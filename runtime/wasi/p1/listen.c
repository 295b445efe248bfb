/* Listening sockets that the user grants: --wanco-listen tcp:ADDRESS:PORT or fd:NUMBER.

   Addresses are numbers: 127.0.0.1, or in brackets [::1]. Names would need a resolver. */
#include "wasi/p1/socket.h"
#include "wasi/p1/inside.h"

enum { BACKLOG = 128, MAX_PORT = 65535 };

static _Noreturn void malformed(const char *text) {
  wanco_fail("listener %s: not tcp:ADDRESS:PORT (as tcp:127.0.0.1:8080 or tcp:[::1]:8080) or fd:NUMBER", text);
}

static _Noreturn void fail(const char *text, long error) { wanco_fail("listener %s: %s", text, wanco_error_text(error)); }

/* A number from 0 to `most` at *at, which is moved behind it; -1: there is none. */
static long take_decimal(const char **at, long most) {
  const char *digit = *at;
  long value = 0;
  for (; *digit >= '0' && *digit <= '9' && value <= most; digit++) value = 10 * value + (*digit - '0');
  if (digit == *at || value > most) return -1;
  *at = digit;
  return value;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* a.b.c.d */
static bool take_v4(const char **at, uint8_t address[4]) {
  for (int i = 0; i < 4; i++) {
    long byte = take_decimal(at, 255);
    if (byte < 0 || (i < 3 && *(*at)++ != '.')) return false;
    address[i] = (uint8_t)byte;
  }
  return true;
}

/* Up to eight groups of hexadecimal digits up to the "]"; "::" stands for those that are left out. */
static bool take_v6(const char **at, uint8_t address[16]) {
  uint8_t groups[16] = {0};
  int count = 0, gap = -1;
  if (**at == ':' && (*at)[1] != ':') return false;
  while (**at != ']') {
    if (**at == ':') {
      ++*at;
      if (**at == ':') {
        if (gap >= 0) return false;
        gap = count;
        ++*at;
      }
      if (**at == ']') break;
    }
    uint32_t value = 0;
    int digits = 0;
    for (int digit; digits < 5 && (digit = hex_digit(**at)) >= 0; digits++, ++*at) value = value << 4 | (uint32_t)digit;
    if (digits == 0 || digits == 5 || count == 8 || (**at != ':' && **at != ']')) return false;
    groups[2 * count] = (uint8_t)(value >> 8);
    groups[2 * count + 1] = (uint8_t)value;
    count++;
  }
  if (gap < 0 ? count != 8 || (*at)[-1] == ':' : count == 8 || ((*at)[-1] == ':' && gap != count)) return false;
  int before = gap < 0 ? count : gap;
  memset(address, 0, 16);
  memcpy(address, groups, 2 * (size_t)before);
  memcpy(address + 16 - 2 * (count - before), groups + 2 * before, 2 * (size_t)(count - before));
  ++*at;
  return true;
}

/* The size of the address, 0: it is malformed. */
static long parse_address(const char *at, union address *address) {
  memset(address, 0, sizeof *address);
  bool six = *at == '[';
  if (six) at++;
  address->family = six ? AF_INET6 : AF_INET;
  if (!(six ? take_v6(&at, address->v6.address) : take_v4(&at, address->v4.address)) || *at++ != ':') return 0;
  long port = take_decimal(&at, MAX_PORT);
  if (port < 0 || *at) return 0;
  uint8_t *to = six ? address->v6.port : address->v4.port;
  to[0] = (uint8_t)(port >> 8);
  to[1] = (uint8_t)port;
  return six ? sizeof address->v6 : sizeof address->v4;
}

/* Port 0 lets the kernel choose; the user is told what it chose. */
static void tell_port(long fd, const char *text, const union address *wanted) {
  union address address;
  int32_t size = sizeof address;
  const uint8_t *port = wanted->family == AF_INET6 ? wanted->v6.port : wanted->v4.port;
  if (port[0] || port[1] || sys(getsockname, fd, &address, &size) < 0) return;
  port = address.family == AF_INET6 ? address.v6.port : address.v4.port;
  wanco_message("listener %s has port %u", text, (uint32_t)port[0] << 8 | port[1]);
}

static long open_tcp(const char *text) {
  union address address;
  long size = parse_address(text + 4, &address);
  if (!size) malformed(text);
  long fd = sys(socket, address.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(text, fd);
  /* A restored program comes soon after the one that it goes on from. */
  int yes = 1;
  sys(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  long result = sys(bind, fd, &address, size);
  if (result == 0) result = sys(listen, fd, BACKLOG);
  if (result < 0) fail(text, result);
  tell_port(fd, text, &address);
  return fd;
}

static bool has_option(long fd, int option, int wanted) {
  int value = 0;
  int32_t size = sizeof value;
  return sys(getsockopt, fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

/* A copy, so that it goes when the program closes it and never is a standard stream. */
static long take_inherited(const char *text) {
  enum { FIRST = 3 };
  const char *at = text + 3;
  long number = take_decimal(&at, INT32_MAX);
  if (number < 0 || *at) malformed(text);
  long fd = sys(fcntl, number, F_DUPFD_CLOEXEC, FIRST);
  if (fd < 0) fail(text, fd);
  if (!has_option(fd, SO_TYPE, SOCK_STREAM) || !has_option(fd, SO_ACCEPTCONN, 1)) wanco_fail("listener %s: not a listening stream socket", text);
  if (number >= FIRST) sys(close, number);
  return fd;
}

int32_t wasi_listen(const char *text) {
  if (wanco_starts_with(text, "tcp:")) return (int32_t)open_tcp(text);
  if (wanco_starts_with(text, "fd:")) return (int32_t)take_inherited(text);
  malformed(text);
}
