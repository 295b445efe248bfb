"""Validation of function bodies: the algorithm of the specification's appendix (WebAssembly 2.0, section 7.3).

An operand stack of types and a stack of control frames follow the instructions.  In code
that cannot be reached the operand stack is polymorphic: popping below the frame's height
gives an unknown type, None, which fits every type.

Everything is driven by the columns of the operator table.  Operators whose types the table
gives are checked by one comparison of the top of the stack (`_TYPED`); where it gives type
variables, `wanco.wasm.scope.TYPE_OF` resolves them first; `wanco.wasm.scope.CHECKS` adds what immediates need.  The
others have one function each for their flow and immediate (`_CONTROL`).  The loop handles
itself what makes up most of real code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wanco.errors import ValidationError
from wanco.wasm.columns import Effect, Flow, Imm, Operator, TypeVariable
from wanco.wasm.module import Code, Instr, Module
from wanco.wasm.opcodes import FLOW, OPERATORS, with_effects
from wanco.wasm.scope import CHECKS, FUNCREF, I32, TYPE_OF, Check, Operand, Scope, check_index
from wanco.wasm.types import FuncType, ValType

MAX_OPERANDS = 1_000_000
"""Values on the operand stack.  A limit of ours: calls with a thousand results let a small
module ask for a huge stack."""


class _Frame:
    """A control frame: what opened it (or its second arm), the block's type, the operand stack's
    height below its parameters, and whether the code at this point cannot be reached."""

    __slots__ = ("flow", "height", "type", "unreachable")

    def __init__(self, flow: Flow, type_: FuncType, height: int) -> None:
        self.flow = flow
        self.type = type_
        self.height = height
        self.unreachable = False

    @property
    def label_types(self) -> tuple[ValType, ...]:
        """Types that a branch to this frame carries."""
        return self.type.params if self.flow is _LOOP else self.type.results


class BodyValidator:
    """Validates the bodies of one module's functions."""

    def __init__(self, module: Module, declared: set[int]) -> None:
        self._module = module
        self._scope = Scope(module, declared)
        self._stack: list[Operand] = []
        self._frames: list[_Frame] = []
        limits = [memory.limits for memory in module.memories] + [table.limits for table in module.tables]
        self._typed = _TYPED_32 if all(item.index is I32 for item in limits) else _TYPED

    def validate(self, function: int, code: Code, instrs: Sequence[Instr]) -> None:
        """Check the body of ``function``; ``instrs`` is its decoded form.

        Raises `ValidationError` with the offset in the file and the function's name.
        """
        scope = self._scope
        type_ = scope.func_types[function]
        scope.locals = locals_ = type_.params + code.locals
        self._stack = stack = []
        self._frames = frames = [_Frame(_BLOCK, FuncType((), type_.results), 0)]
        local_count = len(locals_)
        typed = self._typed
        height = 0
        op = offset = 0
        try:
            for op, offset, immediate in instrs:  # noqa: B007 (used where the error is caught)
                if op == _LOCAL_GET:
                    if immediate >= local_count:
                        raise ValidationError(f"unknown local {immediate}")
                    stack.append(locals_[immediate])
                elif op in _WRITING_LOCAL and immediate < local_count and len(stack) > height and stack[-1] is locals_[immediate]:
                    if op in _POPPING:
                        del stack[-1]
                elif op in typed:
                    params, arity, results, check = typed[op]
                    if check is not None:
                        check(scope, op, immediate)
                    if not arity:
                        stack += results
                    elif stack[-arity:] == params and len(stack) - arity >= height:
                        stack[-arity:] = results
                    else:
                        self._pop_all(params)
                        stack += results
                else:
                    _RULES[op](self, op, immediate)
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
        flow = FLOW[op]
        if flow is _IF:
            self._pop(I32)
        self._pop_all(type_.params)
        self._frames.append(_Frame(flow, type_, len(self._stack)))
        self._push_all(type_.params)

    def _close(self) -> _Frame:
        frame = self._frames[-1]
        self._pop_all(frame.type.results)
        if len(self._stack) != frame.height:
            raise ValidationError(f"type mismatch: {len(self._stack) - frame.height} values too many at the end of a block")
        return frame

    def _else(self, _: int, __: None) -> None:
        frame = self._close()
        frame.flow = _ELSE
        frame.unreachable = False
        self._push_all(frame.type.params)

    def _end(self, _: int, __: None) -> None:
        frame = self._close()
        if frame.flow is _IF and frame.type.params != frame.type.results:
            raise ValidationError(f"type mismatch: if without else of type {frame.type}")
        self._frames.pop()
        self._push_all(frame.type.results)

    def _label_types(self, label: int) -> tuple[ValType, ...]:
        if label >= len(self._frames):
            raise ValidationError(f"unknown label {label}")
        return self._frames[-1 - label].label_types

    def _branch(self, _: int, label: int) -> None:
        self._pop_all(self._label_types(label))
        self._unreachable()

    def _branch_if(self, _: int, label: int) -> None:
        types = self._label_types(label)
        self._pop(I32)
        self._pop_all(types)
        self._push_all(types)

    def _branch_table(self, _: int, immediate: tuple[tuple[int, ...], int]) -> None:
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

    def _return(self, _: int, __: None) -> None:
        self._pop_all(self._frames[0].type.results)
        self._unreachable()

    def _trap(self, _: int, __: None) -> None:
        self._unreachable()

    # Calls

    def _indirect_type(self, immediate: tuple[int, int]) -> FuncType:
        type_index, table = immediate
        element = self._scope.table_element(table)
        if element is not FUNCREF:
            raise ValidationError(f"type mismatch: table {table} holds {element}, not funcref")
        check_index(type_index, len(self._module.types), "type")
        self._pop(self._module.tables[table].limits.index)
        return self._module.types[type_index]

    def _call(self, _: int, function: int) -> None:
        self._called(self._scope.function_type(function))

    def _call_indirect(self, _: int, immediate: tuple[int, int]) -> None:
        self._called(self._indirect_type(immediate))

    def _called(self, type_: FuncType) -> None:
        self._pop_all(type_.params)
        self._push_all(type_.results)

    def _tail_call(self, _: int, function: int) -> None:
        self._left(self._scope.function_type(function))

    def _tail_call_indirect(self, _: int, immediate: tuple[int, int]) -> None:
        self._left(self._indirect_type(immediate))

    def _left(self, type_: FuncType) -> None:
        """A tail call of a function of this type."""
        results = self._frames[0].type.results
        if type_.results != results:
            raise ValidationError(f"type mismatch: tail call of a function of type {type_} in one that returns {FuncType((), results)}")
        self._pop_all(type_.params)
        self._unreachable()

    # Operators whose types the table does not give alone

    def _select(self, _: int, __: None) -> None:
        self._pop(I32)
        second = self._pop()
        first = self._pop(second)
        for operand in (first, second):
            if operand is not None and operand.is_reference:
                raise ValidationError(f"type mismatch: select without types on {operand}")
        self._stack.append(second if first is None else first)

    def _resolved(self, op: int, immediate: Any) -> None:
        """An operator with type variables, which its immediate and the module resolve."""
        operator = OPERATORS[op]
        check = CHECKS.get(op)
        scope = self._scope
        if check is not None:
            check(scope, op, immediate)
        kind = operator.immediate
        params, results = (
            [type_ if isinstance(type_, ValType) else TYPE_OF[type_, kind](scope, immediate) for type_ in types]
            for types in (operator.params or (), operator.results or ())
        )
        popped = self._pop_all(params)
        if operator.params == (TypeVariable.REFERENCE,) and popped[0] is not None and not popped[0].is_reference:
            raise ValidationError(f"type mismatch: expected a reference, found {popped[0]}")
        self._stack += results


