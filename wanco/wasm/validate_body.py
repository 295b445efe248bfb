"""Validation of function bodies: the algorithm of the specification's appendix (WebAssembly 2.0, section 7.3).

An operand stack of types and a stack of control frames follow the instructions.  In code
that cannot be reached the operand stack is polymorphic: popping below the frame's height
gives an unknown type, None, which fits every type.

Operators whose types the table gives are checked by one comparison of the top of the
stack; `_IMMEDIATES` adds what their immediates need.  The others have one function each
in `_SPECIAL`, except the few that make up most of real code, which the loop handles
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wanco.errors import ValidationError
from wanco.wasm.module import Code, Instr, Module
from wanco.wasm.opcodes import BY_NAME, OPERATORS, Imm
from wanco.wasm.types import FuncType, ValType

Operand = ValType | None
"""Type of a value on the operand stack; None is unknown (unreachable code)."""

MAX_OPERANDS = 1_000_000
"""Values on the operand stack.  A limit of ours: calls with a thousand results let a small
module ask for a huge stack."""

I32 = ValType.I32
FUNCREF = ValType.FUNCREF


class _Frame:
    """A control frame: the operator that opened it, the block's type, the operand stack's
    height below its parameters, and whether the code at this point cannot be reached."""

    __slots__ = ("height", "op", "type", "unreachable")

    def __init__(self, op: int, type_: FuncType, height: int) -> None:
        self.op = op
        self.type = type_
        self.height = height
        self.unreachable = False

    @property
    def label_types(self) -> tuple[ValType, ...]:
        """Types that a branch to this frame carries."""
        return self.type.params if self.op == _OP_LOOP else self.type.results


class BodyValidator:
    """Validates the bodies of one module's functions."""

    def __init__(self, module: Module, declared: set[int]) -> None:
        self._module = module
        self._declared = declared
        self._func_types = [module.types[i] for i in module.functions]
        self._locals: tuple[ValType, ...] = ()
        self._stack: list[Operand] = []
        self._frames: list[_Frame] = []

    def validate(self, function: int, code: Code, instrs: Sequence[Instr]) -> None:
        """Check the body of ``function``; ``instrs`` is its decoded form.

        Raises `ValidationError` with the offset in the file and the function's name.
        """
        type_ = self._func_types[function]
        self._locals = locals_ = type_.params + code.locals
        self._stack = stack = []
        self._frames = frames = [_Frame(_OP_BLOCK, FuncType((), type_.results), 0)]
        local_count = len(locals_)
        height = 0
        op = offset = 0
        try:
            for op, offset, immediate in instrs:  # noqa: B007 (used where the error is caught)
                if op == _OP_LOCAL_GET:
                    if immediate >= local_count:
                        raise ValidationError(f"unknown local {immediate}")
                    stack.append(locals_[immediate])
                elif op == _OP_LOCAL_SET and immediate < local_count and len(stack) > height and stack[-1] is locals_[immediate]:
                    del stack[-1]
                elif op in _TYPED:
                    params, arity, results, check = _TYPED[op]
                    if check is not None:
                        check(self, op, immediate)
                    if not arity:
                        stack += results
                    elif stack[-arity:] == params and len(stack) - arity >= height:
                        stack[-arity:] = results
                    else:
                        self._pop_all(params)
                        stack += results
                else:
                    _SPECIAL[op](self, immediate)
                    height = frames[-1].height if frames else 0
        except ValidationError as error:
            reason = f"{error.reason} ({OPERATORS[op].name})"
            raise ValidationError(reason, code.offset + offset, self._module.describe_function(function)) from None

    # The operand stack

    def _pop(self, expected: Operand = None) -> Operand:
        """Pop a value that must have the type ``expected`` (None: any); returns its type."""
        stack = self._stack
        frame = self._frames[-1]
        if len(stack) == frame.height:
            if frame.unreachable:
                return None
            raise ValidationError(f"type mismatch: expected {expected or 'a value'}, found nothing")
        actual = stack.pop()
        if actual is not expected and actual is not None and expected is not None:
            raise ValidationError(f"type mismatch: expected {expected}, found {actual}")
        return actual

    def _pop_all(self, types: Sequence[Operand]) -> list[Operand]:
        """Pop values of the given types, the last one first; returns their types in order."""
        if not types:
            return []
        stack = self._stack
        frame = self._frames[-1]
        first = len(stack) - len(types)
        if frame.unreachable and first < frame.height:
            missing, first = frame.height - first, frame.height
        else:
            missing = 0
        top = stack[first:] if first >= frame.height else []
        wanted = types[missing:]
        if len(top) == len(wanted) and (top == list(wanted) or all(map(_fits, top, wanted))):
            del stack[first:]
            return [None] * missing + top
        popped = [self._pop(expected) for expected in reversed(types)]
        popped.reverse()
        return popped

    def _push_all(self, types: Sequence[Operand]) -> None:
        self._stack += types
        if len(self._stack) > MAX_OPERANDS:
            raise ValidationError(f"more than {MAX_OPERANDS} values on the operand stack")

    def _unreachable(self) -> None:
        """The code after this point cannot be reached."""
        frame = self._frames[-1]
        del self._stack[frame.height :]
        frame.unreachable = True

    # Control

    def _open(self, op: int, type_: FuncType) -> None:
        self._pop_all(type_.params)
        self._frames.append(_Frame(op, type_, len(self._stack)))
        self._push_all(type_.params)

    def _block(self, type_: FuncType) -> None:
        self._open(_OP_BLOCK, type_)

    def _loop(self, type_: FuncType) -> None:
        self._open(_OP_LOOP, type_)

    def _if(self, type_: FuncType) -> None:
        self._pop(I32)
        self._open(_OP_IF, type_)

    def _close(self) -> _Frame:
        frame = self._frames[-1]
        self._pop_all(frame.type.results)
        if len(self._stack) != frame.height:
            raise ValidationError(f"type mismatch: {len(self._stack) - frame.height} values too many at the end of a block")
        return frame

    def _else(self, _: None) -> None:
        frame = self._close()
        frame.op = _OP_ELSE
        frame.unreachable = False
        self._push_all(frame.type.params)

    def _end(self, _: None) -> None:
        frame = self._close()
        if frame.op == _OP_IF and frame.type.params != frame.type.results:
            raise ValidationError(f"type mismatch: if without else of type {frame.type}")
        self._frames.pop()
        self._push_all(frame.type.results)

    def _label_types(self, label: int) -> tuple[ValType, ...]:
        if label >= len(self._frames):
            raise ValidationError(f"unknown label {label}")
        return self._frames[-1 - label].label_types

    def _br(self, label: int) -> None:
        self._pop_all(self._label_types(label))
        self._unreachable()

    def _br_if(self, label: int) -> None:
        types = self._label_types(label)
        self._pop(I32)
        self._pop_all(types)
        self._push_all(types)

    def _br_table(self, immediate: tuple[tuple[int, ...], int]) -> None:
        labels, default = immediate
        self._pop(I32)
        default_types = self._label_types(default)
        # Equal types are one object as a rule; hashing long ones for each label would take long.
        distinct = {id(types): types for types in map(self._label_types, set(labels))}
        for types in distinct.values():
            if len(types) != len(default_types):
                raise ValidationError(f"type mismatch: labels carry {len(types)} and {len(default_types)} values")
            self._push_all(self._pop_all(types))
        self._pop_all(default_types)
        self._unreachable()

    def _return(self, _: None) -> None:
        self._pop_all(self._frames[0].type.results)
        self._unreachable()

    def _unreachable_op(self, _: None) -> None:
        self._unreachable()

    # Calls

    def _function_type(self, function: int) -> FuncType:
        _check_index(function, len(self._func_types), "function")
        return self._func_types[function]

    def _indirect_type(self, immediate: tuple[int, int]) -> FuncType:
        type_index, table = immediate
        element = self._table_element(table)
        if element is not FUNCREF:
            raise ValidationError(f"type mismatch: table {table} holds {element}, not funcref")
        _check_index(type_index, len(self._module.types), "type")
        self._pop(I32)
        return self._module.types[type_index]

    def _call(self, function: int) -> None:
        type_ = self._function_type(function)
        self._pop_all(type_.params)
        self._push_all(type_.results)

    def _call_indirect(self, immediate: tuple[int, int]) -> None:
        type_ = self._indirect_type(immediate)
        self._pop_all(type_.params)
        self._push_all(type_.results)

    def _tail_call(self, type_: FuncType) -> None:
        results = self._frames[0].type.results
        if type_.results != results:
            raise ValidationError(f"type mismatch: tail call of a function of type {type_} in one that returns {FuncType((), results)}")
        self._pop_all(type_.params)
        self._unreachable()

    def _return_call(self, function: int) -> None:
        self._tail_call(self._function_type(function))

    def _return_call_indirect(self, immediate: tuple[int, int]) -> None:
        self._tail_call(self._indirect_type(immediate))

    # Parametric operators and variables

    def _drop(self, _: None) -> None:
        self._pop()

    def _select(self, _: None) -> None:
        self._pop(I32)
        second = self._pop()
        first = self._pop(second)
        for operand in (first, second):
            if operand is not None and operand.is_reference:
                raise ValidationError(f"type mismatch: select without types on {operand}")
        self._stack.append(second if first is None else first)

    def _select_t(self, types: tuple[ValType, ...]) -> None:
        if len(types) != 1:
            raise ValidationError(f"invalid result arity {len(types)}")
        self._pop(I32)
        self._pop(types[0])
        self._pop(types[0])
        self._stack += types

    def _local_type(self, local: int) -> ValType:
        _check_index(local, len(self._locals), "local")
        return self._locals[local]

    def _local_set(self, local: int) -> None:
        self._pop(self._local_type(local))

    def _local_tee(self, local: int) -> None:
        type_ = self._local_type(local)
        self._pop(type_)
        self._stack.append(type_)

    def _global_get(self, index: int) -> None:
        _check_index(index, len(self._module.globals), "global")
        self._stack.append(self._module.globals[index].type.value)

    def _global_set(self, index: int) -> None:
        _check_index(index, len(self._module.globals), "global")
        type_ = self._module.globals[index].type
        if not type_.mutable:
            raise ValidationError(f"immutable global {index}")
        self._pop(type_.value)

    # References and tables

    def _table_element(self, table: int) -> ValType:
        _check_index(table, len(self._module.tables), "table")
        return self._module.tables[table].element

    def _ref_null(self, type_: ValType) -> None:
        self._stack.append(type_)

    def _ref_is_null(self, _: None) -> None:
        operand = self._pop()
        if operand is not None and not operand.is_reference:
            raise ValidationError(f"type mismatch: expected a reference, found {operand}")
        self._stack.append(I32)

    def _table_get(self, table: int) -> None:
        element = self._table_element(table)
        self._pop(I32)
        self._stack.append(element)

    def _table_set(self, table: int) -> None:
        self._pop_all((I32, self._table_element(table)))

    def _table_grow(self, table: int) -> None:
        self._pop_all((self._table_element(table), I32))
        self._stack.append(I32)

    def _table_fill(self, table: int) -> None:
        self._pop_all((I32, self._table_element(table), I32))

    # Immediates of operators whose types the table gives

    def _check_memory(self, _: int, memory: int) -> None:
        _check_index(memory, len(self._module.memories), "memory")

    def _check_memories(self, _: int, memories: tuple[int, int]) -> None:
        for memory in memories:
            _check_index(memory, len(self._module.memories), "memory")

    def _check_data(self, _: int, segment: int) -> None:
        _check_index(segment, len(self._module.data), "data segment")

    def _check_data_memory(self, _: int, immediate: tuple[int, int]) -> None:
        segment, memory = immediate
        _check_index(memory, len(self._module.memories), "memory")
        _check_index(segment, len(self._module.data), "data segment")

    def _check_memarg(self, op: int, memarg: tuple[int, int, int]) -> None:
        memory, align, offset = memarg
        if memory >= len(self._module.memories):
            raise ValidationError(f"unknown memory {memory}")
        if align > _NATURAL_ALIGNMENT[op]:
            raise ValidationError(f"alignment must not be larger than natural: 2**{align}")
        if offset > 0xFFFFFFFF:
            raise ValidationError(f"offset out of range: {offset:#x}")

    def _check_memarg_lane(self, op: int, immediate: tuple[int, int, int, int]) -> None:
        self._check_memarg(op, immediate[:3])
        self._check_lane(op, immediate[3])

    def _check_lane(self, op: int, lane: int) -> None:
        if lane >= OPERATORS[op].lanes:
            raise ValidationError(f"invalid lane index {lane}")

    def _check_shuffle(self, op: int, lanes: bytes) -> None:
        self._check_lane(op, max(lanes))

    def _check_table(self, _: int, table: int) -> None:
        _check_index(table, len(self._module.tables), "table")

    def _check_tables(self, _: int, tables: tuple[int, int]) -> None:
        destination, source = (self._table_element(table) for table in tables)
        if destination is not source:
            raise ValidationError(f"type mismatch: copying {source} to a table of {destination}")

    def _check_element(self, _: int, segment: int) -> None:
        _check_index(segment, len(self._module.elements), "elem segment")

    def _check_element_table(self, _: int, immediate: tuple[int, int]) -> None:
        segment, table = immediate
        element = self._table_element(table)
        _check_index(segment, len(self._module.elements), "elem segment")
        source = self._module.elements[segment].type
        if source is not element:
            raise ValidationError(f"type mismatch: copying {source} to a table of {element}")

    def _check_declared(self, _: int, function: int) -> None:
        _check_index(function, len(self._func_types), "function")
        if function not in self._declared:
            raise ValidationError(f"undeclared function reference {function}")


