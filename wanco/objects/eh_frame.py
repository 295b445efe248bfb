"""Decoder of ``.eh_frame``: for each function, the rows by which each of its frames is unwound.

A row tells, from some offset in the function on, how to compute the canonical frame address
(CFA: the stack pointer before the call, as the caller sees it) and where the caller's
registers were saved.  Sources: Linux Standard Base, "Exception Frames" (the section), DWARF
5, section 6.4 (the instructions), DWARF for the Arm 64-bit Architecture
(``DW_CFA_AARCH64_negate_ra_state``).

What is not known raises: a row that is wrong would not be noticed before a stack is walked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

from wanco.abi.leb128 import read_sleb, read_uleb
from wanco.objects.elf import Place


class Row(NamedTuple):
    """How to unwind from ``start`` (offset in the function) to the next row's.

    ``saved`` has (register, offset from the CFA) pairs, sorted by register; registers are
    DWARF numbers.
    """

    start: int
    cfa_register: int
    cfa_offset: int
    saved: tuple[tuple[int, int], ...]


class _Rules:
    """The state of the virtual machine that call frame instructions run on."""

    def __init__(self, cfa: tuple[int, int], saved: dict[int, int]) -> None:
        self.cfa = cfa
        self.saved = saved

    def copy(self) -> _Rules:
        return _Rules(self.cfa, dict(self.saved))


def _truncated() -> ValueError:
    return ValueError("call frame information is truncated")


class _Reader:
    """Bytes with a position."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def unsigned(self, size: int) -> int:
        """A fixed-size little-endian number."""
        self.at += size
        if self.at > self.end:
            raise _truncated()
        return int.from_bytes(self.data[self.at - size : self.at], "little")

    def uleb(self) -> int:
        """An unsigned number."""
        return self._number(read_uleb)

    def sleb(self) -> int:
        """A signed number."""
        return self._number(read_sleb)

    def _number(self, read: Callable[[bytes, int, int], tuple[int, int]]) -> int:
        try:
            value, self.at = read(self.data, self.at, 64)
        except IndexError:
            raise _truncated() from None
        if self.at > self.end:
            raise _truncated()
        return value


class _Machine:
    """Runs the instructions of one entry, collecting rows."""

    def __init__(self, reader: _Reader, code_alignment: int, data_alignment: int, initial: _Rules) -> None:
        self.reader, self.code_alignment, self.data_alignment = reader, code_alignment, data_alignment
        self.initial, self.rules = initial, initial.copy()
        self.location = 0
        self.stack: list[_Rules] = []
        self.rows: list[Row] = []

    def run(self) -> None:
        reader = self.reader
        while reader.at < reader.end:
            opcode = reader.unsigned(1)
            operation = _OPERATIONS.get(opcode & 0xC0 or opcode)
            if operation is None:
                raise ValueError(f"call frame instruction 0x{opcode:02x} is not known")
            operation(self, opcode & 0x3F)
        self.emit()

    def emit(self) -> None:
        """The row in force from the current location on."""
        row = Row(self.location, *self.rules.cfa, tuple(sorted(self.rules.saved.items())))
        if self.rows and self.rows[-1].start == self.location:
            self.rows.pop()
        self.rows.append(row)

    def advance(self, delta: int) -> None:
        self.emit()
        self.location += delta * self.code_alignment

    def save(self, register: int, factored_offset: int) -> None:
        self.rules.saved[register] = factored_offset * self.data_alignment

    def same_value(self, register: int) -> None:
        self.rules.saved.pop(register, None)

    def restore(self, register: int) -> None:
        self.same_value(register)
        if register in self.initial.saved:
            self.rules.saved[register] = self.initial.saved[register]

    def remember(self) -> None:
        self.stack.append(self.rules.copy())

    def recall(self) -> None:
        if not self.stack:
            raise ValueError("call frame information restores a state that it did not remember")
        self.rules = self.stack.pop()

    def ignore(self) -> None:
        self.reader.uleb()

    def define_cfa(self, register: int, offset: int) -> None:
        self.rules.cfa = (register, offset)


