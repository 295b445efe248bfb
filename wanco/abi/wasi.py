"""Signatures of the WASI preview 1 functions, as data.

The 46 functions of the module ``wasi_snapshot_preview1`` (the witx files of WASI, phase
"snapshot 1").  The emitter checks a module's imports against this table and declares
``wanco_wasi_<name>`` for each; ``runtime/wasi/p1/`` defines them.
"""

from __future__ import annotations

from wanco.abi.layout import ValueCode

WASI_MODULE = "wasi_snapshot_preview1"
"""The one import module name that is served."""

_CODES = {"i": ValueCode.I32, "I": ValueCode.I64}

_ERRNO = (ValueCode.I32,)
"""What every function except ``proc_exit`` returns: an errno."""

# Parameters: i is i32, I is i64.  Pointers, sizes and file descriptors are i32.
_PARAMETERS = {
    "args_get": "ii",
    "args_sizes_get": "ii",
    "environ_get": "ii",
    "environ_sizes_get": "ii",
    "clock_res_get": "ii",
    "clock_time_get": "iIi",
    "fd_advise": "iIIi",
    "fd_allocate": "iII",
    "fd_close": "i",
    "fd_datasync": "i",
    "fd_fdstat_get": "ii",
    "fd_fdstat_set_flags": "ii",
    "fd_fdstat_set_rights": "iII",
    "fd_filestat_get": "ii",
    "fd_filestat_set_size": "iI",
    "fd_filestat_set_times": "iIIi",
    "fd_pread": "iiiIi",
    "fd_prestat_get": "ii",
    "fd_prestat_dir_name": "iii",
    "fd_pwrite": "iiiIi",
    "fd_read": "iiii",
    "fd_readdir": "iiiIi",
    "fd_renumber": "ii",
    "fd_seek": "iIii",
    "fd_sync": "i",
    "fd_tell": "ii",
    "fd_write": "iiii",
    "path_create_directory": "iii",
    "path_filestat_get": "iiiii",
    "path_filestat_set_times": "iiiiIIi",
    "path_link": "iiiiiii",
    "path_open": "iiiiiIIii",
    "path_readlink": "iiiiii",
    "path_remove_directory": "iii",
    "path_rename": "iiiiii",
    "path_symlink": "iiiii",
    "path_unlink_file": "iii",
    "poll_oneoff": "iiii",
    "proc_exit": "i",
    "proc_raise": "i",
    "random_get": "ii",
    "sched_yield": "",
    "sock_accept": "iii",
    "sock_recv": "iiiiii",
    "sock_send": "iiiii",
    "sock_shutdown": "ii",
}

WASI_FUNCTIONS: dict[str, tuple[tuple[ValueCode, ...], tuple[ValueCode, ...]]] = {
    name: (tuple(_CODES[code] for code in parameters), () if name == "proc_exit" else _ERRNO)
    for name, parameters in _PARAMETERS.items()
}
"""Function name to (parameter types, result types)."""

BLOCKING: frozenset[str] = frozenset(
    {"fd_read", "fd_pread", "fd_write", "fd_pwrite", "poll_oneoff", "sock_accept", "sock_recv", "sock_send"}
)
"""Functions that can wait: calls of them are safepoints and go through ``wanco_block_wasi_<name>``."""
