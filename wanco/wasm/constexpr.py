"""Evaluation of constant expressions (WebAssembly 2.0, section 3.3.10; arithmetic from 3.0).

Values are bit patterns: integers unsigned, floats by their bits, v128 as a little-endian
integer of 128 bits; a reference is a function index, or None where it is null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from wanco.abi.layout import ExternKind
from wanco.errors import LinkError
from wanco.wasm.columns import Imm
from wanco.wasm.module import ConstExpr, Module
from wanco.wasm.opcodes import BY_NAME, OPERATORS

Value = int | None

_CONSTANTS: dict[int, Callable[[int], int]] = {
    BY_NAME["i32.const"].code: lambda value: value & 0xFFFFFFFF,
    BY_NAME["i64.const"].code: lambda value: value & 0xFFFFFFFFFFFFFFFF,
    BY_NAME["f32.const"].code: int,
    BY_NAME["f64.const"].code: int,
    BY_NAME["ref.func"].code: int,
}
_ARITHMETIC: dict[int, tuple[Callable[[int, int], int], int]] = {
    BY_NAME[f"{type_}.{name}"].code: (function, (1 << bits) - 1)
    for type_, bits in (("i32", 32), ("i64", 64))
    for name, function in (("add", operator.add), ("sub", operator.sub), ("mul", operator.mul))
}
_IMMEDIATE = {code: operator.immediate for code, operator in OPERATORS.items() if operator.constant}


def evaluate(expr: ConstExpr, module: Module, globals: Mapping[int, Value]) -> Value:
    """Value of a validated constant expression of ``module``.

    ``globals`` maps global indices to values, as `global_values` returns them; globals of
    the module that it lacks are evaluated.  Raises `LinkError` where the expression needs
    an imported global whose value is not given.
    """
    stack: list[Value] = []
    for op, _, immediate in expr:
        if op in _CONSTANTS:
            stack.append(_CONSTANTS[op](immediate))
        elif op in _ARITHMETIC:
            function, mask = _ARITHMETIC[op]
            right, left = stack.pop(), stack.pop()
            assert left is not None and right is not None, "validated"
            stack.append(function(left, right) & mask)
        elif _IMMEDIATE[op] is Imm.GLOBAL:
            if immediate not in globals:
                globals = global_values(module, globals, immediate + 1)
            stack.append(globals[immediate])
        elif _IMMEDIATE[op] is Imm.V128:
            stack.append(int.from_bytes(immediate, "little"))
        else:
            assert _IMMEDIATE[op] is Imm.REF_TYPE, "validated"
            stack.append(None)
    return stack[-1]


def global_values(module: Module, imported: Mapping[int, Value], count: int | None = None) -> dict[int, Value]:
    """Initial values of the first ``count`` globals (default: all), in one pass.

    ``imported`` holds the values of imported globals, and any others that are known.
    Raises `LinkError` where one that is needed is missing there.
    """
    values = dict(imported)
    for index, item in enumerate(module.globals[:count]):
        if index in values:
            continue
        if item.init is None:
            origin = module.imported(ExternKind.GLOBAL)[index]
            raise LinkError(f"the value of the imported global {origin.module}.{origin.name} is not known")
        values[index] = evaluate(item.init, module, values)
    return values
