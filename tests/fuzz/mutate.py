"""Damage to real modules: a mutant of a module is decided by a seeded generator of random numbers.

Some mutations know nothing of the format (bits, bytes, ranges); others take a module apart
into sections and put it together with right lengths, so that the damage gets past the
first check and deep into the decoder, the validator or the compiler.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.wasm.binary import HEADER, vector
from wanco.abi.leb128 import sleb, uleb
from wanco.errors import DecodeError, WancoError
from wanco.wasm.columns import Imm, Operator
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.opcodes import OPERATORS, PREFIX_SHIFT
from wanco.wasm.reader import Reader

_BYTES = (0, 1, 2, 0x0B, 0x3F, 0x40, 0x41, 0x60, 0x6F, 0x70, 0x7B, 0x7C, 0x7F, 0x80, 0xFC, 0xFD, 0xFF)
"""Bytes that mean something in many places."""

_NUMBERS = (0, 1, 127, 128, 1000, 50_000, 65536, 1_000_000, 10_000_000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 64) - 1)
"""Counts, sizes and indices around limits."""


def _opcode(code: int) -> bytes:
    return bytes([code]) if code < 256 else bytes([code >> PREFIX_SHIFT]) + uleb(code & ((1 << PREFIX_SHIFT) - 1))


_OPCODES = tuple(map(_opcode, OPERATORS))


@dataclass(slots=True)
class Section:
    """A section: its number and its content."""

    number: int
    content: bytes

    def encoded(self) -> bytes:
        """The section with its length."""
        return bytes([self.number]) + uleb(len(self.content)) + self.content


def split(data: bytes) -> list[Section]:
    """The sections of a module; what cannot be read as such is left out."""
    sections: list[Section] = []
    reader = Reader(data)
    reader.pos = min(len(HEADER), len(data))
    try:
        while reader.remaining:
            number = reader.byte()
            sections.append(Section(number, reader.bytes(reader.u32())))
    except DecodeError:
        pass
    return sections


def join(sections: Sequence[Section]) -> bytes:
    """A module of sections."""
    return HEADER + b"".join(s.encoded() for s in sections)


def mutant(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """``data`` after one to three mutations; ``other`` is a module to take pieces from."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind = rng.random()
        if kind < 0.4:
            data = _plausible(rng, data)
        elif kind < 0.65:
            data = bytes(_damage(rng, bytearray(data), other, first=0))
        else:
            sections = split(data)
            if sections:
                rng.choice(_ON_SECTIONS)(rng, sections, split(other))
                data = join(sections)
    return data


# ---- on bytes -------------------------------------------------------------------------------


def _damage(rng: random.Random, data: bytearray, other: bytes, first: int) -> bytearray:
    if len(data) <= first:
        return data
    return rng.choice(_ON_BYTES)(rng, data, other, rng.randrange(first, len(data)))


