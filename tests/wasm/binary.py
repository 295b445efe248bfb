"""A small encoder for test modules, independent of the decoder."""

from __future__ import annotations

from collections.abc import Iterable

from wanco.abi.leb128 import uleb

HEADER = b"\0asm\x01\0\0\0"


def vector(items: Iterable[bytes]) -> bytes:
    """A vector of encoded items."""
    items = list(items)
    return uleb(len(items)) + b"".join(items)


def name(text: str) -> bytes:
    """A name."""
    raw = text.encode()
    return uleb(len(raw)) + raw


def section(number: int, content: bytes) -> bytes:
    """A section."""
    return bytes([number]) + uleb(len(content)) + content


def func_type(params: bytes = b"", results: bytes = b"") -> bytes:
    """A function type; one byte per value type."""
    return b"\x60" + uleb(len(params)) + params + uleb(len(results)) + results


def code(instructions: bytes, locals_: bytes = b"\0") -> bytes:
    """A code entry; ``instructions`` without the final end."""
    body = locals_ + instructions + b"\x0b"
    return uleb(len(body)) + body


def module(*sections: bytes) -> bytes:
    """A module."""
    return HEADER + b"".join(sections)


def one_function(instructions: bytes, params: bytes = b"", results: bytes = b"", *, extra: dict[int, bytes] | None = None) -> bytes:
    """A module with one function; ``extra`` holds the contents of further sections by id."""
    sections = {
        1: vector([func_type(params, results)]),
        3: vector([uleb(0)]),
        10: vector([code(instructions)]),
        **(extra or {}),
    }
    order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
    return module(*(section(number, sections[number]) for number in order if number in sections))
