"""LEB128: numbers in groups of seven bits, the lowest first, the eighth bit set in all bytes but the last.

WebAssembly's modules (section 5.2.2), DWARF's call frame information, and the site and safepoint
tables have numbers in this form.  `uleb` and `sleb` give the shortest one; `read_uleb` and `read_sleb`
take padded ones, too, as far as a number of so many bits can be padded.
"""

from __future__ import annotations


class Leb128Error(ValueError):
    """What is no number of the expected size: why, and where it starts."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at {at}")
        self.reason = reason
        self.at = at


_ONE_BYTE = [bytes([value]) for value in range(128)]


def uleb(value: int) -> bytes:
    """An unsigned number."""
    if value < 0x80:
        return _ONE_BYTE[value]
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(value: int) -> bytes:
    """A signed number."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def read_uleb(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """An unsigned number of at most ``bits`` bits, and the position behind it.

    Raises `Leb128Error` for one that is larger or takes more bytes, IndexError where the bytes end.
    """
    value, _, end = _groups(data, at, bits)
    if value >> bits:
        raise Leb128Error("integer too large", at)
    return value, end


def read_sleb(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """A signed number of at most ``bits`` bits, and the position behind it; errors as `read_uleb`'s."""
    value, width, end = _groups(data, at, bits)
    if value >> (width - 1):
        value -= 1 << width
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise Leb128Error("integer too large", at)
    return value, end


def _groups(data: bytes, at: int, bits: int) -> tuple[int, int, int]:
    """The bits of all groups, how many there are, and the position behind them."""
    start = at
    value = width = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << width
        width += 7
        if byte < 0x80:
            return value, width, at
        if width >= bits:
            raise Leb128Error("integer representation too long", start)
