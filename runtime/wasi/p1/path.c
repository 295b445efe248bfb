/* Files by path. Every path goes through resolve.c. */
#include "wasi/p1/inside.h"

enum { OFLAG_CREAT = 1, OFLAG_DIRECTORY = 2, OFLAG_EXCL = 4, OFLAG_TRUNC = 8, OFLAG_ALL = 15 };

/* The directory and the path that a function was given. */
struct request {
  const struct wasi_fd *directory;
  char path[WASI_PATH_MAX];
};

static int32_t take(struct wanco_instance *instance, struct request *request, uint32_t fd, uint64_t rights, uint32_t path,
                    uint32_t size) {
  int32_t error;
  request->directory = wasi_fd_get(instance, fd, rights, &error);
  return request->directory ? wasi_guest_path(instance, path, size, request->path) : error;
}

/* What a path that ends in a slash is, where something else than a directory is wanted: the
   error that finding it gives, else `if_directory`. */
static long slash_error(const struct request *request, long if_directory) {
  long fd = wasi_open_beneath(request->directory->host, request->path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  sys(close, fd);
  return if_directory;
}

/* ---- open ---- */

static int host_open_flags(uint32_t lookup, uint32_t oflags, uint64_t rights, uint32_t fdflags) {
  bool writes = rights & WASI_RIGHT(WASI_BIT_FD_WRITE);
  bool reads = !writes || rights & WASI_RIGHT(WASI_BIT_FD_READ);
  int flags = wasi_open_flags(reads, writes, fdflags);
  if (oflags & OFLAG_CREAT) flags |= O_CREAT;
  if (oflags & OFLAG_DIRECTORY) flags |= O_DIRECTORY;
  if (oflags & OFLAG_EXCL) flags |= O_EXCL;
  if (oflags & OFLAG_TRUNC) flags |= O_TRUNC;
  if (!(lookup & WASI_LOOKUP_SYMLINK_FOLLOW)) flags |= O_NOFOLLOW;
  return flags;
}

/* Of a link that is not to be followed Linux says that it is no directory; "a link" says more. */
static bool is_link(const struct request *request) {
  struct wasi_place place;
  char target[1];
  long result = wasi_locate(request->directory->host, request->path, &place);
  if (result >= 0) result = sys(readlinkat, place.directory, place.name, target, sizeof target);
  wasi_leave(&place);
  return result >= 0 && !place.slash;
}

static uint64_t rights_to_open(uint32_t oflags) {
  return WASI_RIGHT(WASI_BIT_PATH_OPEN) | (oflags & OFLAG_CREAT ? WASI_RIGHT(WASI_BIT_PATH_CREATE_FILE) : 0) |
         (oflags & OFLAG_TRUNC ? WASI_RIGHT(WASI_BIT_PATH_FILESTAT_SET_SIZE) : 0);
}

/* Fills the new descriptor's entry; a directory passes on no more than it has itself. */
static long fill(struct wasi_fd *entry, const struct wasi_fd *parent, int host, int flags, uint32_t fdflags) {
  struct stat stat;
  long result = sys(fstat, host, &stat);
  if (result < 0) return result;
  uint8_t type = wasi_filetype(stat.st_mode);
  bool directory = type == WASI_FILETYPE_DIRECTORY;
  *entry = (struct wasi_fd){.kind = directory ? WASI_DIR : WASI_FILE,
                            .type = type,
                            .flags = directory ? 0 : (uint16_t)fdflags,
                            .host = host,
                            .preopen = parent->preopen};
  int mode = flags & O_ACCMODE;
  uint64_t rights = wasi_fd_rights(entry, mode != O_WRONLY, mode != O_RDONLY);
  entry->rights = rights & parent->inheriting;
  entry->dropped = rights & ~parent->inheriting;
  entry->inheriting = wasi_fd_inheriting(entry->kind) & parent->inheriting;
  return 0;
}

int32_t wanco_wasi_path_open(struct wanco_instance *instance, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t path_size,
                             uint32_t oflags, uint64_t rights, uint64_t inheriting, uint32_t fdflags, uint32_t opened) {
  struct request request;
  int32_t error = take(instance, &request, fd, rights_to_open(oflags), path, path_size);
  if (error) return error;
  if (oflags & ~(uint32_t)OFLAG_ALL || fdflags & ~(uint32_t)WASI_FDFLAG_ALL || lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW)
    return WASI_EINVAL;
  if ((rights | inheriting) & ~WASI_RIGHTS_ALL) return WASI_EINVAL;
  if (oflags & OFLAG_DIRECTORY && oflags & (OFLAG_CREAT | OFLAG_EXCL | OFLAG_TRUNC)) return WASI_EINVAL;
  void *out = wasi_guest_out(instance, opened, 4);
  if (!out) return WASI_EFAULT;
  long number = wasi_fd_free(instance->wasi);
  if (number < 0) return wasi_error(number);

  int flags = host_open_flags(lookup, oflags, rights, fdflags);
  long host = wasi_open_beneath(request.directory->host, request.path, flags, 0666);
  if (host == -ENOTDIR && flags & O_DIRECTORY && flags & O_NOFOLLOW && is_link(&request)) return WASI_ELOOP;
  if (host < 0) return wasi_error(host);
  long result = fill(&instance->wasi->fds[number], request.directory, (int)host, flags, fdflags);
  if (result < 0) {
    sys(close, host);
    return wasi_error(result);
  }
  wanco_store_u32(out, (uint32_t)number);
  return WASI_ESUCCESS;
}

/* ---- one path ---- */

static long create_directory(const struct request *request, const struct wasi_place *place) {
  (void)request;
  return sys(mkdirat, place->directory, place->name, 0777);
}

enum { AT_REMOVE_DIRECTORY = 0x200 };

static long remove_directory(const struct request *request, const struct wasi_place *place) {
  long result = place->slash ? slash_error(request, 0) : 0;
  return result < 0 ? result : sys(unlinkat, place->directory, place->name, AT_REMOVE_DIRECTORY);
}

static long unlink_file(const struct request *request, const struct wasi_place *place) {
  return place->slash ? slash_error(request, -EISDIR) : sys(unlinkat, place->directory, place->name, 0);
}

static int32_t on_place(struct wanco_instance *instance, uint32_t fd, uint64_t right, uint32_t path, uint32_t path_size,
                        long (*operation)(const struct request *, const struct wasi_place *)) {
  struct request request;
  struct wasi_place place;
  int32_t error = take(instance, &request, fd, right, path, path_size);
  if (error) return error;
  long result = wasi_locate(request.directory->host, request.path, &place);
  if (result >= 0) result = operation(&request, &place);
  wasi_leave(&place);
  return wasi_error(result);
}

int32_t wanco_wasi_path_create_directory(struct wanco_instance *instance, uint32_t fd, uint32_t path, uint32_t path_size) {
  return on_place(instance, fd, WASI_RIGHT(WASI_BIT_PATH_CREATE_DIRECTORY), path, path_size, create_directory);
}

int32_t wanco_wasi_path_remove_directory(struct wanco_instance *instance, uint32_t fd, uint32_t path, uint32_t path_size) {
  return on_place(instance, fd, WASI_RIGHT(WASI_BIT_PATH_REMOVE_DIRECTORY), path, path_size, remove_directory);
}

int32_t wanco_wasi_path_unlink_file(struct wanco_instance *instance, uint32_t fd, uint32_t path, uint32_t path_size) {
  return on_place(instance, fd, WASI_RIGHT(WASI_BIT_PATH_UNLINK_FILE), path, path_size, unlink_file);
}

/* A target outside the directory tree is not shown: it could not be followed either. */
static long read_link(const struct request *request, char target[WASI_PATH_MAX]) {
  struct wasi_place place;
  long result = wasi_locate(request->directory->host, request->path, &place);
  if (result >= 0)
    result = place.slash ? slash_error(request, -EINVAL) : sys(readlinkat, place.directory, place.name, target, WASI_PATH_MAX);
  wasi_leave(&place);
  return result > 0 && target[0] == '/' ? -EPERM : result;
}

int32_t wanco_wasi_path_readlink(struct wanco_instance *instance, uint32_t fd, uint32_t path, uint32_t path_size, uint32_t buffer,
                                 uint32_t size, uint32_t used) {
  struct request request;
  char target[WASI_PATH_MAX];
  int32_t error = take(instance, &request, fd, WASI_RIGHT(WASI_BIT_PATH_READLINK), path, path_size);
  if (error) return error;
  void *bytes = wasi_guest_out(instance, buffer, size);
  void *used_out = wasi_guest_out(instance, used, 4);
  if (!bytes || !used_out) return WASI_EFAULT;
  long length = read_link(&request, target);
  if (length < 0) return wasi_error(length);
  uint32_t fits = length < (long)size ? (uint32_t)length : size;
  memcpy(bytes, target, fits);
  wanco_store_u32(used_out, fits);
  return WASI_ESUCCESS;
}

int32_t wanco_wasi_path_symlink(struct wanco_instance *instance, uint32_t target, uint32_t target_size, uint32_t fd, uint32_t path,
                                uint32_t path_size) {
  struct request request;
  struct wasi_place place;
  char text[WASI_PATH_MAX];
  int32_t error = take(instance, &request, fd, WASI_RIGHT(WASI_BIT_PATH_SYMLINK), path, path_size);
  if (!error) error = wasi_guest_path(instance, target, target_size, text);
  if (error) return error;
  if (text[0] == '/') return WASI_EPERM;
  long result = wasi_locate(request.directory->host, request.path, &place);
  if (result >= 0) result = place.slash ? slash_error(&request, -EEXIST) : sys(symlinkat, text, place.directory, place.name);
  wasi_leave(&place);
  return wasi_error(result);
}

/* ---- two paths ---- */

struct pair {
  struct request old;
  struct request new;
  struct wasi_place old_place;
  struct wasi_place new_place;
};

static int32_t on_pair(struct pair *pair, long (*operation)(const struct pair *)) {
  long result = wasi_locate(pair->old.directory->host, pair->old.path, &pair->old_place);
  if (result < 0) return wasi_error(result);
  result = wasi_locate(pair->new.directory->host, pair->new.path, &pair->new_place);
  if (result >= 0) result = operation(pair);
  wasi_leave(&pair->old_place);
  wasi_leave(&pair->new_place);
  return wasi_error(result);
}

static long link_file(const struct pair *pair) {
  if (pair->old_place.slash) return slash_error(&pair->old, -EPERM);
  if (pair->new_place.slash) return slash_error(&pair->new, -EEXIST);
  return sys(linkat, pair->old_place.directory, pair->old_place.name, pair->new_place.directory, pair->new_place.name, 0);
}

int32_t wanco_wasi_path_link(struct wanco_instance *instance, uint32_t old_fd, uint32_t lookup, uint32_t old_path, uint32_t old_size,
                             uint32_t new_fd, uint32_t new_path, uint32_t new_size) {
  struct pair pair;
  int32_t error = take(instance, &pair.old, old_fd, WASI_RIGHT(WASI_BIT_PATH_LINK_SOURCE), old_path, old_size);
  if (!error) error = take(instance, &pair.new, new_fd, WASI_RIGHT(WASI_BIT_PATH_LINK_TARGET), new_path, new_size);
  if (error) return error;
  if (lookup) return WASI_EINVAL; /* the link itself is what is linked, as in Wasmtime */
  return on_pair(&pair, link_file);
}

/* A slash on either path says that a directory is renamed. */
static long rename_file(const struct pair *pair) {
  if (pair->old_place.slash || pair->new_place.slash) {
    struct stat stat;
    long result = sys(newfstatat, pair->old_place.directory, pair->old_place.name, &stat, AT_SYMLINK_NOFOLLOW);
    if (result < 0) return result;
    if ((stat.st_mode & S_IFMT) != S_IFDIR) return -ENOTDIR;
  }
  return sys(renameat2, pair->old_place.directory, pair->old_place.name, pair->new_place.directory, pair->new_place.name, 0);
}

int32_t wanco_wasi_path_rename(struct wanco_instance *instance, uint32_t old_fd, uint32_t old_path, uint32_t old_size,
                               uint32_t new_fd, uint32_t new_path, uint32_t new_size) {
  struct pair pair;
  int32_t error = take(instance, &pair.old, old_fd, WASI_RIGHT(WASI_BIT_PATH_RENAME_SOURCE), old_path, old_size);
  if (!error) error = take(instance, &pair.new, new_fd, WASI_RIGHT(WASI_BIT_PATH_RENAME_TARGET), new_path, new_size);
  return error ? error : on_pair(&pair, rename_file);
}