def _fits(actual: Operand, expected: Operand) -> bool:
    return actual is expected or actual is None or expected is None


_BLOCK, _LOOP, _IF, _ELSE = Flow.BLOCK, Flow.LOOP, Flow.IF, Flow.ELSE  # to find a member takes long
(_LOCAL_GET,) = with_effects(Effect.READS_LOCAL)
_WRITING_LOCAL = with_effects(Effect.WRITES_LOCAL)
_POPPING = frozenset(code for code in _WRITING_LOCAL if not OPERATORS[code].results)
"""Those of them that leave no value."""

_Typed = dict[int, tuple[list[ValType], int, list[ValType], Check | None]]
"""Operator code: (params, their number, results, check of the immediate)."""


def _typed(known: Mapping[TypeVariable, ValType]) -> _Typed:
    """The operators whose types the table gives, those of some type variables being known."""
    typed: _Typed = {}
    for code, operator in OPERATORS.items():
        if operator.params is not None and operator.results is not None:
            params, results = (
                [t if isinstance(t, ValType) else known.get(t) for t in types] for types in (operator.params, operator.results)
            )
            if None not in params + results:
                typed[code] = [t for t in params if t], len(params), [t for t in results if t], CHECKS.get(code)
    return typed


_TYPED = _typed({})
_TYPED_32 = _typed(dict.fromkeys((TypeVariable.INDEX, TypeVariable.SOURCE_INDEX, TypeVariable.LENGTH), I32))
"""Those for modules in which i32 addresses all memories and indexes all tables."""

_Rule = Callable[[BodyValidator, int, Any], None]

_CONTROL: dict[tuple[Flow, Imm], _Rule] = {
    (Flow.TRAP, Imm.NONE): BodyValidator._trap,
    (Flow.BLOCK, Imm.BLOCK): BodyValidator._open,
    (Flow.LOOP, Imm.BLOCK): BodyValidator._open,
    (Flow.IF, Imm.BLOCK): BodyValidator._open,
    (Flow.ELSE, Imm.NONE): BodyValidator._else,
    (Flow.END, Imm.NONE): BodyValidator._end,
    (Flow.BRANCH, Imm.LABEL): BodyValidator._branch,
    (Flow.BRANCH, Imm.LABELS): BodyValidator._branch_table,
    (Flow.BRANCH_IF, Imm.LABEL): BodyValidator._branch_if,
    (Flow.RETURN, Imm.NONE): BodyValidator._return,
    (Flow.CALL, Imm.FUNCTION): BodyValidator._call,
    (Flow.CALL, Imm.TYPE_TABLE): BodyValidator._call_indirect,
    (Flow.TAIL_CALL, Imm.FUNCTION): BodyValidator._tail_call,
    (Flow.TAIL_CALL, Imm.TYPE_TABLE): BodyValidator._tail_call_indirect,
}


def _rule(operator: Operator) -> _Rule:
    if operator.flow is not Flow.NEXT:
        return _CONTROL[operator.flow, operator.immediate]
    return BodyValidator._select if operator.params is None else BodyValidator._resolved


_RULES = {code: _rule(operator) for code, operator in OPERATORS.items() if code not in _TYPED}
"""What checks the operators that are not in `_TYPED`."""