def _fits(actual: Operand, expected: Operand) -> bool:
    return actual is expected or actual is None or expected is None


def _check_index(index: int, count: int, what: str) -> None:
    if index >= count:
        raise ValidationError(f"unknown {what} {index}")


_OP_BLOCK = BY_NAME["block"].code
_OP_LOOP = BY_NAME["loop"].code
_OP_IF = BY_NAME["if"].code
_OP_ELSE = BY_NAME["else"].code
_OP_LOCAL_GET = BY_NAME["local.get"].code
_OP_LOCAL_SET = BY_NAME["local.set"].code

_NATURAL_ALIGNMENT = {code: o.access.bit_length() - 1 for code, o in OPERATORS.items() if o.access}

_IMMEDIATES: dict[Imm, Callable[[BodyValidator, int, Any], None]] = {
    Imm.MEMORY: BodyValidator._check_memory,
    Imm.MEMORY_MEMORY: BodyValidator._check_memories,
    Imm.DATA: BodyValidator._check_data,
    Imm.DATA_MEMORY: BodyValidator._check_data_memory,
    Imm.MEMARG: BodyValidator._check_memarg,
    Imm.MEMARG_LANE: BodyValidator._check_memarg_lane,
    Imm.LANE: BodyValidator._check_lane,
    Imm.SHUFFLE: BodyValidator._check_shuffle,
    Imm.TABLE: BodyValidator._check_table,
    Imm.TABLE_TABLE: BodyValidator._check_tables,
    Imm.ELEMENT: BodyValidator._check_element,
    Imm.ELEMENT_TABLE: BodyValidator._check_element_table,
    Imm.FUNCTION: BodyValidator._check_declared,
}

