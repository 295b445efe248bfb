"""The one definition of everything that the Python compiler and the C runtime must agree on.

Numbers (trap codes, site kinds, snapshot sections, exit statuses) and the layout of the
structures that generated code and runtime share stand here and nowhere else.  The build
makes ``wanco_layout.h`` of it (`wanco.abi.headers`); the emitter reads the same tables
to write LLVM constants.
"""

from __future__ import annotations

import enum

from wanco.abi.structs import Struct

LAYOUT_VERSION = 6
"""Version of the interface between generated code and the runtime archive."""

SNAPSHOT_VERSION = 3
"""Version of the snapshot file format."""

SNAPSHOT_MAGIC = b"\x89WANCO\r\n"
"""First eight bytes of a snapshot; a text-mode transfer or a seven-bit channel damages it."""

WASM_PAGE = 65536
"""Bytes in a page of linear memory (WebAssembly 2.0, section 4.2.8)."""

SNAPSHOT_PAGE = 4096
"""Granularity, in bytes, at which zero pages of linear memory are left out of a snapshot."""

SNAPSHOT_BLOCK = 2 << 20
"""Bytes of a memory, from a multiple of them on, whose stored pages have a checksum of their own:
the unit in which a restored program reads them."""

MEMORY_RESERVATION = (8 << 30) + (1 << 20)
"""Bytes of address space reserved per 32-bit memory: a 32-bit address plus a 32-bit offset
and the widest access stay inside it, so bounds checks are page protection."""

MEMORY_GUARD = 1 << 16
"""Bytes in front of a memory that cannot be accessed, either (`wanco.emit.addresses`)."""

NULL_FUNCTION = 0xFFFFFFFF
"""Function index that stands for a null function reference in tables and snapshots."""

ENTRY_SITE = 0x7FFFFFFF
"""Site number in the call record of an entry wrapper; a stack walk ends there."""

TAIL_SITE = 0x7FFFFFFE
"""Site number in the record of a call in place of a tail call: it has no activation."""

FRAME_SITE = 1 << 31
"""Flag of a record whose values lie in a `FRAME`: a pointer to it follows the site number."""

LOCATION_SITE = 1 << 62
"""Flag of a record that names a place only: ``LOCATION_SITE | function << 32 | offset``."""

SLOT_SIZE = 16
"""Bytes of an argument, a result or a value in a frame, where they stand in memory."""

MAX_MEMORIES = 64
"""Memories per module that the runtime has room for."""


class ValueCode(enum.IntEnum):
    """Value types as stored in site tables, globals and snapshots."""

    I32 = 0
    I64 = 1
    F32 = 2
    F64 = 3
    V128 = 4
    FUNCREF = 5
    EXTERNREF = 6


RAW_NAN = 0x80
"""Bit beside a `ValueCode`: a NaN in this value has unspecified bits, the writer of a
snapshot replaces it by the canonical NaN."""


class SiteKind(enum.IntEnum):
    """What a safepoint is, which decides how a restored frame goes on."""

    LOOP = 0  # poll at a loop header: go on at the header
    ENTRY = 1  # poll at a function entry: go on at the first instruction
    CALL = 2  # direct call: go on with the callee's result
    CALL_INDIRECT = 3  # indirect call: the same
    HOST = 4  # host call that can block: operands recorded, the call is issued again


class Trap(enum.IntEnum):
    """Trap codes; the messages are those of the official test suite.  HOST: a host function's own words."""

    UNREACHABLE = 0
    MEMORY_BOUNDS = 1
    TABLE_BOUNDS = 2
    INDIRECT_NULL = 3
    INDIRECT_TYPE = 4
    INTEGER_DIVIDE_BY_ZERO = 5
    INTEGER_OVERFLOW = 6
    INVALID_CONVERSION = 7
    STACK_EXHAUSTED = 8
    UNDEFINED_ELEMENT = 9
    HOST = 10


TRAP_MESSAGES: dict[Trap, str] = {
    Trap.UNREACHABLE: "unreachable",
    Trap.MEMORY_BOUNDS: "out of bounds memory access",
    Trap.TABLE_BOUNDS: "out of bounds table access",
    Trap.INDIRECT_NULL: "uninitialized element",
    Trap.INDIRECT_TYPE: "indirect call type mismatch",
    Trap.INTEGER_DIVIDE_BY_ZERO: "integer divide by zero",
    Trap.INTEGER_OVERFLOW: "integer overflow",
    Trap.INVALID_CONVERSION: "invalid conversion to integer",
    Trap.STACK_EXHAUSTED: "call stack exhausted",
    Trap.UNDEFINED_ELEMENT: "undefined element",
    Trap.HOST: "host function",
}


