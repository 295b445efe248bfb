"""The WASI preview 1 functions: signatures, and which can wait.

The 46 functions of the module ``wasi_snapshot_preview1`` (the witx files of WASI, phase
"snapshot 1").  The emitter checks a module's imports against this table and declares
each function by its symbol; the prototypes that ``runtime/wasi/p1/`` defines are made from it (`wanco.abi.headers`).
"""

from __future__ import annotations

from dataclasses import dataclass

from wanco.abi.functions import Function, Kind, Type
from wanco.abi.layout import ValueCode

WASI_MODULE = "wasi_snapshot_preview1"
"""The one import module name that is served."""

_CODES = {Type.U32: ValueCode.I32, Type.U64: ValueCode.I64}

# Names of the parameters: i32, which pointers, sizes and descriptors are, or i64.
_PARAMETERS = {
    "args_get": "argv buffer",
    "args_sizes_get": "count size",
    "environ_get": "environ buffer",
    "environ_sizes_get": "count size",
    "clock_res_get": "clock resolution",
    "clock_time_get": "clock precision:i64 time",
    "fd_advise": "fd offset:i64 size:i64 advice",
    "fd_allocate": "fd offset:i64 size:i64",
    "fd_close": "fd",
    "fd_datasync": "fd",
    "fd_fdstat_get": "fd stat",
    "fd_fdstat_set_flags": "fd flags",
    "fd_fdstat_set_rights": "fd rights:i64 inheriting:i64",
    "fd_filestat_get": "fd stat",
    "fd_filestat_set_size": "fd size:i64",
    "fd_filestat_set_times": "fd accessed:i64 modified:i64 flags",
    "fd_pread": "fd iovecs count offset:i64 done",
    "fd_prestat_get": "fd prestat",
    "fd_prestat_dir_name": "fd path path_size",
    "fd_pwrite": "fd iovecs count offset:i64 done",
    "fd_read": "fd iovecs count done",
    "fd_readdir": "fd buffer size cookie:i64 used",
    "fd_renumber": "from to",
    "fd_seek": "fd offset:i64 whence position",
    "fd_sync": "fd",
    "fd_tell": "fd position",
    "fd_write": "fd iovecs count done",
    "path_create_directory": "fd path path_size",
    "path_filestat_get": "fd lookup path path_size stat",
    "path_filestat_set_times": "fd lookup path path_size accessed:i64 modified:i64 flags",
    "path_link": "old_fd lookup old_path old_size new_fd new_path new_size",
    "path_open": "fd lookup path path_size oflags rights:i64 inheriting:i64 fdflags opened",
    "path_readlink": "fd path path_size buffer size used",
    "path_remove_directory": "fd path path_size",
    "path_rename": "old_fd old_path old_size new_fd new_path new_size",
    "path_symlink": "target target_size fd path path_size",
    "path_unlink_file": "fd path path_size",
    "poll_oneoff": "subscriptions events count happened",
    "proc_exit": "status",
    "proc_raise": "signal",
    "random_get": "buffer size",
    "sched_yield": "",
    "sock_accept": "fd flags opened",
    "sock_recv": "fd iovecs count flags done out_flags",
    "sock_send": "fd iovecs count flags done",
    "sock_shutdown": "fd how",
}

BLOCKING: frozenset[str] = frozenset(
    {"fd_read", "fd_pread", "fd_write", "fd_pwrite", "poll_oneoff", "sock_accept", "sock_recv", "sock_send"}
)
"""Functions that can wait: calls of them are safepoints and go through a stub."""


@dataclass(frozen=True, slots=True)
class WasiFunction:
    """A function's type as value codes, and the runtime's function for it."""

    parameters: tuple[ValueCode, ...]
    results: tuple[ValueCode, ...]
    runtime: Function


def _function(name: str, parameters: str) -> WasiFunction:
    blocking, returns = name in BLOCKING, name != "proc_exit"
    taken = [(item.removesuffix(":i64"), Type.U64 if item.endswith(":i64") else Type.U32) for item in parameters.split()]
    runtime = Function(
        f"wanco_block_wasi_{name}" if blocking else f"wanco_wasi_{name}",
        Kind.BLOCKING if blocking else Kind.PLAIN,
        Type.ERRNO if returns else Type.NOTHING,
        (("instance", Type.INSTANCE), *taken),
        f"`{name}` (docs/wasi.md)",
    )
    return WasiFunction(tuple(_CODES[type_] for _, type_ in taken), (ValueCode.I32,) if returns else (), runtime)


WASI_FUNCTIONS: dict[str, WasiFunction] = {name: _function(name, parameters) for name, parameters in _PARAMETERS.items()}
"""The functions by their names."""
