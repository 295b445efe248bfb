"""Validation of modules (WebAssembly 2.0, chapter 3, and tail calls of 3.0).

Function bodies are checked by `wanco.wasm.validate_body`; here are the rules for
everything else.  Messages start with the wording of the official test suite.
"""

from __future__ import annotations

from collections.abc import Iterable

from wanco.abi.layout import ExternKind
from wanco.errors import ValidationError
from wanco.wasm.columns import Imm, OperandType
from wanco.wasm.decode import decode_body
from wanco.wasm.module import ConstExpr, Module
from wanco.wasm.opcodes import OPERATORS, REFERRING
from wanco.wasm.types import FuncType, Limits, ValType
from wanco.wasm.validate_body import BodyValidator

MAX_PAGES = 65536
"""Pages of a memory with 32-bit addresses (section 3.2.5)."""

MAX_ELEMENTS = 0xFFFFFFFF
"""Elements of a table (section 3.2.4)."""


def validate(module: Module) -> None:
    """Check a decoded module.

    Decodes every function body once.  Raises `ValidationError`, and whatever `decode_body`
    raises.
    """
    _check_functions(module)
    _check_tables_and_memories(module)
    _check_globals(module)
    _check_exports(module)
    _check_start(module)
    _check_elements(module)
    _check_data(module)
    _check_bodies(module)


def _check_index(index: int, count: int, what: str, where: str, offset: int | None = None) -> None:
    if index >= count:
        raise ValidationError(f"unknown {what} {index}", offset, where)


def _check_functions(module: Module) -> None:
    for index, type_index in enumerate(module.functions):
        if type_index >= len(module.types):
            raise ValidationError(f"unknown type {type_index}", None, f"function {index}")


def _check_limits(limits: Limits, where: str) -> None:
    if limits.maximum is not None and limits.minimum > limits.maximum:
        raise ValidationError("size minimum must not be greater than maximum", None, where)


def _check_tables_and_memories(module: Module) -> None:
    for index, table in enumerate(module.tables):
        if max(table.limits.minimum, table.limits.maximum or 0) > MAX_ELEMENTS:
            raise ValidationError(f"table size must be at most {MAX_ELEMENTS} elements", None, f"table {index}")
        _check_limits(table.limits, f"table {index}")
    for index, memory in enumerate(module.memories):
        where = f"memory {index}"
        if max(memory.limits.minimum, memory.limits.maximum or 0) > MAX_PAGES:
            raise ValidationError(f"memory size must be at most {MAX_PAGES} pages (4GiB)", None, where)
        _check_limits(memory.limits, where)


def _check_globals(module: Module) -> None:
    for index, item in enumerate(module.globals):
        if item.init is not None:
            _check_const(module, item.init, item.type.value, index, f"global {index}")


def _check_exports(module: Module) -> None:
    counts = {
        ExternKind.FUNCTION: ("function", len(module.functions)),
        ExternKind.TABLE: ("table", len(module.tables)),
        ExternKind.MEMORY: ("memory", len(module.memories)),
        ExternKind.GLOBAL: ("global", len(module.globals)),
    }
    seen: set[str] = set()
    for export in module.exports:
        where = f"export {export.name!a}"
        what, count = counts[export.kind]
        _check_index(export.index, count, what, where)
        if export.name in seen:
            raise ValidationError("duplicate export name", None, where)
        seen.add(export.name)


def _check_start(module: Module) -> None:
    if module.start is None:
        return
    _check_index(module.start, len(module.functions), "function", "start section")
    if module.func_type(module.start) != FuncType((), ()):
        raise ValidationError("start function must have type [] -> []", None, "start section")


def _check_elements(module: Module) -> None:
    for index, segment in enumerate(module.elements):
        where = f"element segment {index}"
        if segment.offset is not None:
            _check_index(segment.table, len(module.tables), "table", where)
            element = module.tables[segment.table].element
            if element is not segment.type:
                raise ValidationError(f"type mismatch: table of {element}, elements of {segment.type}", None, where)
            _check_const(module, segment.offset, module.tables[segment.table].limits.index, len(module.globals), where)
        for item in segment.items:
            _check_const(module, item, segment.type, len(module.globals), where)


def _check_data(module: Module) -> None:
    for index, segment in enumerate(module.data):
        if segment.offset is not None:
            where = f"data segment {index}"
            _check_index(segment.memory, len(module.memories), "memory", where)
            _check_const(module, segment.offset, module.memories[segment.memory].limits.index, len(module.globals), where)


# Constant expressions (section 3.3.10; arithmetic and globals of the module itself from 3.0).


def _check_const(module: Module, expr: ConstExpr, expected: ValType, globals_visible: int, where: str) -> None:
    """Check a constant expression that may read the first ``globals_visible`` globals."""
    stack: list[OperandType] = []
    for op, offset, immediate in expr:
        operator = OPERATORS[op]
        if not operator.constant:
            raise ValidationError(f"constant expression required, not {operator.name}", offset, where)
        params, results = operator.params or (), operator.results or ()
        if operator.immediate is Imm.GLOBAL:
            results = (_const_global(module, immediate, globals_visible, offset, where),)
        elif operator.immediate is Imm.REF_TYPE:
            results = (immediate,)
        elif operator.immediate is Imm.FUNCTION:
            _check_index(immediate, len(module.functions), "function", where, offset)
        if params:
            if tuple(stack[-len(params) :]) != params:
                raise ValidationError(f"type mismatch: {operator.name} expects {_list(params)}, found {_list(stack)}", offset, where)
            del stack[-len(params) :]
        stack += results
    if stack != [expected]:
        place = expr[-1][1] if expr else None
        raise ValidationError(f"type mismatch: expected a constant of type {expected}, found {_list(stack)}", place, where)


def _const_global(module: Module, index: int, visible: int, offset: int, where: str) -> ValType:
    _check_index(index, visible, "global", where, offset)
    type_ = module.globals[index].type
    if type_.mutable:
        raise ValidationError(f"constant expression required: global {index} is mutable", offset, where)
    return type_.value


def _list(types: Iterable[OperandType]) -> str:
    return f"[{' '.join(map(str, types))}]"


# Bodies


def declared_functions(module: Module) -> set[int]:
    """Functions that ``ref.func`` in a body may name: those that occur outside of bodies (section 3.4.10)."""
    declared = {e.index for e in module.exports if e.kind is ExternKind.FUNCTION}
    exprs = [item.init for item in module.globals if item.init is not None]
    exprs += [item for segment in module.elements for item in segment.items]
    declared.update(immediate for expr in exprs for op, _, immediate in expr if op in REFERRING)
    return declared


def _check_bodies(module: Module) -> None:
    validator = BodyValidator(module, declared_functions(module))
    for function, code in enumerate(module.code, module.imported_functions):
        validator.validate(function, code, decode_body(module, code))
