"""A decoded WebAssembly module (WebAssembly 2.0, section 2.5).

All index spaces hold the imported items first.  Nothing in a `Module` that comes straight
from the decoder has been validated: indices in it may lie outside their index space.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wanco.abi.layout import ExternKind, SegmentMode
from wanco.wasm.types import FuncType, GlobalType, MemoryType, TableType, ValType

_NAME_LENGTH = 200
"""Characters of a function's name that a message shows."""

Instr = tuple[int, int, Any]
"""(operator code, byte offset, immediate).

The offset counts from the start of `Code.body`, or from the start of the file for
instructions of a constant expression.  `wanco.wasm.columns.Imm` describes the immediates.
"""

ConstExpr = tuple[Instr, ...]
"""A constant expression, without its ``end``."""

ExternType = FuncType | TableType | MemoryType | GlobalType


@dataclass(frozen=True, slots=True)
class Import:
    """An import; ``type`` is that of its kind."""

    module: str
    name: str
    kind: ExternKind
    type: ExternType


@dataclass(frozen=True, slots=True)
class Export:
    """An export: ``index`` in the index space of ``kind``."""

    name: str
    kind: ExternKind
    index: int


@dataclass(frozen=True, slots=True)
class Global:
    """A global; ``init`` is None where it is imported."""

    type: GlobalType
    init: ConstExpr | None


@dataclass(frozen=True, slots=True)
class ElementSegment:
    """An element segment; ``offset`` is None unless it is active."""

    mode: SegmentMode
    table: int
    offset: ConstExpr | None
    type: ValType
    items: tuple[ConstExpr, ...]


@dataclass(frozen=True, slots=True)
class DataSegment:
    """A data segment; ``offset`` is None unless it is active."""

    mode: SegmentMode
    memory: int
    offset: ConstExpr | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a function that is defined in the module.

    ``locals`` are the declared ones, parameters excluded.  ``body`` is the whole code entry
    after its size field, ``offset`` the file offset of its first byte, ``first`` the offset
    within ``body`` of the first instruction.
    """

    locals: tuple[ValType, ...]
    body: bytes
    offset: int
    first: int


@dataclass(slots=True)
class Names:
    """What the name section says; empty where there is none."""

    module: str | None = None
    functions: dict[int, str] = field(default_factory=dict)
    locals: dict[int, dict[int, str]] = field(default_factory=dict)


@dataclass
class Module:
    """A module.  ``functions`` holds the type index of every function of the index space."""

    types: list[FuncType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemoryType] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None
    elements: list[ElementSegment] = field(default_factory=list)
    data: list[DataSegment] = field(default_factory=list)
    data_count: int | None = None
    code: list[Code] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    customs: list[tuple[str, bytes]] = field(default_factory=list)
    sha256: bytes = b""
    size: int = 0

    def imported(self, kind: ExternKind) -> list[Import]:
        """The imports of one kind, in index order."""
        return [i for i in self.imports if i.kind is kind]

    @cached_property
    def imported_functions(self) -> int:
        """Number of imported functions."""
        return len(self.imported(ExternKind.FUNCTION))

    @cached_property
    def imported_tables(self) -> int:
        """Number of imported tables."""
        return len(self.imported(ExternKind.TABLE))

    @cached_property
    def imported_memories(self) -> int:
        """Number of imported memories."""
        return len(self.imported(ExternKind.MEMORY))

    @cached_property
    def imported_globals(self) -> int:
        """Number of imported globals."""
        return len(self.imported(ExternKind.GLOBAL))

    def func_type(self, function: int) -> FuncType:
        """Type of a function of the index space."""
        return self.types[self.functions[function]]

    def code_of(self, function: int) -> Code:
        """Code of a function that is not imported; IndexError for one that is."""
        index = function - self.imported_functions
        if index < 0:
            raise IndexError(f"function {function} is imported")
        return self.code[index]

    def function_name(self, function: int) -> str:
        """Name of a function for people: from the name section, else its export or import, else ``func[i]``."""
        name = self.names.functions.get(function) or self._linkage_names.get(function)
        return name or f"func[{function}]"

    def describe_function(self, function: int) -> str:
        """A function as error messages name it: its index, and its printable name if it has one."""
        name = self.function_name(function)
        if name == f"func[{function}]":
            return f"function {function}"
        printable = name if name.isprintable() else ascii(name)[1:-1]
        return f'function {function} "{printable[:_NAME_LENGTH]}"'

    @cached_property
    def _linkage_names(self) -> dict[int, str]:
        names = {e.index: e.name for e in reversed(self.exports) if e.kind is ExternKind.FUNCTION}
        for index, item in enumerate(self.imported(ExternKind.FUNCTION)):
            names.setdefault(index, f"{item.module}.{item.name}")
        return names