_TYPED = {
    code: (list(o.params), len(o.params), list(o.results), _IMMEDIATES.get(o.immediate))
    for code, o in OPERATORS.items()
    if o.params is not None and o.results is not None
}
"""Operator code: (params, their number, results, check of the immediate)."""

_SPECIAL_BY_NAME: dict[str, Callable[[BodyValidator, Any], None]] = {
    "unreachable": BodyValidator._unreachable_op,
    "block": BodyValidator._block,
    "loop": BodyValidator._loop,
    "if": BodyValidator._if,
    "else": BodyValidator._else,
    "end": BodyValidator._end,
    "br": BodyValidator._br,
    "br_if": BodyValidator._br_if,
    "br_table": BodyValidator._br_table,
    "return": BodyValidator._return,
    "call": BodyValidator._call,
    "call_indirect": BodyValidator._call_indirect,
    "return_call": BodyValidator._return_call,
    "return_call_indirect": BodyValidator._return_call_indirect,
    "drop": BodyValidator._drop,
    "select": BodyValidator._select,
    "select_t": BodyValidator._select_t,
    "local.set": BodyValidator._local_set,
    "local.tee": BodyValidator._local_tee,
    "global.get": BodyValidator._global_get,
    "global.set": BodyValidator._global_set,
    "table.get": BodyValidator._table_get,
    "table.set": BodyValidator._table_set,
    "table.grow": BodyValidator._table_grow,
    "table.fill": BodyValidator._table_fill,
    "ref.null": BodyValidator._ref_null,
    "ref.is_null": BodyValidator._ref_is_null,
}
_SPECIAL = {BY_NAME[name].code: method for name, method in _SPECIAL_BY_NAME.items()}
