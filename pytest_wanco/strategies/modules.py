"""Strategies for `Command`, a program in the form of a syntax tree."""

from __future__ import annotations

import functools

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_wanco.strategies import ast
from pytest_wanco.strategies.ast import NUMERIC, REFERENCES, TYPES, VALUES, Expression, Function, Statement
from pytest_wanco.strategies.command import Command
from pytest_wanco.strategies.render import BULK, float_bits

_FLOATS = (0.0, 1.5, -2.25, -0.0, 1e30, float("inf"), float("-inf"), 0.1)
NAN_BITS = {"f32": (0x7FC00000, 0xFFC00000, 0x7FA00001), "f64": (0x7FF8000000000000, 0xFFF8000000000000, 0x7FF4000000000001)}
_WIDTH = {"i32": 32, "i64": 64, "v128": 128}

_BINARY = {
    "i32": "add sub mul and or xor shl shr_s shr_u rotl rotr",
    "i64": "add sub mul and or xor shl shr_s shr_u rotl rotr",
    "f32": "add sub mul div min max copysign",
    "f64": "add sub mul div min max copysign",
}
_UNARY = {
    "i32": "clz ctz popcnt eqz extend8_s extend16_s",
    "i64": "clz ctz popcnt extend8_s extend16_s extend32_s",
    "f32": "neg abs sqrt ceil floor trunc nearest",
    "f64": "neg abs sqrt ceil floor trunc nearest",
}
_VECTOR_BINARY = (
    *("v128.xor", "v128.and", "v128.or", "i8x16.add", "i8x16.sub_sat_u", "i8x16.swizzle", "i16x8.mul", "i16x8.narrow_i32x4_s"),
    *("i32x4.add", "i32x4.mul", "i32x4.gt_s", "i64x2.add", "i64x2.sub"),
    *("f32x4.add", "f32x4.mul", "f32x4.div", "f64x2.sub", "f64x2.div", "f64x2.max"),
)
_VECTOR_UNARY = (
    *("v128.not", "i8x16.popcnt", "i32x4.abs", "i32x4.trunc_sat_f32x4_s", "i32x4.extend_low_i16x8_s", "i64x2.neg"),
    *("f32x4.sqrt", "f64x2.neg", "f64x2.abs"),
)

_CONVERSIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "i32": (
        ("i32.wrap_i64", "i64"),
        ("i64.eqz", "i64"),
        ("i32.trunc_sat_f32_s", "f32"),
        ("i32.trunc_sat_f64_u", "f64"),
        ("i32.reinterpret_f32", "f32"),
        ("i32x4.extract_lane 2", "v128"),
        ("i8x16.bitmask", "v128"),
        ("v128.any_true", "v128"),
        ("ref.is_null", "funcref"),
        ("ref.is_null", "externref"),
    ),
    "i64": (
        ("i64.extend_i32_s", "i32"),
        ("i64.extend_i32_u", "i32"),
        ("i64.trunc_sat_f64_s", "f64"),
        ("i64.reinterpret_f64", "f64"),
        ("i64x2.extract_lane 1", "v128"),
    ),
    "f32": (
        ("f32.demote_f64", "f64"),
        ("f32.convert_i32_s", "i32"),
        ("f32.convert_i64_u", "i64"),
        ("f32.reinterpret_i32", "i32"),
        ("f32x4.extract_lane 3", "v128"),
    ),
    "f64": (("f64.promote_f32", "f32"), ("f64.convert_i32_u", "i32"), ("f64.reinterpret_i64", "i64"), ("f64x2.extract_lane 0", "v128")),
    "v128": (("i32x4.splat", "i32"), ("i64x2.splat", "i64"), ("f32x4.splat", "f32"), ("f64x2.splat", "f64")),
}
_LOADS = {
    "i32": ("", "8_s", "8_u", "16_s", "16_u"),
    "i64": ("", "8_u", "16_s", "32_s", "32_u"),
    "f32": ("",),
    "f64": ("",),
    "v128": ("", "32_splat", "8x8_s", "64_zero"),
}
_STORES = {"i32": ("", "8", "16"), "i64": ("", "8", "16", "32"), "f32": ("",), "f64": ("",), "v128": ("",)}

