/* A server on descriptor 3: sends back what it gets, one connection after the other, until one
   says "quit". Prints what happens. With an argument it has 64 MiB of memory in use. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until the end of the connection; 1: it said "quit". */
static int serve(int connection) {
  char bytes[256];
  ssize_t size;
  while ((size = recv(connection, bytes, sizeof bytes, 0)) > 0) {
    printf("got %.*s\n", (int)size, bytes);
    if (size == 4 && memcmp(bytes, "quit", 4) == 0) return 1;
    if (send(connection, bytes, (size_t)size, 0) != size) printf("send: %s\n", strerror(errno));
  }
  printf("end: %s\n", size < 0 ? strerror(errno) : "closed");
  printf("send: %s\n", send(connection, "x", 1, 0) < 0 ? strerror(errno) : "sent");
  return 0;
}

int main(int argc, char **argv) {
  static char *ballast;
  (void)argv;
  if (argc > 1 && (ballast = malloc(64 << 20)) != NULL) memset(ballast, 1, 64 << 20);
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int done = 0; !done;) {
    puts("waiting");
    int connection = accept(3, NULL, NULL);
    if (connection < 0) {
      printf("accept: %s\n", strerror(errno));
      return 1;
    }
    puts("accepted");
    done = serve(connection);
    close(connection);
  }
  return 0;
}
