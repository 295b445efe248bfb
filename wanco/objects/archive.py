"""Static libraries: System V's ``ar`` format with a symbol index, as linkers read it.

An archive is a magic string and members, each a header of 60 bytes (fields in ASCII, padded
with spaces) and its content, padded to an even size.  The first member, ``/``, is the index:
the number of symbols and, for each, where the header of its member is (big-endian u32), then
the names, each ended by a zero byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

_MAGIC = b"!<arch>\n"
_NAME_LENGTH = 15
_HEADER_SIZE = 60
_INDICES = (b"/", b"//", b"/SYM64/")
"""Names of members that are no objects."""


def archive(name: str, member: bytes, symbols: Iterable[str]) -> bytes:
    """An archive with one member, an object that defines ``symbols``.  It depends on its arguments alone."""
    names = sorted(symbols)
    text = b"".join(symbol.encode() + b"\0" for symbol in names)
    index_size = 4 + 4 * len(names) + len(text)
    position = len(_MAGIC) + _HEADER_SIZE + index_size + index_size % 2
    index = struct.pack(f">{1 + len(names)}I", len(names), *[position] * len(names)) + text
    return _MAGIC + _member("/", index, 0) + _member(f"{name[:_NAME_LENGTH]}/", member, 0o644)


def _member(name: str, content: bytes, mode: int) -> bytes:
    header = f"{name:16}{0:<12}{0:<6}{0:<6}{mode:<8o}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def members(data: bytes) -> Iterator[bytes]:
    """The objects of a file: of an archive its members (the format of System V's ar)."""
    if not data.startswith(_MAGIC):
        yield data
        return
    at = len(_MAGIC)
    while at + _HEADER_SIZE <= len(data):
        name, size = data[at : at + 16].rstrip(), int(data[at + 48 : at + 58])
        at += _HEADER_SIZE
        if name not in _INDICES:
            yield data[at : at + size]
        at += size + size % 2