_BULK_KINDS = [kind for kind in BULK if kind.startswith("table")], [kind for kind in BULK if not kind.startswith("table")]

_DEPTH = 3
"""How deep statements nest; expressions in them one less."""

_numbers = st.integers(0, 5)
_types = st.sampled_from(TYPES)


@functools.cache
def constants(type_: str) -> SearchStrategy[Expression]:
    """Constants of a type; small integers and plain floats are the simplest."""
    if type_ in ("f32", "f64"):
        bits = [float_bits(type_, value) for value in _FLOATS] + list(NAN_BITS[type_])
        return st.sampled_from([ast.Const(type_, b) for b in bits])
    if type_ == "funcref":
        return st.integers(0, 3).map(lambda number: ast.Const(type_, number))
    if type_ == "externref":
        return st.just(ast.Const(type_, 0))
    width = _WIDTH[type_]
    special = st.sampled_from([0, 1, 7, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1])
    return (special | st.integers(0, (1 << width) - 1)).map(lambda bits: ast.Const(type_, bits))


@functools.cache
def _leaves(type_: str) -> SearchStrategy[Expression]:
    return st.one_of(constants(type_), st.builds(ast.Local, st.just(type_), _numbers), st.just(ast.Global(type_)))


@functools.cache
def expressions(type_: str, depth: int = _DEPTH) -> SearchStrategy[Expression]:
    """Expressions of a type."""
    if depth <= 0:
        return _leaves(type_)
    return st.one_of(_leaves(type_), st.deferred(lambda: st.one_of(*_nested(type_, depth - 1))))


@functools.cache
def _any_expressions(depth: int) -> SearchStrategy[Expression]:
    """Of any type; alternatives shrink better than what depends on a type drawn before."""
    return st.one_of([expressions(type_, depth) for type_ in TYPES])


def _nested(type_: str, depth: int) -> list[SearchStrategy[Expression]]:
    inner, condition, kind = expressions(type_, depth), expressions("i32", depth), st.just(type_)
    body = bodies(depth, 1)
    found: list[SearchStrategy[Expression]] = [
        *_values(type_, depth),
        st.builds(ast.Tee, kind, _numbers, inner),
        st.builds(ast.Select, kind, condition, inner, inner),
        st.builds(ast.Call, kind, _numbers, st.booleans(), _arguments(depth), _leaves(type_)),
        st.builds(ast.IfValue, kind, condition, body, inner, body, inner),
        st.builds(ast.BlockValue, kind, inner, condition, body, inner),
        st.builds(ast.LoopValue, kind, inner, body),
    ]
    return [*found, st.builds(ast.CallTable, condition, condition)] if type_ == "i32" else found


def _values(type_: str, depth: int) -> list[SearchStrategy[Expression]]:
    """What gives a value of this type only."""
    if type_ in REFERENCES:
        return [st.builds(ast.TableGet, expressions("i32", depth))] if type_ == "funcref" else []
    load = st.builds(ast.Load, st.just(type_), st.sampled_from(_LOADS[type_]), expressions("i32", depth))
    return [*_operations(type_, depth), load]


def _operations(type_: str, depth: int) -> list[SearchStrategy[Expression]]:
    inner, kind = expressions(type_, depth), st.just(type_)
    conversions = [
        st.builds(ast.Operation, kind, st.just(name), st.tuples(expressions(source, depth))) for name, source in _CONVERSIONS[type_]
    ]
    if type_ == "v128":
        unary, binary = list(_VECTOR_UNARY), list(_VECTOR_BINARY)
    else:
        unary, binary = ([f"{type_}.{op}" for op in table[type_].split()] for table in (_UNARY, _BINARY))
    found: list[SearchStrategy[Expression]] = [
        st.builds(ast.Operation, kind, st.sampled_from(binary), st.tuples(inner, inner)),
        st.builds(ast.Operation, kind, st.sampled_from(unary), st.tuples(inner)),
        st.one_of(conversions),
    ]
    if type_ in ("i32", "i64"):
        names = st.sampled_from([f"{type_}.{op}" for op in ("div_u", "rem_u", "div_s", "rem_s")])
        found.append(st.builds(ast.Divide, kind, names, inner, inner))
    if type_ == "i32":
        found += [_comparisons(source, depth) for source in NUMERIC]
    return found