_OPERATIONS: dict[int, Callable[[_Machine, int], None]] = {
    0x00: lambda m, _: None,  # nop
    0x02: lambda m, _: m.advance(m.reader.unsigned(1)),
    0x03: lambda m, _: m.advance(m.reader.unsigned(2)),
    0x04: lambda m, _: m.advance(m.reader.unsigned(4)),
    0x05: lambda m, _: m.save(m.reader.uleb(), m.reader.uleb()),  # offset_extended
    0x06: lambda m, _: m.restore(m.reader.uleb()),  # restore_extended
    0x08: lambda m, _: m.same_value(m.reader.uleb()),
    0x0A: lambda m, _: m.remember(),
    0x0B: lambda m, _: m.recall(),
    0x0C: lambda m, _: m.define_cfa(m.reader.uleb(), m.reader.uleb()),
    0x0D: lambda m, _: m.define_cfa(m.reader.uleb(), m.rules.cfa[1]),
    0x0E: lambda m, _: m.define_cfa(m.rules.cfa[0], m.reader.uleb()),
    0x11: lambda m, _: m.save(m.reader.uleb(), m.reader.sleb()),  # offset_extended_sf
    0x2D: lambda m, _: None,  # AArch64 negate_ra_state: every return address is stripped anyway
    0x2E: lambda m, _: m.ignore(),  # GNU_args_size
    0x40: lambda m, delta: m.advance(delta),
    0x80: lambda m, register: m.save(register, m.reader.uleb()),
    0xC0: lambda m, register: m.restore(register),
}
"""By opcode; where the two high bits are set, by them, the rest being an operand."""


_ADDRESS_ENCODING = 0x1B
"""DW_EH_PE_pcrel | DW_EH_PE_sdata4: four bytes, relative to where they are."""


class _Cie(NamedTuple):
    """What function entries share."""

    code_alignment: int
    data_alignment: int
    rules: _Rules


def _read_cie(reader: _Reader) -> _Cie:
    version = reader.unsigned(1)
    end = reader.data.index(0, reader.at, reader.end)
    augmentation = reader.data[reader.at : end]
    reader.at = end + 1
    # z: sizes are given; R: encoding of addresses; S: signal frame; B: signed with the B key.
    if version != 1 or not augmentation.startswith(b"z") or set(augmentation) - set(b"zRSB"):
        raise ValueError(f"common information entry of version {version} with augmentation {augmentation!r}")
    code_alignment, data_alignment = reader.uleb(), reader.sleb()
    reader.uleb()  # the return address's column, fixed for each target
    data_end = reader.uleb() + reader.at
    if b"R" in augmentation and reader.unsigned(1) != _ADDRESS_ENCODING:
        raise ValueError("call frame information with addresses in an unknown encoding")
    reader.at = data_end
    machine = _Machine(reader, code_alignment, data_alignment, _Rules((0, 0), {}))
    machine.run()
    return _Cie(code_alignment, data_alignment, machine.rules)


def read_eh_frame(data: bytes, functions: Mapping[int, Place]) -> dict[Place, list[Row]]:
    """The rows of each function, ascending, the first at offset 0.

    Args:
        data: the section's bytes, addresses in it relative to the program counter and of
            four bytes, as LLVM's small code model makes them.
        functions: what its relocations refer to, by offset in the section.

    Raises:
        ValueError: something in it is not known, or damaged.
    """
    cies: dict[int, _Cie] = {}
    programs: dict[tuple[int, bytes], list[Row]] = {}
    result: dict[Place, list[Row]] = {}
    at = 0
    while at + 4 <= len(data):
        (size,) = struct.unpack_from("<I", data, at)
        if size == 0:
            break
        reader = _Reader(data, at + 4, at + 4 + size)
        if reader.end > len(data):
            raise ValueError("call frame information is truncated")
        cie_pointer = reader.unsigned(4)
        if cie_pointer == 0:
            cies[at] = _read_cie(reader)
        else:
            cie_at = at + 4 - cie_pointer
            if cie_at not in cies or reader.at not in functions:
                raise ValueError("call frame information refers to nothing")
            function = functions[reader.at]
            reader.at += 8
            reader.at += reader.uleb()
            # Many functions have the same instructions.
            key = (cie_at, data[reader.at : reader.end])
            rows = programs.get(key)
            if rows is None:
                cie = cies[cie_at]
                machine = _Machine(reader, cie.code_alignment, cie.data_alignment, cie.rules)
                machine.run()
                rows = programs[key] = machine.rows
            result[function] = rows
        at += 4 + size
    return result
