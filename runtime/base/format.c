/* Text for people: a small printf, one write per message. */
#include <errno.h>

#include "base/base.h"

struct text {
  char *at, *end; /* end: where the last character may stand */
};

static void put(struct text *out, char c) {
  if (out->at < out->end) *out->at++ = c;
}

static void put_text(struct text *out, const char *text) {
  while (*text) put(out, *text++);
}

static void put_number(struct text *out, uint64_t value, unsigned base) {
  char digits[20];
  unsigned count = 0;
  do digits[count++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (count) put(out, digits[--count]);
}

static void put_signed(struct text *out, int64_t value) {
  if (value < 0) put(out, '-');
  put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* One conversion; returns the format after it. */
static const char *convert(struct text *out, const char *format, va_list *arguments) {
  bool wide = *format == 'l';
  if (wide) format++;
  switch (*format) {
  case 's': put_text(out, va_arg(*arguments, const char *)); break;
  case 'c': put(out, (char)va_arg(*arguments, int)); break;
  case 'd': put_signed(out, wide ? va_arg(*arguments, long) : va_arg(*arguments, int)); break;
  case 'u': put_number(out, wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), 10); break;
  case 'x': put_number(out, wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), 16); break;
  default: put(out, *format); break;
  }
  return format + 1;
}

static void put_format(struct text *out, const char *format, va_list *arguments) {
  while (*format) {
    if (*format != '%') put(out, *format++);
    else format = convert(out, format + 1, arguments);
  }
}

size_t wanco_format_list(char *buffer, size_t size, const char *format, va_list *arguments) {
  struct text out = {buffer, buffer + size - 1};
  put_format(&out, format, arguments);
  *out.at = 0;
  return (size_t)(out.at - buffer);
}

size_t wanco_format(char *buffer, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t length = wanco_format_list(buffer, size, format, &arguments);
  va_end(arguments);
  return length;
}

static void write_all(int fd, const char *bytes, size_t size) {
  while (size) {
    long written = sys(write, fd, bytes, size);
    if (written == -EINTR || written == -EAGAIN) continue;
    if (written <= 0) return;
    bytes += written;
    size -= (size_t)written;
  }
}

/* Long enough for two paths; what is longer is cut. */
enum { LINE = 10000 };

void wanco_print(int fd, const char *format, ...) {
  char line[LINE];
  struct text out = {line, line + LINE};
  va_list arguments;
  va_start(arguments, format);
  put_format(&out, format, &arguments);
  va_end(arguments);
  write_all(fd, line, (size_t)(out.at - line));
}

void (*wanco_message_to)(const char *text);
void (*wanco_failed_to)(void);

static void message(const char *format, va_list *arguments) {
  char line[LINE];
  if (wanco_message_to) {
    wanco_format_list(line, sizeof line, format, arguments);
    wanco_message_to(line);
    return;
  }
  struct text out = {line, line + LINE - 1};
  put_text(&out, "wanco: ");
  put_format(&out, format, arguments);
  *out.at++ = '\n';
  write_all(2, line, (size_t)(out.at - line));
}

void wanco_message(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message(format, &arguments);
  va_end(arguments);
}

_Noreturn void wanco_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message(format, &arguments);
  va_end(arguments);
  if (wanco_failed_to) wanco_failed_to();
  for (;;) sys(exit_group, WANCO_EXIT_ERROR);
}

static const struct {
  int error;
  const char *text;
} ERRORS[] = {
    {EPERM, "operation not permitted"},
    {ENOENT, "no such file or directory"},
    {EINTR, "interrupted"},
    {EIO, "input/output error"},
    {EBADF, "bad file descriptor"},
    {EAGAIN, "resource temporarily unavailable"},
    {ENOMEM, "not enough memory"},
    {EACCES, "permission denied"},
    {EBUSY, "resource busy"},
    {EEXIST, "file exists"},
    {ENOTDIR, "not a directory"},
    {EISDIR, "is a directory"},
    {EINVAL, "invalid argument"},
    {ENFILE, "too many open files in system"},
    {EMFILE, "too many open files"},
    {ETXTBSY, "file is being executed"},
    {EFBIG, "file too large"},
    {ENOSPC, "no space left on device"},
    {ESPIPE, "not seekable"},
    {EROFS, "read-only file system"},
    {EPIPE, "broken pipe"},
    {ENAMETOOLONG, "file name too long"},
    {ENOSYS, "not supported by this kernel"},
    {ELOOP, "too many symbolic links"},
    {ENOTSOCK, "not a socket"},
    {EOPNOTSUPP, "operation not supported"},
    {EAFNOSUPPORT, "address family not supported"},
    {EADDRINUSE, "address in use"},
    {EADDRNOTAVAIL, "address not available"},
    {EDQUOT, "disk quota exceeded"},
};

const char *wanco_error_text(long error) {
  static char unknown[32];
  if (error < 0) error = -error;
  for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
    if (ERRORS[i].error == error) return ERRORS[i].text;
  wanco_format(unknown, sizeof unknown, "error %ld", error);
  return unknown;
}