class Exit(enum.IntEnum):
    """Exit statuses that the runtime itself chooses."""

    ERROR = 3  # wrong use, a bad snapshot, no file: one line on stderr says what
    CHECKPOINTED = 85  # the state is saved, the program has not finished
    TRAP = 134  # the program trapped


class Status(enum.IntEnum):
    """What the functions of a library return; ``wanco_status`` in its header."""

    OK = 0
    TRAP = 1
    EXIT = 2  # the program ended itself by proc_exit
    ERROR = 3  # wrong use, a bad snapshot, no memory
    CHECKPOINTED = 4  # the state is saved; the call has not finished


class ExternKind(enum.IntEnum):
    """Kinds of imports and exports (WebAssembly 2.0, section 5.5.5)."""

    FUNCTION = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3


class SegmentMode(enum.IntEnum):
    """Modes of data and element segments."""

    ACTIVE = 0
    PASSIVE = 1
    DECLARATIVE = 2


class Section(enum.IntEnum):
    """Sections of a snapshot, in the order in which they are written."""

    CONTROL = 1
    FRAMES = 2
    GLOBALS = 3
    TABLES = 4
    SEGMENTS = 5
    WASI = 6
    HOST = 7
    NAMES = 8
    META = 9
    BASE = 10
    MEMORY = 11
    PAGES = 12
    SUMS = 13


VOLATILE_SECTIONS = frozenset({Section.META, Section.BASE})
"""Sections that two snapshots of equal program states may differ in."""


class Phase(enum.IntEnum):
    """What the outermost frame of a snapshot belongs to."""

    START = 0  # the module's start function
    COMMAND = 1  # the exported ``_start``
    INVOKE = 2  # an exported function called by an embedder


