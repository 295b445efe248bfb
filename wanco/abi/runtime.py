"""The runtime's functions and variables that emitted code uses: one table.

From it come LLVM's declarations (`wanco.emit.ir.prelude`), the C prototypes and the stubs of anchored functions
(`wanco.abi.headers`), and the table in docs/architecture.md.  The functions of WASI stand in `wanco.abi.wasi`.
"""

from __future__ import annotations

from wanco.abi.functions import Function, Kind, Type, Variable
from wanco.abi.layout import MAX_MEMORIES

_U32, _POINTER = Type.U32, Type.POINTER

VARIABLES = (
    Variable("wanco_poll_flag", "i32", "uint32_t", "", "read volatile at every poll; not 0 means: call the slow path"),
    Variable("wanco_memory_bytes", f"[{MAX_MEMORIES} x i64]", "uint64_t", "WANCO_MAX_MEMORIES", "current size of each memory in bytes"),
    Variable("wanco_memory_base", f"[{MAX_MEMORIES} x ptr]", "uint8_t *", "WANCO_MAX_MEMORIES", "where each memory begins"),
    Variable(
        "wanco_instance", "i8", "struct wanco_instance", "",
        "the singleton: its address is the first argument of every host function",
    ),
)  # fmt: skip

POLL = Function(
    "wanco_poll_slow", Kind.STUB, Type.NOTHING, (),
    "the slow path of a poll, called as `preserve_allcc` (RISC-V, and x86-64 with AVX: `preserve_mostcc`), so that it costs the code "
    "around it no register: saves all registers that the convention preserves, SP and return address",
    convention="preserve_mostcc", behind="wanco_on_poll",
)  # fmt: skip
TRAP = Function(
    "wanco_trap", Kind.STUB, Type.NEVER, (("code", _U32),),
    "raises a trap; its call carries a record `LOCATION_SITE \\| function << 32 \\| offset`",
    behind="wanco_on_trap",
)  # fmt: skip

FUNCTIONS = (
    POLL,
    TRAP,
    Function(
        "wanco_memory_grow", Kind.PLAIN, _U32, (("memory", _U32), ("delta", _U32)),
        "`memory.grow`: pages before, or -1",
    ),
    Function(
        "wanco_memory_init", Kind.ANCHORED, Type.NOTHING,
        (("memory", _U32), ("segment", _U32), ("to", _U32), ("from", _U32), ("size", _U32)),
        "`memory.init`",
    ),
    Function("wanco_data_drop", Kind.PLAIN, Type.NOTHING, (("segment", _U32),), "`data.drop`"),
    Function(
        "wanco_table_get", Kind.ANCHORED, _POINTER, (("table", _U32), ("i", _U32)),
        "`table.get`; a reference is a `struct wanco_funcref *` in `wanco_module.funcrefs`, or null",
    ),
    Function(
        "wanco_table_set", Kind.ANCHORED, Type.NOTHING, (("table", _U32), ("i", _U32), ("reference", _POINTER)),
        "`table.set`",
    ),
    Function(
        "wanco_table_grow", Kind.PLAIN, _U32, (("table", _U32), ("reference", _POINTER), ("delta", _U32)),
        "`table.grow`: elements before, or -1",
    ),
    Function(
        "wanco_table_fill", Kind.ANCHORED, Type.NOTHING,
        (("table", _U32), ("first", _U32), ("reference", _POINTER), ("count", _U32)),
        "`table.fill`",
    ),
    Function(
        "wanco_table_copy", Kind.ANCHORED, Type.NOTHING,
        (("to_table", _U32), ("from_table", _U32), ("to", _U32), ("from", _U32), ("count", _U32)),
        "`table.copy`",
    ),
    Function(
        "wanco_table_init", Kind.ANCHORED, Type.NOTHING,
        (("table", _U32), ("segment", _U32), ("to", _U32), ("from", _U32), ("count", _U32)),
        "`table.init`",
    ),
    Function("wanco_elem_drop", Kind.PLAIN, Type.NOTHING, (("segment", _U32),), "`elem.drop`"),
)  # fmt: skip
"""What every unit declares."""

CHECKPOINT_IMPORT = ("wanco", "checkpoint")
"""The import by which a program asks for a checkpoint itself."""

CHECKPOINT = Function(
    "wanco_block_checkpoint", Kind.BLOCKING, _U32, (("instance", Type.INSTANCE),),
    "the import `wanco.checkpoint`: 0 in the run that saved, 1 in the run that was restored",
)  # fmt: skip

EMBED_CALL = Function(
    "wanco_embed_call", Kind.PLAIN, Type.INT, (("entry", _U32), ("slots", _POINTER)),
    "calls an exported function; arguments and results are in 16-byte slots",
)  # fmt: skip
EMBED_MEMORY_AT = Function(
    "wanco_embed_memory_at", Kind.PLAIN, _POINTER, (("memory", _U32), ("address", _U32), ("size", Type.U64)),
    "bytes of an exported memory, or null",
)  # fmt: skip
EMBED_INSTANCE = tuple(
    Function(f"wanco_embed_{name}", Kind.PLAIN, result, parameters, f"`PREFIX_instance_{name}` (docs/embedding.md)")
    for name, result, parameters in (
        ("create", Type.INT, (("argc", Type.INT), ("argv", Type.TEXTS), ("snapshot", Type.TEXT))),
        ("pending", Type.TEXT, ()),
        ("continue", Type.INT, (("values", _POINTER), ("count", Type.SIZE))),
        ("save", Type.INT, (("path", Type.TEXT),)),
        ("request_checkpoint", Type.NOTHING, ()),
        ("message", Type.TEXT, ()),
        ("exit_status", Type.INT, ()),
    )
)
"""Behind the functions of a library's header that every library has."""

EMBED_FUNCTIONS = (EMBED_CALL, EMBED_MEMORY_AT, *EMBED_INSTANCE)
"""What the functions of a library's header call."""

LLVM_FUNCTIONS = ("memcpy", "memmove", "memset", "strlen")
"""Functions of C's library that LLVM may call by itself."""
