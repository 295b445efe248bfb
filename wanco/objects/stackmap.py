"""Reader of LLVM's stack maps, section ``.llvm_stackmaps``, version 3.

Source: LLVM, "Stack maps and patch points in LLVM", section "Stack Map Format", and for the
locations of a statepoint "Garbage Collection Safepoints in LLVM", section "Stack Map
Format" there: calling convention, flags, number of deopt values, the deopt values, and
then what Wanco never asks for.

    section   = u8 version, u8 0, u16 0, u32 functions, u32 constants, u32 records,
                functions x { u64 address, u64 stack size, u64 record count },
                constants x u64, records x record, in the order of the functions
    record    = u64 id, u32 offset in the function, u16 0, u16 locations, locations x location,
                pad to 8, u16 0, u16 live-outs, live-outs x u32, pad to 8
    location  = u8 kind, u8 0, u16 size, u16 register, u16 0, i32 offset or constant
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wanco.objects.elf import Place


class Kind(enum.IntEnum):
    """Where a value is."""

    REGISTER = 1
    DIRECT = 2  # the address register + offset is the value
    INDIRECT = 3  # in memory at register + offset
    CONSTANT = 4
    CONSTANT_INDEX = 5  # in the table of constants; never seen in a `Location`


class Location(NamedTuple):
    """One recorded value. ``register`` is a DWARF number; ``offset`` the constant for CONSTANT."""

    kind: int
    size: int
    register: int
    offset: int


class Record(NamedTuple):
    """A record of a call with deopt values."""

    function: Place
    """Start of the function that contains the call."""
    offset: int
    """Of the return address in that function."""
    values: list[Location]
    is_poll: bool
    """Whether the call preserves most or all registers, as polls do."""


_HEADER = struct.Struct("<BxxxIII")
_FUNCTION = struct.Struct("<QQQ")
_RECORD = struct.Struct("<QIxxH")
_LOCATION = struct.Struct("<BxHHxxi")
_LIVE_OUTS = struct.Struct("<xxH")
_STATEPOINT_FIXED = 3
"""Locations in front of the deopt values: the calling convention, flags, how many values follow."""
_POLL_CONVENTIONS = (14, 15)
"""Numbers of the calling conventions ``preserve_mostcc`` and ``preserve_allcc``."""


def _aligned(offset: int) -> int:
    return (offset + 7) & ~7


def read_stackmaps(data: bytes, functions: Mapping[int, Place]) -> Iterator[Record]:
    """The records of a section, in its order.

    Args:
        data: the section's bytes.
        functions: what its relocations refer to, by offset in the section.

    Raises:
        ValueError: another version, a record that is none of a call with deopt values, or
            damaged data.
    """
    try:
        yield from _records(data, functions)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"damaged stack maps: {error}") from error


def _records(data: bytes, functions: Mapping[int, Place]) -> Iterator[Record]:
    version, function_count, constant_count, _ = _HEADER.unpack_from(data)
    if version != 3:
        raise ValueError(f"stack maps of version {version} (3 is known)")
    at = _HEADER.size + function_count * _FUNCTION.size
    constants = struct.unpack_from(f"<{constant_count}q", data, at)
    at += 8 * constant_count
    seen: dict[bytes, Location] = {}
    for i in range(function_count):
        entry = _HEADER.size + i * _FUNCTION.size
        function = functions[entry]
        for _ in range(_FUNCTION.unpack_from(data, entry)[2]):
            _, offset, count = _RECORD.unpack_from(data, at)
            first = at + _RECORD.size
            end = first + count * _LOCATION.size
            deopt_count = _LOCATION.unpack_from(data, first + (_STATEPOINT_FIXED - 1) * _LOCATION.size)
            if count < _STATEPOINT_FIXED + deopt_count[3] or deopt_count[0] != Kind.CONSTANT:
                raise ValueError("a stack map record is not that of a statepoint")
            values = []
            convention = _LOCATION.unpack_from(data, first)[3]
            first += _STATEPOINT_FIXED * _LOCATION.size
            for where in range(first, first + deopt_count[3] * _LOCATION.size, _LOCATION.size):
                raw = data[where : where + _LOCATION.size]
                location = seen.get(raw)
                if location is None:
                    location = Location(*_LOCATION.unpack(raw))
                    if location.kind == Kind.CONSTANT_INDEX:
                        location = location._replace(kind=Kind.CONSTANT, offset=constants[location.offset])
                    seen[raw] = location
                values.append(location)
            yield Record(function, offset, values, convention in _POLL_CONVENTIONS)
            at = _aligned(end)
            at = _aligned(at + _LIVE_OUTS.size + 4 * _LIVE_OUTS.unpack_from(data, at)[0])
