/* File work in steps, each of which prints what it saw. With the argument "stop" the program
   asks for a checkpoint before each step and ends; a restored one goes on from there. "sleep"
   and "copy" wait: for three seconds, and for standard input. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

__attribute__((import_module("wanco"), import_name("checkpoint"))) int checkpoint(void);

static FILE *text, *log_file;
static int raw, appended;
static DIR *directory;
static char *heap;
static struct timespec begin;

static void say(const char *what, long value) { printf("%s: %ld%s%s\n", what, value, value < 0 ? " " : "", value < 0 ? strerror(errno) : ""); }

static void make_files(void) {
  say("mkdir", mkdir("work", 0777));
  say("mkdir again", mkdir("work", 0777));
  for (int i = 0; i < 12; i++) {
    char name[32];
    snprintf(name, sizeof name, "work/file%02d", i);
    FILE *file = fopen(name, "w");
    for (int k = 0; k <= i; k++) fprintf(file, "line %d of %s\n", k, name);
    fclose(file);
  }
}

static void open_files(void) {
  text = fopen("work/file11", "r");
  log_file = fopen("work/log", "w+");
  raw = open("work/file05", O_RDWR);
  appended = open("work/appended", O_CREAT | O_WRONLY | O_APPEND, 0666);
  heap = malloc(100000);
  memset(heap, 'h', 100000);
  say("opened", text && log_file && raw >= 0 && appended >= 0);
}

static void read_lines(void) {
  char line[100];
  for (int i = 0; i < 3 && fgets(line, sizeof line, text); i++) printf("read %s", line);
  say("position", ftell(text));
}

static void write_some(void) {
  fprintf(log_file, "log entry at %ld\n", ftell(log_file));
  say("write", write(appended, heap, 10));
  say("write", write(appended, "\n", 1));
  say("pwrite", pwrite(raw, "PATCH", 5, 40));
  say("offset", lseek(raw, 7, SEEK_CUR));
}

static void start_listing(void) {
  directory = opendir("work");
  for (int i = 0; i < 5; i++) {
    struct dirent *entry = readdir(directory);
    printf("entry %d: %s\n", i, entry ? "yes" : "no");
  }
}

static void go_on_listing(void) {
  int left = 0;
  while (readdir(directory)) left++;
  say("entries left", left);
  rewinddir(directory);
  for (left = 0; readdir(directory);) left++;
  say("entries in all", left);
  closedir(directory);
}

static void rename_some(void) {
  say("rename", rename("work/file11", "work/renamed"));
  say("rename missing", rename("work/none", "work/other"));
  say("unlink", unlink("work/file00"));
  say("unlink missing", unlink("work/file00"));
  say("rmdir full", rmdir("work"));
  say("link", link("work/file01", "work/linked"));
  say("symlink", symlink("file02", "work/sym"));
}

static void look(void) {
  struct stat status;
  char target[32] = "";
  say("stat", stat("work/sym", &status));
  say("size", (long)status.st_size);
  say("lstat", lstat("work/sym", &status));
  say("is link", S_ISLNK(status.st_mode));
  say("readlink", readlink("work/sym", target, sizeof target));
  say("links", stat("work/linked", &status) ? -1 : (long)status.st_nlink);
  say("escape", open("../escape", O_CREAT | O_WRONLY, 0666));
  say("absolute", open("/etc/passwd", O_RDONLY));
  printf("%s\n", target);
}

static void truncate_some(void) {
  struct stat status;
  say("ftruncate", ftruncate(raw, 60));
  say("fstat", fstat(raw, &status) ? -1 : (long)status.st_size);
  say("seek end", lseek(raw, -5, SEEK_END));
  char bytes[6] = "";
  say("read", read(raw, bytes, 5));
  printf("%s\n", bytes);
}

static void sleep_and_look_at_clocks(void) {
  struct timespec now, pause = {0, 5000000};
  say("nanosleep", nanosleep(&pause, NULL));
  clock_gettime(CLOCK_MONOTONIC, &now);
  double passed = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
  say("time went on", passed >= 0.005 && passed < 600);
  say("it is past 2020", time(NULL) > 1577836800);
  unsigned char random[16] = {0};
  int sum = 0;
  say("getentropy", getentropy(random, sizeof random));
  for (int i = 0; i < 16; i++) sum += random[i] != 0;
  say("random", sum > 4);
}

static void finish(void) {
  rewind(log_file);
  char line[100];
  while (fgets(line, sizeof line, log_file)) printf("log: %s", line);
  int sum = 0;
  for (int i = 0; i < 100000; i++) sum += heap[i] == 'h';
  say("heap", sum);
  say("close", fclose(text) | fclose(log_file) | close(raw) | close(appended));
  say("environment", getenv("A") ? atoi(getenv("A")) : -1);
}

static void (*const steps[])(void) = {
    make_files,  open_files, read_lines,    write_some, start_listing, read_lines, go_on_listing, rename_some,
    read_lines,  look,       truncate_some, write_some, sleep_and_look_at_clocks,  read_lines,    finish,
};

static int sleep_long(void) {
  struct timespec pause = {3, 0};
  say("sleep", nanosleep(&pause, NULL));
  return 0;
}

static int copy_input(void) {
  char bytes[64];
  long size;
  while ((size = read(0, bytes, sizeof bytes)) > 0)
    if (write(1, bytes, (size_t)size) != size) return 1;
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "sleep") == 0) return sleep_long();
  if (strcmp(what, "copy") == 0) return copy_input();
  int stop = strcmp(what, "stop") == 0;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
    if (stop && checkpoint() == 0) _Exit(85);
    printf("step %u\n", i);
    steps[i]();
  }
  return 7;
}
