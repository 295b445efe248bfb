"""The code section (section 5.5.13): the declared locals of functions; bodies are only cut out."""

from __future__ import annotations

from wanco.errors import DecodeError, UnsupportedError
from wanco.wasm.module import Code, Module
from wanco.wasm.reader import Reader, relocated
from wanco.wasm.types import ValType

MAX_LOCALS = 50_000
"""Declared locals of a function.  Like other implementations we have a limit below that of
the specification, so that a few bytes cannot ask for gigabytes."""


def code_section(reader: Reader, module: Module) -> None:
    """The functions that are defined; decoding their instructions is `wanco.wasm.decode.decode_body`'s."""
    for _ in range(reader.u32()):
        body = reader.sub(reader.u32())
        try:
            declared = _locals(body)
        except (DecodeError, UnsupportedError) as error:
            place = module.describe_function(module.imported_functions + len(module.code))
            raise relocated(error, body.base, place) from None
        module.code.append(Code(declared, body.data, body.base, body.pos))


def _locals(reader: Reader) -> tuple[ValType, ...]:
    declared: list[ValType] = []
    for _ in range(reader.u32()):
        start = reader.pos
        count = reader.u32()
        if len(declared) + count > MAX_LOCALS:
            raise DecodeError(f"too many locals: more than {MAX_LOCALS}", start)
        declared += [reader.val_type()] * count
    return tuple(declared)
