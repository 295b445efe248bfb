"""The columns of the operator table: what is known of an operator, and the words for it.

* `Feature`: the part of WebAssembly that it belongs to.
* `Imm`: what follows its code.  Together with `Flow` and `Effect` it says where control goes and what
  is touched: the immediate names the label, function, memory, table or variable.
* `TypeVariable`: the types in its signature that only the module or the immediate settles.
* `Flow`: where control goes after it.
* `Effect`: what it reads and writes besides its operands, whether it can trap, whether it makes NaNs.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wanco.wasm.types import ValType


class Feature(enum.Enum):
    """What a module can need beyond WebAssembly 1.0; values are the names that users see."""

    MVP = "WebAssembly 1.0"
    SIGN_EXTENSION = "sign extension"
    SATURATING = "saturating conversions"
    BULK_MEMORY = "bulk memory operations"
    REFERENCE_TYPES = "reference types"
    SIMD = "SIMD (v128)"
    RELAXED_SIMD = "relaxed SIMD"
    TAIL_CALL = "tail calls"
    MULTI_MEMORY = "several memories"
    # Known, so that a message can name them; not decoded.
    COMPONENTS = "the component model"
    EXCEPTIONS = "exception handling"
    FUNCTION_REFERENCES = "typed function references"
    GC = "garbage collection"
    THREADS = "threads and shared memories"
    MEMORY64 = "64-bit memories and tables"
    PAGE_SIZES = "custom page sizes"
    WIDE_ARITHMETIC = "wide arithmetic"
    COMPACT_IMPORTS = "the compact import section"


class Imm(enum.Enum):
    """What follows an operator's code, and the Python value that stands for it."""

    NONE = enum.auto()  # None
    BLOCK = enum.auto()  # FuncType: the block type, resolved
    LABEL = enum.auto()  # int
    LABELS = enum.auto()  # (labels: tuple[int, ...], default: int)
    FUNCTION = enum.auto()  # int
    TYPE_TABLE = enum.auto()  # (type index, table index)
    LOCAL = enum.auto()  # int
    GLOBAL = enum.auto()  # int
    TABLE = enum.auto()  # int
    MEMORY = enum.auto()  # int
    DATA = enum.auto()  # int: a data segment
    ELEMENT = enum.auto()  # int: an element segment
    DATA_MEMORY = enum.auto()  # (data segment, memory)
    ELEMENT_TABLE = enum.auto()  # (element segment, table)
    MEMORY_MEMORY = enum.auto()  # (destination, source)
    TABLE_TABLE = enum.auto()  # (destination, source)
    MEMARG = enum.auto()  # (memory, log2 of the alignment, offset)
    MEMARG_LANE = enum.auto()  # (memory, log2 of the alignment, offset, lane)
    LANE = enum.auto()  # int
    I32 = enum.auto()  # int, signed
    I64 = enum.auto()  # int, signed
    F32 = enum.auto()  # int: the 32 bits
    F64 = enum.auto()  # int: the 64 bits
    V128 = enum.auto()  # bytes, 16
    SHUFFLE = enum.auto()  # bytes, 16 lane numbers
    REF_TYPE = enum.auto()  # ValType
    VAL_TYPES = enum.auto()  # tuple[ValType, ...]


class TypeVariable(enum.Enum):
    """A type in an operator's signature that its immediate, the module or the operand decides."""

    INDEX = enum.auto()
    """What addresses the memory or indexes the table in the immediate: of two, the destination."""
    SOURCE_INDEX = enum.auto()
    """The same for the source, where the immediate has two."""
    LENGTH = enum.auto()
    """The smaller of both."""
    NAMED = enum.auto()
    """The type of the local or global, of the table's elements, or the one that the immediate is."""
    REFERENCE = enum.auto()
    """A reference of any type."""
    VALUE = enum.auto()
    """A value of any type."""

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


OperandType = ValType | TypeVariable


class Flow(enum.Enum):
    """Where control goes after an operator.

    The immediate tells to what: a branch's labels are `Imm.LABEL` or `Imm.LABELS`, a call is direct
    with `Imm.FUNCTION` and indirect with `Imm.TYPE_TABLE`.  What traps (`Effect.MAY_TRAP`) can leave
    the function, too.

    To find a member (``Flow.LOOP``) takes 0.1 us with Python 3.11, so what goes over the instructions of
    a module asks for sets of codes (`wanco.wasm.opcodes.with_flow`).
    """

    NEXT = enum.auto()
    """To the next instruction."""
    BLOCK = enum.auto()
    """To the next instruction, which a construct begins with; its label is at its end."""
    LOOP = enum.auto()
    """The same; its label is at its start: a branch to it is a back edge."""
    IF = enum.auto()
    """To the next instruction, or behind the `else`, or where there is none to the `end`; the label is at the end."""
    ELSE = enum.auto()
    """To the `end`: what is in front of it was the first arm, what follows is the second."""
    END = enum.auto()
    """To the next instruction; that of the body returns."""
    BRANCH = enum.auto()
    """To one of the labels."""
    BRANCH_IF = enum.auto()
    """To the label, or to the next instruction."""
    RETURN = enum.auto()
    """Out of the function."""
    TAIL_CALL = enum.auto()
    """Out of the function, into another, which returns to the caller."""
    CALL = enum.auto()
    """Into another function, and when it returns to the next instruction."""
    TRAP = enum.auto()
    """Nowhere: the program ends."""

    __hash__ = object.__hash__  # that of Enum is written in Python and slow


class Effect(enum.Flag):
    """What an operator does besides popping and pushing.

    Which local, global, memory, table or segment it is says the immediate; of two, the destination is
    written and the source read.  A call has the effects that its callee may have, but never on locals.
    """

    NONE = 0
    READS_LOCAL = enum.auto()
    WRITES_LOCAL = enum.auto()
    READS_GLOBAL = enum.auto()
    WRITES_GLOBAL = enum.auto()
    READS_MEMORY = enum.auto()
    """Reads bytes of a memory."""
    WRITES_MEMORY = enum.auto()
    READS_TABLE = enum.auto()
    """Reads elements of a table."""
    WRITES_TABLE = enum.auto()
    """Writes elements of a table, new ones included."""
    READS_SIZE = enum.auto()
    """Gives the size of a memory or a table."""
    GROWS = enum.auto()
    """Can make a memory or a table larger."""
    READS_SEGMENT = enum.auto()
    DROPS_SEGMENT = enum.auto()
    MAY_TRAP = enum.auto()
    """Traps for some operands or states."""
    MAKES_NAN = enum.auto()
    """Its result can be a NaN whose sign and payload WebAssembly leaves open (section 4.3.3): arithmetic does;
    what only moves bits or changes the sign does not."""


OF_A_CALL = ~(Effect.READS_LOCAL | Effect.WRITES_LOCAL | Effect.MAKES_NAN)
"""What a callee may do."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator.

    ``params`` and ``results`` are the types popped and pushed, both None where they depend on a
    block's, label's or function's type, or on more than one operand.  ``access`` is the number of bytes
    that a load or store touches, which is also its natural alignment, else 0.  ``lanes`` is the number
    of lanes that a lane immediate selects from, else 0.  ``constant`` says whether constant expressions
    may have it.
    """

    code: int
    name: str
    immediate: Imm
    params: tuple[OperandType, ...] | None
    results: tuple[OperandType, ...] | None
    feature: Feature
    access: int = 0
    lanes: int = 0
    flow: Flow = Flow.NEXT
    effects: Effect = Effect.NONE
    constant: bool = False
