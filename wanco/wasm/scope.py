"""What a function body refers to by its immediates: checks of the indices, and the types of what they name.

`CHECKS` has by operator code what must be true of its immediate, `TYPE_OF` what the type variables of
its signature stand for (`wanco.wasm.columns.TypeVariable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wanco.errors import ValidationError
from wanco.wasm.columns import Effect, Imm, TypeVariable
from wanco.wasm.module import Module
from wanco.wasm.opcodes import FLOW, OPERATORS, with_effects
from wanco.wasm.types import FuncType, ValType

Operand = ValType | None
"""Type of a value on the operand stack; None is unknown (unreachable code), or any."""

I32 = ValType.I32
FUNCREF = ValType.FUNCREF


class Scope:
    """The index spaces that a body sees.

    ``declared`` are the functions that it may refer to, ``locals`` are those of the function at hand.
    All methods raise `ValidationError`.
    """

    def __init__(self, module: Module, declared: set[int]) -> None:
        self.module = module
        self.declared = declared
        self.func_types = [module.types[i] for i in module.functions]
        self.locals: tuple[ValType, ...] = ()

    # Types of what an immediate names

    def function_type(self, function: int) -> FuncType:
        check_index(function, len(self.func_types), "function")
        return self.func_types[function]

    def any_type(self, _: object) -> Operand:
        return None

    def local_type(self, local: int) -> ValType:
        check_index(local, len(self.locals), "local")
        return self.locals[local]

    def global_type(self, index: int) -> ValType:
        check_index(index, len(self.module.globals), "global")
        return self.module.globals[index].type.value

    def table_element(self, table: int) -> ValType:
        check_index(table, len(self.module.tables), "table")
        return self.module.tables[table].element

    def type_itself(self, type_: ValType) -> ValType:
        return type_

    def only_type(self, types: tuple[ValType, ...]) -> ValType:
        if len(types) != 1:
            raise ValidationError(f"invalid result arity {len(types)}")
        return types[0]

    def memory_index(self, memory: int) -> ValType:
        return self.module.memories[memory].limits.index

    def table_index(self, table: int) -> ValType:
        return self.module.tables[table].limits.index

    # Checks of immediates

    def check_memory(self, _: int, memory: int) -> None:
        check_index(memory, len(self.module.memories), "memory")

    def check_memories(self, _: int, memories: tuple[int, int]) -> None:
        for memory in memories:
            check_index(memory, len(self.module.memories), "memory")

    def check_data(self, _: int, segment: int) -> None:
        check_index(segment, len(self.module.data), "data segment")

    def check_data_memory(self, _: int, immediate: tuple[int, int]) -> None:
        segment, memory = immediate
        check_index(memory, len(self.module.memories), "memory")
        check_index(segment, len(self.module.data), "data segment")

    def check_memarg(self, op: int, memarg: tuple[int, int, int]) -> None:
        memory, align, offset = memarg
        if memory >= len(self.module.memories):
            raise ValidationError(f"unknown memory {memory}")
        if align > _NATURAL_ALIGNMENT[op]:
            raise ValidationError(f"alignment must not be larger than natural: 2**{align}")
        if offset > 0xFFFFFFFF and self.memory_index(memory) is I32:
            raise ValidationError(f"offset out of range: {offset:#x}")

    def check_memarg_lane(self, op: int, immediate: tuple[int, int, int, int]) -> None:
        self.check_memarg(op, immediate[:3])
        self.check_lane(op, immediate[3])

    def check_lane(self, op: int, lane: int) -> None:
        if lane >= OPERATORS[op].lanes:
            raise ValidationError(f"invalid lane index {lane}")

    def check_shuffle(self, op: int, lanes: bytes) -> None:
        self.check_lane(op, max(lanes))

    def check_table(self, _: int, table: int) -> None:
        check_index(table, len(self.module.tables), "table")

    def check_tables(self, _: int, tables: tuple[int, int]) -> None:
        destination, source = (self.table_element(table) for table in tables)
        if destination is not source:
            raise ValidationError(f"type mismatch: copying {source} to a table of {destination}")

    def check_element(self, _: int, segment: int) -> None:
        check_index(segment, len(self.module.elements), "elem segment")

    def check_element_table(self, _: int, immediate: tuple[int, int]) -> None:
        segment, table = immediate
        element = self.table_element(table)
        check_index(segment, len(self.module.elements), "elem segment")
        source = self.module.elements[segment].type
        if source is not element:
            raise ValidationError(f"type mismatch: copying {source} to a table of {element}")

    def check_mutable(self, _: int, index: int) -> None:
        check_index(index, len(self.module.globals), "global")
        if not self.module.globals[index].type.mutable:
            raise ValidationError(f"immutable global {index}")

    def check_declared(self, _: int, function: int) -> None:
        check_index(function, len(self.func_types), "function")
        if function not in self.declared:
            raise ValidationError(f"undeclared function reference {function}")


def check_index(index: int, count: int, what: str) -> None:
    """Check an index into an index space of ``count`` items."""
    if index >= count:
        raise ValidationError(f"unknown {what} {index}")


_NATURAL_ALIGNMENT = {code: o.access.bit_length() - 1 for code, o in OPERATORS.items() if o.access}

Check = Callable[[Scope, int, Any], None]

_IMMEDIATES: dict[Imm, Check] = {
    Imm.MEMORY: Scope.check_memory,
    Imm.MEMORY_MEMORY: Scope.check_memories,
    Imm.DATA: Scope.check_data,
    Imm.DATA_MEMORY: Scope.check_data_memory,
    Imm.MEMARG: Scope.check_memarg,
    Imm.MEMARG_LANE: Scope.check_memarg_lane,
    Imm.LANE: Scope.check_lane,
    Imm.SHUFFLE: Scope.check_shuffle,
    Imm.TABLE: Scope.check_table,
    Imm.TABLE_TABLE: Scope.check_tables,
    Imm.ELEMENT: Scope.check_element,
    Imm.ELEMENT_TABLE: Scope.check_element_table,
    Imm.FUNCTION: Scope.check_declared,
}

CHECKS: dict[int, Check] = {
    **{code: _IMMEDIATES[o.immediate] for code, o in OPERATORS.items() if o.immediate in _IMMEDIATES},
    **dict.fromkeys((code for code in with_effects(Effect.WRITES_GLOBAL) if code not in FLOW), Scope.check_mutable),
}
"""By operator code the check of the immediate, where there is one."""

TYPE_OF: dict[tuple[TypeVariable, Imm], Callable[[Scope, Any], Operand]] = {
    (TypeVariable.VALUE, Imm.NONE): Scope.any_type,
    (TypeVariable.REFERENCE, Imm.NONE): Scope.any_type,
    (TypeVariable.NAMED, Imm.LOCAL): Scope.local_type,
    (TypeVariable.NAMED, Imm.GLOBAL): Scope.global_type,
    (TypeVariable.NAMED, Imm.TABLE): Scope.table_element,
    (TypeVariable.NAMED, Imm.REF_TYPE): Scope.type_itself,
    (TypeVariable.NAMED, Imm.VAL_TYPES): Scope.only_type,
    (TypeVariable.INDEX, Imm.MEMARG): lambda v, memarg: v.memory_index(memarg[0]),
    (TypeVariable.INDEX, Imm.MEMARG_LANE): lambda v, memarg: v.memory_index(memarg[0]),
    (TypeVariable.INDEX, Imm.MEMORY): Scope.memory_index,
    (TypeVariable.INDEX, Imm.DATA_MEMORY): lambda v, immediate: v.memory_index(immediate[1]),
    (TypeVariable.INDEX, Imm.MEMORY_MEMORY): lambda v, memories: v.memory_index(memories[0]),
    (TypeVariable.SOURCE_INDEX, Imm.MEMORY_MEMORY): lambda v, memories: v.memory_index(memories[1]),
    (TypeVariable.LENGTH, Imm.MEMORY_MEMORY): lambda v, memories: _smaller(map(v.memory_index, memories)),
    (TypeVariable.INDEX, Imm.TABLE): Scope.table_index,
    (TypeVariable.INDEX, Imm.ELEMENT_TABLE): lambda v, immediate: v.table_index(immediate[1]),
    (TypeVariable.INDEX, Imm.TABLE_TABLE): lambda v, tables: v.table_index(tables[0]),
    (TypeVariable.SOURCE_INDEX, Imm.TABLE_TABLE): lambda v, tables: v.table_index(tables[1]),
    (TypeVariable.LENGTH, Imm.TABLE_TABLE): lambda v, tables: _smaller(map(v.table_index, tables)),
}
"""What a type variable stands for, given an immediate that has been checked."""


def _smaller(indices: Iterable[ValType]) -> ValType:
    return I32 if I32 in indices else ValType.I64
