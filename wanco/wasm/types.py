"""Types of WebAssembly (WebAssembly 2.0, section 2.3)."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ValType(enum.IntEnum):
    """Value types; a member's value is its byte in the binary format (section 5.3.4)."""

    I32 = 0x7F
    I64 = 0x7E
    F32 = 0x7D
    F64 = 0x7C
    V128 = 0x7B
    FUNCREF = 0x70
    EXTERNREF = 0x6F

    __hash__ = int.__hash__  # that of Enum is written in Python and slow

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def is_reference(self) -> bool:
        """Whether this is a reference type."""
        return self <= ValType.FUNCREF


@dataclass(frozen=True, slots=True)
class FuncType:
    """Type of a function or of a block."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    def __str__(self) -> str:
        return f"[{' '.join(map(str, self.params))}] -> [{' '.join(map(str, self.results))}]"


@dataclass(frozen=True, slots=True)
class Limits:
    """Size limits of a table (elements) or memory (pages of 64 KiB); no maximum: None.

    ``index`` is the type of the numbers that address the memory or index the table: i32, or i64
    (WebAssembly 3.0), which the decoder refuses.
    """

    minimum: int
    maximum: int | None
    index: ValType = ValType.I32


@dataclass(frozen=True, slots=True)
class MemoryType:
    """Type of a linear memory."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class TableType:
    """Type of a table."""

    element: ValType
    limits: Limits


@dataclass(frozen=True, slots=True)
class GlobalType:
    """Type of a global."""

    value: ValType
    mutable: bool
