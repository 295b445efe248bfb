"""Structures that emitted code and the runtime share: their offsets, and how C and LLVM's IR write them.

Every structure uses natural alignment on a 64-bit little-endian machine, so that a C
struct, an LLVM literal struct and the offsets computed here are the same; the generated
header asserts this with ``_Static_assert``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Struct:
    """A structure shared by generated code and the runtime.

    ``fields`` holds (name, kind) pairs; a kind is ``u8``, ``u16``, ``u32``, ``u64``,
    ``u8[N]``, ``ptr`` or ``ptr:TYPE`` where TYPE is the C type that is pointed to.
    """

    name: str
    doc: str
    fields: tuple[tuple[str, str], ...]

    @functools.cached_property
    def _offsets(self) -> dict[str, int]:
        return {name: offset for name, _, offset in self._placed()}

    def offsets(self) -> dict[str, int]:
        """Byte offset of each field."""
        return self._offsets

    @functools.cached_property
    def size(self) -> int:
        """Size in bytes, padding at the end included."""
        _, kind, offset = list(self._placed())[-1]
        end = offset + _size(kind)
        align = max(_align(kind) for _, kind in self.fields)
        return (end + align - 1) // align * align

    def _placed(self) -> Iterator[tuple[str, str, int]]:
        offset = 0
        for name, kind in self.fields:
            align = _align(kind)
            offset = (offset + align - 1) // align * align
            yield name, kind, offset
            offset += _size(kind)

    def c_source(self) -> str:
        """The C declaration and its assertions."""
        lines = [f"/* {self.doc} */", f"struct {self.name} {{"]
        for name, kind in self.fields:
            lines.append(f"  {_c_declaration(name, kind)};")
        lines.append("};")
        for name, offset in self.offsets().items():
            lines.append(f'_Static_assert(offsetof(struct {self.name}, {name}) == {offset}, "{self.name}.{name}");')
        lines.append(f'_Static_assert(sizeof(struct {self.name}) == {self.size}, "{self.name}");')
        return "\n".join(lines) + "\n"

    def ir_type(self) -> str:
        """The LLVM literal struct type."""
        return "{ " + ", ".join(_ir_type(kind) for _, kind in self.fields) + " }"

    def ir_constant(self, **values: int | str | bytes) -> str:
        """An LLVM constant of this type; every field must be given.

        Integers stand for themselves, strings for symbols (``@name`` or ``null``), bytes
        for byte arrays.
        """
        if set(values) != {name for name, _ in self.fields}:
            raise ValueError(f"{self.name}: fields {sorted(set(values) ^ {n for n, _ in self.fields})}")
        parts = []
        for name, kind in self.fields:
            value = values[name]
            text = ir_bytes(value) if isinstance(value, bytes) else str(value)
            parts.append(f"{_ir_type(kind)} {text}")
        return "{ " + ", ".join(parts) + " }"


_IR_CHARACTERS = [chr(b) if 32 <= b < 127 and b not in (34, 92) else f"\\{b:02X}" for b in range(256)]


def ir_bytes(data: bytes) -> str:
    """An LLVM ``c"..."`` constant."""
    return 'c"' + "".join(map(_IR_CHARACTERS.__getitem__, data)) + '"'


_SCALARS = {"u8": ("uint8_t", "i8", 1), "u16": ("uint16_t", "i16", 2), "u32": ("uint32_t", "i32", 4), "u64": ("uint64_t", "i64", 8)}


def _array(kind: str) -> tuple[str, int] | None:
    if kind.endswith("]"):
        base, count = kind[:-1].split("[")
        return base, int(count)
    return None


def _size(kind: str) -> int:
    array = _array(kind)
    if array:
        return _size(array[0]) * array[1]
    return 8 if kind.startswith("ptr") else _SCALARS[kind][2]


def _align(kind: str) -> int:
    array = _array(kind)
    return _align(array[0]) if array else _size(kind)


def _c_declaration(name: str, kind: str) -> str:
    array = _array(kind)
    if array:
        return f"{_SCALARS[array[0]][0]} {name}[{array[1]}]"
    if kind == "ptr":
        return f"void *{name}"
    if kind.startswith("ptr:"):
        target = kind[4:]
        return target.replace("(*)", f"(*{name})") if "(*)" in target else f"{target} *{name}"
    return f"{_SCALARS[kind][0]} {name}"


def _ir_type(kind: str) -> str:
    array = _array(kind)
    if array:
        return f"[{array[1]} x {_SCALARS[array[0]][1]}]"
    return "ptr" if kind.startswith("ptr") else _SCALARS[kind][1]