def _flip(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    data[at] ^= 1 << rng.randrange(8)
    return data


def _byte(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    data[at] = rng.choice(_BYTES) if rng.random() < 0.6 else rng.randrange(256)
    return data


def _truncate(_rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    return data[:at]


def _cut(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    del data[at : at + rng.choice((1, 1, 2, 5, 40))]
    return data


def _repeat(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    piece = data[at : at + rng.choice((1, 2, 7, 50))]
    data[at:at] = piece * rng.choice((1, 1, 2, 30))
    return data


def _splice(rng: random.Random, data: bytearray, other: bytes, at: int) -> bytearray:
    if other:
        start = rng.randrange(len(other))
        piece = other[start : start + rng.choice((1, 4, 16, 100))]
        data[at : at + rng.choice((0, len(piece)))] = piece
    return data


def _stretch(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    """A one-byte number becomes a longer encoding of the same number; signed ones keep their sign."""
    value = data[at]
    if value < 0x80:
        fill = 0x7F if value & 0x40 and rng.random() < 0.5 else 0
        length = rng.choice((1, 2, 4, 5, 9, 10))
        data[at : at + 1] = bytes([value | 0x80]) + bytes([fill | 0x80]) * (length - 1) + bytes([fill])
    return data


def _number(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    data[at : at + 1] = uleb(rng.choice(_NUMBERS))
    return data


def _operator(rng: random.Random, data: bytearray, _: bytes, at: int) -> bytearray:
    opcode = rng.choice(_OPCODES)
    data[at : at + len(opcode)] = opcode
    return data


_ON_BYTES: tuple[Callable[[random.Random, bytearray, bytes, int], bytearray], ...] = (
    *(_flip, _byte, _byte, _truncate, _cut, _repeat, _splice, _stretch, _number, _operator, _operator),
)


# ---- on instructions: the module most likely stays valid, and does something else ------------


def _plausible(rng: random.Random, data: bytes) -> bytes:
    """Some instructions become others of the same type, or have other constants; only in valid modules."""
    try:
        m = decode(data)
        bodies = [(code, decode_body(m, code)) for code in m.code]
    except WancoError:
        return data
    edits: dict[int, tuple[int, bytes]] = {}
    for _ in range(rng.choice((1, 2, 5, 20)) if bodies else 0):
        code, instrs = rng.choice(bodies)
        at = rng.randrange(len(instrs))
        op, start, immediate = instrs[at]
        end = instrs[at + 1][1] if at + 1 < len(instrs) else len(code.body)
        if (new := _other_instruction(rng, op, immediate)) is not None:
            edits[code.offset + start] = code.offset + end, new
    return _edited(data, edits)


def _other_instruction(rng: random.Random, op: int, immediate: Any) -> bytes | None:
    operator = OPERATORS[op]
    if operator.immediate in (Imm.I32, Imm.I64):
        most = (1 << (31 if operator.immediate is Imm.I32 else 63)) - 1
        return _opcode(op) + sleb(rng.choice((0, 1, -1, immediate + 1, -immediate, most // 2 + 1, -most - 1, most)))
    if operator.immediate in (Imm.F32, Imm.F64):
        width = 4 if operator.immediate is Imm.F32 else 8
        return _opcode(op) + rng.choice((bytes(width), b"\xff" * width, rng.randbytes(width)))
    alternatives = _ALIKE.get(_shape(operator)) if operator.immediate in (Imm.NONE, Imm.MEMARG) else None
    if alternatives is None or operator.params is None:
        return None
    opcode = _opcode(rng.choice(alternatives))
    if operator.immediate is Imm.NONE:
        return opcode
    memory, _, offset = immediate
    return opcode + (b"\x00" if memory == 0 else b"\x40" + uleb(memory)) + uleb(rng.choice((offset, 0, 4, 65535, 1 << 31)))


def _shape(operator: Operator) -> tuple[object, ...]:
    return operator.params, operator.results, operator.immediate


_ALIKE: dict[tuple[object, ...], list[int]] = {}
for _op in OPERATORS.values():
    _ALIKE.setdefault(_shape(_op), []).append(_op.code)


def _edited(data: bytes, edits: Mapping[int, tuple[int, bytes]]) -> bytes:
    """The module with bytes ``[start, end)`` replaced, inside function bodies, and all lengths right."""
    sections = split(data)
    position = len(HEADER)
    for section in sections:
        position += 1 + len(uleb(len(section.content)))
        if section.number == 10:
            section.content = _edited_code(section.content, position, edits)
        position += len(section.content)
    return join(sections)


def _edited_code(content: bytes, base: int, edits: Mapping[int, tuple[int, bytes]]) -> bytes:
    reader = Reader(content)
    bodies = []
    for _ in range(reader.u32()):
        size = reader.u32()
        first = base + reader.pos
        body = bytearray(reader.bytes(size))
        for start in sorted((s for s in edits if first <= s < first + size), reverse=True):
            end, new = edits[start]
            body[start - first : end - first] = new
        bodies.append(bytes(body))
    return vector(uleb(len(b)) + b for b in bodies)


# ---- on sections ----------------------------------------------------------------------------

Sections = list[Section]


def _inside(rng: random.Random, sections: Sections, others: Sections) -> None:
    """Damage in one section, whose length stays right."""
    section = rng.choice(sections)
    same = [s.content for s in others if s.number == section.number]
    section.content = bytes(_damage(rng, bytearray(section.content), rng.choice(same) if same else b"", first=0))


def _count(rng: random.Random, sections: Sections, _: Sections) -> None:
    """Another number of elements of a section."""
    section = rng.choice(sections)
    section.content = uleb(rng.choice(_NUMBERS)) + section.content[1:]


def _body(rng: random.Random, sections: Sections, _others: Sections) -> None:
    """Damage in one function, whose length stays right."""
    code = next((s for s in sections if s.number == 10), None)
    if code is None:
        return
    bodies = _bodies(code.content)
    if bodies:
        at = rng.randrange(len(bodies))
        body = bytearray(bodies[at])
        for _ in range(rng.choice((1, 1, 2, 4))):
            body = _damage(rng, body, rng.choice(bodies), first=1)
        bodies[at] = bytes(body)
        code.content = uleb(len(bodies)) + b"".join(uleb(len(b)) + b for b in bodies)


def _bodies(content: bytes) -> list[bytes]:
    reader, bodies = Reader(content), []
    with contextlib.suppress(DecodeError):
        for _ in range(reader.u32()):
            bodies += [reader.bytes(reader.u32())]
    return bodies


def _swap(rng: random.Random, sections: Sections, _: Sections) -> None:
    a, b = rng.randrange(len(sections)), rng.randrange(len(sections))
    sections[a], sections[b] = sections[b], sections[a]


def _twice(rng: random.Random, sections: Sections, _: Sections) -> None:
    sections.insert(rng.randrange(len(sections) + 1), rng.choice(sections))


def _drop(rng: random.Random, sections: Sections, _: Sections) -> None:
    del sections[rng.randrange(len(sections))]


def _transplant(rng: random.Random, sections: Sections, others: Sections) -> None:
    """A section of the other module, in place of the own one of its kind or in addition."""
    if not others:
        return
    new = rng.choice(others)
    for at, section in enumerate(sections):
        if section.number == new.number:
            sections[at] = new
            return
    at = next((i for i, s in enumerate(sections) if s.number > new.number), len(sections))
    sections.insert(at, new)


_ON_SECTIONS: tuple[Callable[[random.Random, Sections, Sections], None], ...] = (
    *(_inside, _inside, _count, _body, _body, _body, _swap, _twice, _drop, _transplant, _transplant),
)
