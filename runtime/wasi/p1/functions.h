/* The 46 functions of wasi_snapshot_preview1, as generated code calls them; wanco/abi/wasi.py has
   the same signatures. Pointers, sizes and descriptors are guest ones. Each returns an errno. */
#pragma once

#include <stdint.h>

struct wanco_instance;

/* args.c */
int32_t wanco_wasi_args_get(struct wanco_instance *, uint32_t argv, uint32_t buffer);
int32_t wanco_wasi_args_sizes_get(struct wanco_instance *, uint32_t count, uint32_t size);
int32_t wanco_wasi_environ_get(struct wanco_instance *, uint32_t environ, uint32_t buffer);
int32_t wanco_wasi_environ_sizes_get(struct wanco_instance *, uint32_t count, uint32_t size);

/* clock.c */
int32_t wanco_wasi_clock_res_get(struct wanco_instance *, uint32_t clock, uint32_t resolution);
int32_t wanco_wasi_clock_time_get(struct wanco_instance *, uint32_t clock, uint64_t precision, uint32_t time);

/* fd.c */
int32_t wanco_wasi_fd_advise(struct wanco_instance *, uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice);
int32_t wanco_wasi_fd_allocate(struct wanco_instance *, uint32_t fd, uint64_t offset, uint64_t size);
int32_t wanco_wasi_fd_close(struct wanco_instance *, uint32_t fd);
int32_t wanco_wasi_fd_datasync(struct wanco_instance *, uint32_t fd);
int32_t wanco_wasi_fd_fdstat_get(struct wanco_instance *, uint32_t fd, uint32_t stat);
int32_t wanco_wasi_fd_fdstat_set_flags(struct wanco_instance *, uint32_t fd, uint32_t flags);
int32_t wanco_wasi_fd_fdstat_set_rights(struct wanco_instance *, uint32_t fd, uint64_t rights, uint64_t inheriting);
int32_t wanco_wasi_fd_renumber(struct wanco_instance *, uint32_t from, uint32_t to);
int32_t wanco_wasi_fd_seek(struct wanco_instance *, uint32_t fd, uint64_t offset, uint32_t whence, uint32_t position);
int32_t wanco_wasi_fd_sync(struct wanco_instance *, uint32_t fd);
int32_t wanco_wasi_fd_tell(struct wanco_instance *, uint32_t fd, uint32_t position);

/* transfer.c */
int32_t wanco_wasi_fd_pread(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint64_t offset, uint32_t done);
int32_t wanco_wasi_fd_pwrite(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint64_t offset, uint32_t done);
int32_t wanco_wasi_fd_read(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t done);
int32_t wanco_wasi_fd_write(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t done);

/* filestat.c */
int32_t wanco_wasi_fd_filestat_get(struct wanco_instance *, uint32_t fd, uint32_t stat);
int32_t wanco_wasi_fd_filestat_set_size(struct wanco_instance *, uint32_t fd, uint64_t size);
int32_t wanco_wasi_fd_filestat_set_times(struct wanco_instance *, uint32_t fd, uint64_t accessed, uint64_t modified, uint32_t flags);
int32_t wanco_wasi_path_filestat_get(struct wanco_instance *, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t path_size,
                                     uint32_t stat);
int32_t wanco_wasi_path_filestat_set_times(struct wanco_instance *, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t path_size,
                                           uint64_t accessed, uint64_t modified, uint32_t flags);

/* dir.c */
int32_t wanco_wasi_fd_prestat_get(struct wanco_instance *, uint32_t fd, uint32_t prestat);
int32_t wanco_wasi_fd_prestat_dir_name(struct wanco_instance *, uint32_t fd, uint32_t path, uint32_t path_size);
int32_t wanco_wasi_fd_readdir(struct wanco_instance *, uint32_t fd, uint32_t buffer, uint32_t size, uint64_t cookie, uint32_t used);

/* path.c */
int32_t wanco_wasi_path_create_directory(struct wanco_instance *, uint32_t fd, uint32_t path, uint32_t path_size);
int32_t wanco_wasi_path_link(struct wanco_instance *, uint32_t old_fd, uint32_t lookup, uint32_t old_path, uint32_t old_size,
                             uint32_t new_fd, uint32_t new_path, uint32_t new_size);
int32_t wanco_wasi_path_open(struct wanco_instance *, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t path_size, uint32_t oflags,
                             uint64_t rights, uint64_t inheriting, uint32_t fdflags, uint32_t opened);
int32_t wanco_wasi_path_readlink(struct wanco_instance *, uint32_t fd, uint32_t path, uint32_t path_size, uint32_t buffer,
                                 uint32_t size, uint32_t used);
int32_t wanco_wasi_path_remove_directory(struct wanco_instance *, uint32_t fd, uint32_t path, uint32_t path_size);
int32_t wanco_wasi_path_rename(struct wanco_instance *, uint32_t old_fd, uint32_t old_path, uint32_t old_size, uint32_t new_fd,
                               uint32_t new_path, uint32_t new_size);
int32_t wanco_wasi_path_symlink(struct wanco_instance *, uint32_t target, uint32_t target_size, uint32_t fd, uint32_t path,
                                uint32_t path_size);
int32_t wanco_wasi_path_unlink_file(struct wanco_instance *, uint32_t fd, uint32_t path, uint32_t path_size);

/* poll.c */
int32_t wanco_wasi_poll_oneoff(struct wanco_instance *, uint32_t subscriptions, uint32_t events, uint32_t count, uint32_t happened);

/* proc.c */
void wanco_wasi_proc_exit(struct wanco_instance *, uint32_t status);
int32_t wanco_wasi_proc_raise(struct wanco_instance *, uint32_t signal);
int32_t wanco_wasi_sched_yield(struct wanco_instance *);

/* random.c */
int32_t wanco_wasi_random_get(struct wanco_instance *, uint32_t buffer, uint32_t size);

/* sock.c */
int32_t wanco_wasi_sock_accept(struct wanco_instance *, uint32_t fd, uint32_t flags, uint32_t opened);
int32_t wanco_wasi_sock_recv(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags, uint32_t done,
                             uint32_t out_flags);
int32_t wanco_wasi_sock_send(struct wanco_instance *, uint32_t fd, uint32_t iovecs, uint32_t count, uint32_t flags, uint32_t done);
int32_t wanco_wasi_sock_shutdown(struct wanco_instance *, uint32_t fd, uint32_t how);
