"""Bounded reader for the binary format: numbers, names, types (WebAssembly 2.0, sections 5.1 to 5.3).

`Reader` turns what `wanco.abi.leb128` raises, and the end of the bytes, into a `DecodeError`.
(The instruction decoder works on bytes and positions, as a method call per byte would cost
too much, and does that once for an expression.)  Offsets in the errors count from the start
of the bytes; `relocated` moves them to where the bytes lie in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wanco.abi.leb128 import Leb128Error, read_uleb
from wanco.errors import DecodeError, UnsupportedError, ValidationError
from wanco.wasm.columns import Feature
from wanco.wasm.types import ValType

T = TypeVar("T")

UNEXPECTED_END = "unexpected end of section or function"

VAL_TYPES: dict[int, ValType] = {t.value: t for t in ValType}

_REFUSED_TYPES: dict[int, Feature] = {
    **dict.fromkeys((0x63, 0x64), Feature.FUNCTION_REFERENCES),
    **dict.fromkeys((0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x71, 0x72, 0x73), Feature.GC),
    **dict.fromkeys((0x69, 0x74), Feature.EXCEPTIONS),
}


def unsupported(feature: Feature, what: str, offset: int | None = None, where: str | None = None) -> UnsupportedError:
    """The error for the use of a feature; ``what`` is the thing that uses it."""
    return UnsupportedError(f"not supported: {feature.value}, needed by {what}", offset, where)


def val_type_of(byte: int, pos: int, malformed: str = "malformed value type") -> ValType:
    """The value type that a byte read before ``pos`` encodes (section 5.3.4)."""
    value = VAL_TYPES.get(byte)
    if value is None:
        if byte in _REFUSED_TYPES:
            raise unsupported(_REFUSED_TYPES[byte], f"type {byte:#04x}", pos - 1)
        raise DecodeError(malformed, pos - 1)
    return value


def ref_type_of(byte: int, pos: int) -> ValType:
    """The reference type that a byte read before ``pos`` encodes (section 5.3.3)."""
    value = val_type_of(byte, pos, "malformed reference type")
    if not value.is_reference:
        raise DecodeError("malformed reference type", pos - 1)
    return value


Located = DecodeError | UnsupportedError | ValidationError


def relocated(error: Located, base: int, where: str) -> Located:
    """The same error with ``base`` added to its offset, and with the place's name."""
    return type(error)(error.reason, base + (error.offset or 0), where)


class Reader:
    """Reads from bytes, never beyond their end.

    ``base`` is the file offset of the first byte.  All methods raise `DecodeError`.
    """

    __slots__ = ("base", "data", "pos")

    def __init__(self, data: bytes, base: int = 0) -> None:
        self.data = data
        self.base = base
        self.pos = 0

    @property
    def remaining(self) -> int:
        """Number of bytes not yet read."""
        return len(self.data) - self.pos

    def byte(self) -> int:
        """Read one byte."""
        pos = self.pos
        if pos >= len(self.data):
            raise DecodeError(UNEXPECTED_END, pos)
        self.pos = pos + 1
        return self.data[pos]

    def u32(self) -> int:
        """Read an unsigned 32-bit number."""
        return self._unsigned(32)

    def u64(self) -> int:
        """Read an unsigned 64-bit number."""
        return self._unsigned(64)

    def _unsigned(self, bits: int) -> int:
        try:
            value, self.pos = read_uleb(self.data, self.pos, bits)
        except Leb128Error as error:
            raise DecodeError(error.reason, error.at) from None
        except IndexError:
            raise DecodeError(UNEXPECTED_END, len(self.data)) from None
        return value

    def bytes(self, size: int) -> bytes:
        """Read ``size`` bytes."""
        pos = self.pos
        if size > len(self.data) - pos:
            raise DecodeError("length out of bounds", pos)
        self.pos = pos + size
        return self.data[pos : pos + size]

    def name(self) -> str:
        """Read a name (section 5.2.4)."""
        raw = self.bytes(self.u32())
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DecodeError("malformed UTF-8 encoding", self.pos - len(raw) + error.start) from None

    def vector(self, read: Callable[[Reader], T]) -> list[T]:
        """Read a vector of what ``read`` reads (section 5.1.3)."""
        return [read(self) for _ in range(self.u32())]

    def val_type(self) -> ValType:
        """Read a value type."""
        return val_type_of(self.byte(), self.pos)

    def ref_type(self) -> ValType:
        """Read a reference type."""
        return ref_type_of(self.byte(), self.pos)

    def sub(self, size: int) -> Reader:
        """A reader for the next ``size`` bytes, which this one skips."""
        base = self.base + self.pos
        return Reader(self.bytes(size), base)
