/* Paths that stay inside a directory.

   Where the kernel has openat2, RESOLVE_BENEATH does it. Elsewhere (kernels before 5.6,
   seccomp filters, qemu-user) the path is walked name by name with calls that follow
   nothing: a name is opened with O_NOFOLLOW relative to the directory reached so far, a
   symbolic link is read and its target put in front of what remains, and ".." is never given
   to the kernel, because a directory that is moved out of the tree during the walk has a
   parent outside: the names that led to the directory are kept, the last one is dropped,
   and the rest are opened again from the root. So each descriptor is reached from the root
   downwards, whatever others rename meanwhile. */
#include "wasi/p1/inside.h"

#include <linux/openat2.h>

enum {
  MAX_LINKS = 40,   /* Linux MAXSYMLINKS */
  MAX_RETRIES = 64, /* openat2 gives EAGAIN when a rename raced with it */
};

bool wasi_openat2_missing;

/* ---- openat2 ---- */

static long kernel_open(int root, const char *path, int flags, uint32_t mode) {
  struct open_how how = {
      .flags = (uint32_t)flags, .mode = flags & O_CREAT ? mode : 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  long result = -EAGAIN;
  for (int i = 0; i < MAX_RETRIES && (result == -EAGAIN || result == -EINTR); i++)
    result = sys(openat2, root, path, &how, sizeof how);
  return result == -EXDEV ? -EPERM : result;
}

/* Asked of the kernel once: a filter may answer EPERM for a call that it does not know. */
static bool have_openat2(void) {
  static bool probed;
  if (!probed) {
    probed = true;
    long fd = kernel_open(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);
    wasi_openat2_missing |= fd < 0 && fd != -EACCES && fd != -ENOENT;
    if (fd >= 0) sys(close, fd);
  }
  return !wasi_openat2_missing;
}

/* ---- the walk ---- */

struct walk {
  int root;
  int directory;            /* reached so far; root itself or ours to close */
  uint32_t links;           /* symbolic links followed */
  size_t reached;           /* bytes in names */
  char names[WASI_PATH_MAX];   /* of the directories from root to directory, "a/b/" */
  char rest[WASI_PATH_MAX];    /* what is still to be walked */
  char name[WASI_NAME_MAX];    /* the component taken last */
};

static void step_to(struct walk *walk, int directory) {
  if (walk->directory != walk->root) sys(close, walk->directory);
  walk->directory = directory;
}

/* Takes the next component off `rest` into `name`: its length, 0 if there is none. */
static long take(struct walk *walk, bool *last, bool *slash) {
  const char *at = walk->rest;
  while (*at == '/') at++;
  size_t size = 0;
  while (at[size] && at[size] != '/') size++;
  if (size >= WASI_NAME_MAX) return -ENAMETOOLONG;
  memcpy(walk->name, at, size);
  walk->name[size] = 0;
  const char *after = at + size;
  *slash = *after == '/';
  while (*after == '/') after++;
  *last = *after == 0;
  memmove(walk->rest, after, strlen(after) + 1);
  return (long)size;
}

static long open_directory(int at, const char *name) {
  return WASI_SYS(openat, at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

static long descend(struct walk *walk) {
  size_t size = strlen(walk->name);
  if (walk->reached + size + 1 >= sizeof walk->names) return -ENAMETOOLONG;
  long fd = open_directory(walk->directory, walk->name);
  if (fd < 0) return fd;
  step_to(walk, (int)fd);
  memcpy(walk->names + walk->reached, walk->name, size);
  walk->names[walk->reached + size] = '/';
  walk->reached += size + 1;
  return 0;
}

/* "..": back to the root and down again by all names but the last. */
static long ascend(struct walk *walk) {
  if (walk->reached == 0) return -EPERM;
  size_t end = walk->reached - 1;
  while (end > 0 && walk->names[end - 1] != '/') end--;
  walk->reached = 0;
  step_to(walk, walk->root);
  for (size_t next = 0; next < end;) {
    size_t size = 0;
    while (walk->names[next + size] != '/') size++;
    memcpy(walk->name, walk->names + next, size);
    walk->name[size] = 0;
    long result = descend(walk);
    if (result < 0) return result;
    next += size + 1;
  }
  return 0;
}

/* If `name` is a symbolic link: puts its target before `rest`, 1; if not: 0. */
static long expand(struct walk *walk, bool slash) {
  char target[WASI_PATH_MAX];
  long size = WASI_SYS(readlinkat, walk->directory, walk->name, target, sizeof target);
  if (size == -EINVAL) return 0;
  if (size < 0) return size;
  if (++walk->links > MAX_LINKS) return -ELOOP;
  if (size == 0) return -ENOENT;
  if (target[0] == '/') return -EPERM;
  size_t rest = strlen(walk->rest);
  if ((size_t)size + 1 + rest >= sizeof walk->rest) return -ENAMETOOLONG;
  bool separate = slash || rest > 0;
  memmove(walk->rest + size + separate, walk->rest, rest + 1);
  memcpy(walk->rest, target, (size_t)size);
  if (separate) walk->rest[size] = '/';
  return 1;
}

/* Walks to the last component of `rest`. 1: it is `name`, in `directory`, and not yet looked
   at; 0: the path ended in a directory (by ".", ".." or a slash): it is `directory`. */
static long walk_on(struct walk *walk) {
  if (walk->rest[0] == '/') return -EPERM;
  for (;;) {
    bool last, slash;
    long size = take(walk, &last, &slash);
    if (size < 0) return size;
    long result = 0;
    if (size == 0) return 0;
    if (wanco_equal(walk->name, ".")) continue;
    if (wanco_equal(walk->name, "..")) {
      result = ascend(walk);
    } else {
      if (last && !slash) return 1;
      result = expand(walk, slash);
      if (result == 0) result = descend(walk);
    }
    if (result < 0) return result;
  }
}

static long walk_open_last(struct walk *walk, int flags, uint32_t mode) {
  for (;;) {
    long result = walk_on(walk);
    if (result < 0) return result;
    if (result == 0) {
      if (flags & O_CREAT) return flags & O_EXCL ? -EEXIST : -EISDIR;
      return WASI_SYS(openat, walk->directory, ".", flags, 0);
    }
    /* With O_EXCL a link that is there is the file that exists. */
    if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL)) {
      result = expand(walk, false);
      if (result > 0) continue;
      if (result < 0 && !(result == -ENOENT && flags & O_CREAT)) return result;
    }
    return WASI_SYS(openat, walk->directory, walk->name, flags | O_NOFOLLOW, mode);
  }
}

static bool ends_in_slash(const char *path) {
  size_t size = strlen(path);
  return size > 0 && path[size - 1] == '/';
}

static long walk_open(int root, const char *path, int flags, uint32_t mode) {
  if (flags & O_CREAT && ends_in_slash(path)) return -EISDIR;
  struct walk walk;
  walk.root = walk.directory = root;
  walk.links = 0;
  walk.reached = 0;
  memcpy(walk.rest, path, strlen(path) + 1);
  long result = walk_open_last(&walk, flags, mode);
  step_to(&walk, root);
  return result;
}

/* ---- interface ---- */

long wasi_open_beneath(int root, const char *path, int flags, uint32_t mode) {
  if (path[0] == 0) return -ENOENT;
  if (path[0] == '/') return -EPERM;
  return have_openat2() ? kernel_open(root, path, flags, mode) : walk_open(root, path, flags, mode);
}

long wasi_locate(int root, const char *path, struct wasi_place *place) {
  enum { FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC };
  *place = (struct wasi_place){.directory = root};
  size_t end = strlen(path);
  while (end > 0 && path[end - 1] == '/') end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/') start--;
  if (path[0] == '/') return -EPERM;
  if (end == 0) return -ENOENT;
  if (end - start >= WASI_NAME_MAX) return -ENAMETOOLONG;
  place->slash = path[end] == '/';
  memcpy(place->name, path + start, end - start);
  place->name[end - start] = 0;

  long fd;
  if (wanco_equal(place->name, ".") || wanco_equal(place->name, "..")) {
    /* Not a name: the directory itself, as ".", about which the kernel says what is wrong. */
    fd = wasi_open_beneath(root, path, FLAGS, 0);
    place->name[1] = 0;
    place->slash = false;
  } else if (start == 0) {
    return 0;
  } else {
    char parent[WASI_PATH_MAX];
    memcpy(parent, path, start);
    parent[start] = 0;
    fd = wasi_open_beneath(root, parent, FLAGS, 0);
  }
  if (fd < 0) return fd;
  place->directory = (int)fd;
  place->opened = true;
  return 0;
}

void wasi_leave(struct wasi_place *place) {
  if (place->opened) sys(close, place->directory);
  place->opened = false;
}

static long path_now(int host, char path[WASI_PATH_MAX]) {
  char link[32];
  wanco_format(link, sizeof link, "/proc/self/fd/%d", host);
  long size = sys(readlinkat, AT_FDCWD, link, path, WASI_PATH_MAX);
  if (size < 0) return -EIO;
  if (size == WASI_PATH_MAX) return -ENAMETOOLONG;
  path[size] = 0;
  return size;
}

static bool same_file(int a, int b) {
  struct stat first, second;
  return sys(fstat, a, &first) == 0 && sys(fstat, b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

long wasi_path_of(int root, int host, char path[WASI_PATH_MAX]) {
  char base[WASI_PATH_MAX];
  long base_size = path_now(root, base);
  if (base_size < 0) return base_size;
  long size = path_now(host, path);
  if (size < 0) return size;
  if (base_size == 1) base_size = 0; /* the root is "/" */
  if (size < base_size || memcmp(path, base, (size_t)base_size) != 0) return -EXDEV;
  if (size == base_size) {
    memcpy(path, ".", 2);
  } else {
    if (path[base_size] != '/') return -EXDEV;
    memmove(path, path + base_size + 1, (size_t)(size - base_size));
    if (path[0] == 0) memcpy(path, ".", 2);
  }
  /* A deleted file shows a name that is not its own any more. */
  long fd = wasi_open_beneath(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return -ENOENT;
  bool same = same_file((int)fd, host);
  sys(close, fd);
  return same ? 0 : -ENOENT;
}