FUNCREF = Struct(
    "wanco_funcref",
    "A table entry, and what a function reference points to. type is 1 + the canonical type number, 0 in a null entry.",
    (("code", "ptr"), ("type", "u32"), ("function", "u32")),
)
TABLE = Struct(
    "wanco_table",
    "A table as generated code reads it. Entries never move.",
    (("entries", "ptr:struct wanco_funcref"), ("size", "u32"), ("max", "u32")),
)
UNIT = Struct(
    "wanco_unit",
    "One text section of one codegen unit and its safepoint table.",
    (("text", "ptr:const char"), ("table", "ptr:const uint8_t")),
)
FUNCTION = Struct(
    "wanco_function",
    "A function of the index space, imported ones first. resume is NULL where no frame of it can be captured. "
    "A frame of the resume function has slot_count slots: local_count locals, then the operand stack. "
    "Functions of one tail_class, unless it is 0, can take each other's place by tail calls.",
    (
        ("name", "ptr:const char"),
        ("resume", "ptr"),
        ("type", "u32"),
        ("body_offset", "u32"),
        ("local_count", "u32"),
        ("slot_count", "u32"),
        ("tail_class", "u32"),
        ("pad", "u32"),
    ),
)
GLOBAL = Struct(
    "wanco_global",
    "A global. address is NULL where it is a compile-time constant.",
    (("address", "ptr"), ("type", "u8"), ("is_mutable", "u8"), ("pad", "u16"), ("pad2", "u32")),
)
MEMORY = Struct("wanco_memory_type", "Limits of a memory, in 64 KiB pages.", (("min_pages", "u64"), ("max_pages", "u64")))
TABLE_TYPE = Struct(
    "wanco_table_type",
    "A table's state and limits. Where is_constant, entries and size are filled in at compile time and never change.",
    (("state", "ptr:struct wanco_table"), ("min", "u32"), ("max", "u32"), ("element", "u32"), ("is_constant", "u32")),
)
DATA = Struct(
    "wanco_data",
    "A data segment.",
    (("bytes", "ptr:const uint8_t"), ("size", "u64"), ("offset", "u64"), ("memory", "u32"), ("mode", "u32")),
)
ELEMENT = Struct(
    "wanco_element",
    "An element segment: function indices, NULL_FUNCTION for null.",
    (("functions", "ptr:const uint32_t"), ("size", "u64"), ("offset", "u64"), ("table", "u32"), ("mode", "u32")),
)
EXPORT = Struct(
    "wanco_export",
    "An export. For functions: signature is params then results as ValueCode characters ('0' + code) around '>', "
    "invoke(memory, slots) calls it and resume(memory, frame, slots) continues it; slots are 16 bytes each, "
    "arguments in, results out. Both are NULL where no wrapper was asked for.",
    (
        ("name", "ptr:const char"),
        ("signature", "ptr:const char"),
        ("invoke", "ptr:void (*)(void *, void *)"),
        ("resume", "ptr:void (*)(void *, void *, void *)"),
        ("kind", "u32"),
        ("index", "u32"),
    ),
)
MODULE = Struct(
    "wanco_module",
    "All that the runtime knows of the program: the symbol wanco_module of an executable.",
    (
        ("layout_version", "u32"),
        ("checkpointable", "u32"),
        ("module_hash", "u8[32]"),
        ("site_table_hash", "u8[32]"),
        ("name", "ptr:const char"),
        ("units", "ptr:const struct wanco_unit"),
        ("functions", "ptr:const struct wanco_function"),
        ("globals", "ptr:const struct wanco_global"),
        ("memories", "ptr:const struct wanco_memory_type"),
        ("tables", "ptr:const struct wanco_table_type"),
        ("data", "ptr:const struct wanco_data"),
        ("elements", "ptr:const struct wanco_element"),
        ("exports", "ptr:const struct wanco_export"),
        ("funcrefs", "ptr:const struct wanco_funcref"),
        ("sites", "ptr:const uint8_t"),
        ("site_index", "ptr:const uint32_t"),
        ("unit_count", "u32"),
        ("function_count", "u32"),
        ("imported_functions", "u32"),
        ("global_count", "u32"),
        ("memory_count", "u32"),
        ("table_count", "u32"),
        ("data_count", "u32"),
        ("element_count", "u32"),
        ("export_count", "u32"),
        ("site_count", "u32"),
        ("start_export", "u32"),
        ("command_export", "u32"),
        ("poll_interval", "u32"),
    ),
)
FRAME = Struct(
    "wanco_frame",
    "A frame to be resumed, by resume. Its slots follow it, 16 bytes each: the locals, then the operand stack.",
    (("inner", "ptr:struct wanco_frame"), ("inner_resume", "ptr"), ("site", "u64"), ("resume", "ptr")),
)
SNAPSHOT_HEADER = Struct(
    "wanco_snapshot_header",
    "Start of a snapshot; section_count entries follow. header_crc covers both with itself taken as zero.",
    (
        ("magic", "u8[8]"),
        ("version", "u32"),
        ("section_count", "u32"),
        ("file_size", "u64"),
        ("module_hash", "u8[32]"),
        ("site_table_hash", "u8[32]"),
        ("header_crc", "u32"),
        ("pad", "u32"),
    ),
)
SNAPSHOT_SECTION = Struct(
    "wanco_snapshot_section",
    "One entry of the section table. crc is CRC-32C of the section's bytes.",
    (("kind", "u32"), ("crc", "u32"), ("offset", "u64"), ("size", "u64")),
)

STRUCTS = (
    FUNCREF, TABLE, UNIT, FUNCTION, GLOBAL, MEMORY, TABLE_TYPE, DATA, ELEMENT, EXPORT, MODULE, FRAME, SNAPSHOT_HEADER, SNAPSHOT_SECTION,
)  # fmt: skip
ENUMS = (ValueCode, SiteKind, Trap, Exit, Status, ExternKind, SegmentMode, Section, Phase)
CONSTANTS = (
    "LAYOUT_VERSION", "SNAPSHOT_VERSION", "WASM_PAGE", "SNAPSHOT_PAGE", "SNAPSHOT_BLOCK",
    "MEMORY_RESERVATION", "MEMORY_GUARD", "NULL_FUNCTION", "ENTRY_SITE",
    "TAIL_SITE", "FRAME_SITE", "LOCATION_SITE", "MAX_MEMORIES", "SLOT_SIZE", "RAW_NAN",
)  # fmt: skip