def _comparisons(source: str, depth: int) -> SearchStrategy[Expression]:
    ops = ("eq", "ne", "lt_s", "gt_u", "le_s", "ge_u") if source in ("i32", "i64") else ("eq", "ne", "lt", "gt", "le", "ge")
    operand = expressions(source, depth)
    return st.builds(ast.Operation, st.just("i32"), st.sampled_from([f"{source}.{op}" for op in ops]), st.tuples(operand, operand))


def _arguments(depth: int) -> SearchStrategy[tuple[Expression, ...]]:
    return st.lists(_any_expressions(depth - 1), max_size=3).map(tuple)


@functools.cache
def bodies(depth: int = _DEPTH, most: int = 2) -> SearchStrategy[tuple[Statement, ...]]:
    """Sequences of statements."""
    if depth <= 0:
        return st.just(())
    return st.lists(st.deferred(lambda: statements(depth)), max_size=most).map(tuple)


@functools.cache
def statements(depth: int = _DEPTH) -> SearchStrategy[Statement]:
    """Statements."""
    condition, body = expressions("i32", depth - 1), bodies(depth - 1)
    return st.one_of(
        st.one_of([st.builds(ast.Assign, st.just(t), _numbers, expressions(t, depth - 1)) for t in TYPES]),
        st.one_of([st.builds(ast.AssignGlobal, st.just(t), expressions(t, depth - 1)) for t in TYPES]),
        st.one_of([st.builds(ast.Store, st.just(t), st.sampled_from(_STORES[t]), condition, expressions(t, depth - 1)) for t in VALUES]),
        st.builds(ast.TableSet, condition, expressions("funcref", depth - 1)),
        st.builds(ast.Repeat, st.integers(1, 40), st.sampled_from((1, 2, 4, -1)), body),
        st.builds(ast.Loop, condition, body),
        st.builds(ast.If, condition, body, body),
        st.builds(ast.Block, body),
        st.builds(ast.Leave, _numbers, condition),
        st.builds(ast.Invoke, _numbers, st.booleans(), _arguments(depth)),
        st.builds(ast.TailCall, _numbers, st.booleans(), condition, _arguments(depth)),
        st.builds(
            ast.Switch,
            condition,
            st.lists(body, min_size=1, max_size=3).map(tuple),
            st.lists(_numbers, max_size=4).map(tuple),
        ),
        *(st.builds(ast.Bulk, st.sampled_from(kinds), condition, condition, st.integers(0, 63)) for kinds in _BULK_KINDS),
    )


def functions() -> SearchStrategy[Function]:
    """Functions with up to four parameters and results of any types."""
    types = st.lists(_types, max_size=4).map(tuple)
    results = st.lists(_any_expressions(_DEPTH - 1), max_size=4).map(tuple)
    return st.builds(Function, types, st.lists(_types, max_size=6).map(tuple), bodies(_DEPTH, 5), results)


def commands(*, max_functions: int = 4, max_fuel: int = 200) -> SearchStrategy[Command]:
    """Programs that are valid, terminate, do not trap, and write what they compute.

    Raises:
        ValueError: a limit is below 1.
    """
    if max_functions < 1 or max_fuel < 1:
        raise ValueError("max_functions and max_fuel are at least 1")
    return _commands(max_functions, max_fuel)


@st.composite  # whose representation is short; that of the strategies in it is not
def _commands(draw: st.DrawFn, max_functions: int, max_fuel: int) -> Command:
    starts = st.builds(ast.Start, st.integers(1, max_fuel), _numbers)
    return Command(
        draw(st.lists(functions(), min_size=1, max_size=max_functions).map(tuple)),
        draw(st.lists(starts, min_size=1, max_size=3).map(tuple)),
    )
