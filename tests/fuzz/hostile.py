"""Small modules that ask for much."""

from __future__ import annotations

from tests.wasm.binary import code, func_type, module, name, section, vector
from wanco.abi.leb128 import sleb, uleb

_START = {7: vector([name("_start") + b"\0\0"])}
_I32 = b"\x7f"
_THOUSAND = func_type(b"", _I32 * 1000)
_BLOCK, _BLOCK_OF_THOUSAND, _LOOP, _END, _DROP, _UNREACHABLE = b"\x02\x40", b"\x02\x01", b"\x03\x40", b"\x0b", b"\x1a", b"\x00"
_POLLED = _LOOP + b"\x20\x00\x0d\x00"
"""A loop with a back edge, not closed."""


def _function(body: bytes, locals_: bytes = b"\0", extra: dict[int, bytes] | None = None) -> bytes:
    sections = {1: vector([func_type(), _THOUSAND]), 3: vector([b"\0"]), 10: vector([code(body, locals_)]), **_START, **(extra or {})}
    return module(*(section(n, sections[n]) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11) if n in sections))


def _locals(count: int, type_: bytes = _I32) -> bytes:
    return vector([uleb(count) + type_])


def _i32(value: int) -> bytes:
    return b"\x41" + sleb(value)


def _calls(count: int) -> bytes:
    """Calls with a thousand results, one after the other."""
    body = code((_BLOCK + b"\x10\x01\x0c\x00" + _END) * count)
    types, functions = vector([func_type(), _THOUSAND]), vector([b"\0", b"\1"])
    return module(section(1, types), section(3, functions), section(7, _START[7]), section(10, vector([body, code(_UNREACHABLE)])))


HOSTILE: dict[str, bytes] = {
    "a table of ten million elements": _function(b"", extra={4: vector([b"\x70\x00" + uleb(10_000_000)])}),
    "a thousand such tables": _function(b"", extra={4: vector([b"\x70\x00" + uleb(10_000_000)] * 1000)}),
    "a table of four thousand million": _function(b"", extra={4: vector([b"\x70\x00" + uleb(0xFFFFFFFF)])}),
    "a memory of 4 GiB": _function(b"", extra={5: vector([b"\x00" + uleb(65536)]), 11: vector([b"\0\x41\x7f\x0b\x01x"])}),
    "65 memories": _function(b"", extra={5: vector([b"\0\1"] * 65)}),
    "50,000 vectors in loops": _function(_POLLED * 30 + _END * 30, vector([uleb(1) + _I32, uleb(49_999) + b"\x7b"])),
    "50,001 locals": _function(b"", _locals(50_001)),
    "locals declared 2^32 - 1 times": _function(b"", uleb(0xFFFFFFFF) + b"\0\x7f" * 100),
    "3,000 live locals at 3,000 polls": _function(
        (_POLLED + _END) * 3000 + b"".join(b"\x20" + uleb(i) + _DROP for i in range(3000)), _locals(3000)
    ),
    "50,000 locals over 2,000 branches": _function(_BLOCK + _i32(0) + b"\x0d\x00" + (_i32(0) + b"\x0d\x00") * 2000 + _END, _locals(50_000)),
    "20,000 calls with a thousand results": _calls(20_000),
    "100,000 branches with a thousand values": _function(_BLOCK_OF_THOUSAND + b"\x0c\x00" * 100_000 + _END + _DROP * 1000),
    "br_tables over blocks with a thousand results": _function(
        _BLOCK_OF_THOUSAND * 127
        + (_UNREACHABLE + _i32(0) + b"\x0e" + vector(map(uleb, range(127))) + b"\x00") * 500
        + _END * 127
        + _DROP * 1000
    ),
    "a br_table of 20,000 different labels": _function(
        _BLOCK * 20_000 + _i32(0) + b"\x0e" + vector(map(uleb, range(20_000))) + b"\x00" + _END * 20_000
    ),
    "100,000 blocks in each other": _function(_BLOCK * 100_000 + _END * 100_000),
    "20,000 loops in each other": _function(_LOOP * 20_000 + _END * 20_000),
    "10,000 calls in 10,000 loops": _function(_LOOP * 10_000 + b"\x10\x00" * 10_000 + _END * 10_000),
    "a million constants": _function(_i32(0) * 1_000_001 + _UNREACHABLE),
    "a million types": module(section(1, uleb(1_000_001) + func_type() * 1_000_001)),
    "a type of 2^32 - 1 parameters": module(section(1, b"\x01\x60" + uleb(0xFFFFFFFF))),
    "100,001 data segments": _function(b"", extra={5: vector([b"\0\1"]), 11: uleb(100_001) + b"\0\x41\0\x0b\0" * 100_001}),
    "2^32 - 1 types": module(section(1, uleb(0xFFFFFFFF))),
    "2^32 - 1 labels": _function(_i32(0) + b"\x0e" + uleb(0xFFFFFFFF)),
    "a section of 4 GiB": module(b"\x0a" + uleb(0xFFFFFFFF)),
    "200,000 custom sections": module(section(0, name("a")) * 200_000),
}
