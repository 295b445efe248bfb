"""Which parts of WebAssembly are compiled.

The decoder and the validator know more of the language than the code generator.  A module
that uses the difference, `UNSUPPORTED`, is refused here by one line that names the
feature, the function and the byte offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wanco.errors import UnsupportedError
from wanco.layout import MAX_MEMORIES
from wanco.wasm.decode import decode_body
from wanco.wasm.module import Module
from wanco.wasm.opcodes import OPERATORS, Feature
from wanco.wasm.reader import unsupported
from wanco.wasm.types import FuncType, ValType

UNSUPPORTED: frozenset[Feature] = frozenset(
    {
        Feature.EXTERNREF,
    }
)
"""Features that decode and validate but are not compiled."""

MAX_TABLE_SIZE = 10_000_000
"""Initial elements of a table; the limit of the JavaScript embedding.  Without one, a few bytes could ask for 64 GiB."""

_TYPE_FEATURES = {ValType.V128: Feature.SIMD, ValType.EXTERNREF: Feature.EXTERNREF}

# How block types, select_t and ref.null name v128 or externref, in bytes: bodies without
# such a sequence need not be decoded again.
_TYPE_IN_BODY = re.compile(rb"[\x02-\x04\xd0][\x7b\x6f]|\x1c\x01[\x7b\x6f]")

Use = tuple[Feature, str, int | None, str | None]
"""(feature, what uses it, byte offset in the file, place)."""


def check_supported(module: Module) -> None:
    """Check that a validated module can be compiled.

    Raises `UnsupportedError` for the first use of a feature in `UNSUPPORTED`.
    """
    for feature, what, offset, where in _uses(module):
        if feature in UNSUPPORTED:
            raise unsupported(feature, what, offset, where)
    if len(module.memories) > MAX_MEMORIES:
        raise UnsupportedError(f"not supported: more than {MAX_MEMORIES} memories", None, "memory section")
    for index, table in enumerate(module.tables):
        if table.limits.minimum > MAX_TABLE_SIZE:
            raise UnsupportedError(f"not supported: more than {MAX_TABLE_SIZE} elements", None, f"table {index}")


def _uses(module: Module) -> Iterator[Use]:
    if len(module.memories) > 1:
        yield Feature.MULTI_MEMORY, f"{len(module.memories)} memories", None, None
    for what, type_ in _declared_types(module):
        if type_ in _TYPE_FEATURES:
            yield _TYPE_FEATURES[type_], what, None, None
    yield from _operators(module)
    yield from _types_in_bodies(module)


def _declared_types(module: Module) -> Iterator[tuple[str, ValType]]:
    """All value types outside of bodies, and what has them."""
    for index, table in enumerate(module.tables):
        yield f"table {index}", table.element
    for index, item in enumerate(module.globals):
        yield f"global {index}", item.type.value
    for index, segment in enumerate(module.elements):
        yield f"element segment {index}", segment.type
    for function, type_index in enumerate(module.functions):
        type_ = module.types[type_index]
        for value in type_.params + type_.results:
            yield f"the type of {module.describe_function(function)}", value
    for function, code in enumerate(module.code, module.imported_functions):
        for value in dict.fromkeys(code.locals):
            yield f"a local of {module.describe_function(function)}", value
    for index, type_ in enumerate(module.types):
        for value in type_.params + type_.results:
            yield f"type {index}", value


def _operators(module: Module) -> Iterator[Use]:
    assert module.first_uses is not None, "check_supported needs a validated module"
    for code, (function, offset) in module.first_uses.items():
        operator = OPERATORS[code]
        place = module.code_of(function).offset + offset
        yield operator.feature, operator.name, place, module.describe_function(function)


def _types_in_bodies(module: Module) -> Iterator[Use]:
    for function, code in enumerate(module.code, module.imported_functions):
        if _TYPE_IN_BODY.search(code.body) is None:
            continue
        for op, offset, immediate in decode_body(module, code):
            if isinstance(immediate, FuncType):
                types = immediate.params + immediate.results
            elif isinstance(immediate, ValType):
                types = (immediate,)
            elif isinstance(immediate, tuple):
                types = tuple(t for t in immediate if isinstance(t, ValType))
            else:
                continue
            for type_ in types:
                if type_ in _TYPE_FEATURES:
                    yield _TYPE_FEATURES[type_], OPERATORS[op].name, code.offset + offset, module.describe_function(function)
