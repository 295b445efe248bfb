"""The name section (section 7.4.1).

Errors in custom sections do not make a module malformed, so what was read before an error is kept and
the rest ignored.
"""

from __future__ import annotations

from wanco.errors import DecodeError
from wanco.wasm.module import Names
from wanco.wasm.reader import Reader


def read_names(content: bytes) -> Names:
    """What the content of a name section says."""
    names = Names()
    reader = Reader(content)
    try:
        while reader.remaining:
            number = reader.byte()
            part = reader.sub(reader.u32())
            if number == 0:
                names.module = part.name()
            elif number == 1:
                _name_map(part, names.functions)
            elif number == 2:
                for _ in range(part.u32()):
                    _name_map(part, names.locals.setdefault(part.u32(), {}))
    except DecodeError:
        pass
    return names


def _name_map(reader: Reader, into: dict[int, str]) -> None:
    for _ in range(reader.u32()):
        index = reader.u32()
        into[index] = reader.name()
