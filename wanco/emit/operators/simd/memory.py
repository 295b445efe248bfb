"""Loads and stores of vectors and of their lanes."""

from __future__ import annotations

from collections.abc import Callable

from wanco.emit.ir.values import V128
from wanco.emit.operators.access import address, load
from wanco.emit.operators.computations import EXTENSIONS
from wanco.emit.operators.simd.shapes import I64X2, INTEGERS, Shape, V, extract, insert, pop_as, push_from, splat, wider
from wanco.emit.stores import store_now
from wanco.emit.translation import Handler, Translation

Immediate = tuple[int, ...]


def _pop_address(t: Translation, immediate: Immediate) -> str:
    return address(t, t.pop(), immediate[2], immediate[0])


def _load(kind: str, build: Callable[[Translation, str], None]) -> Handler:
    """A load whose address is on the stack; ``build`` pushes the value made of what is loaded."""
    return lambda t, immediate, index: build(t, load(t, kind, _pop_address(t, immediate)))


def _load_extended(shape: Shape, extend: str) -> Handler:
    narrow, wide = f"<{shape.count // 2} x {shape.lane}>", wider(shape)
    return _load(narrow, lambda t, name: push_from(t, wide, t.ir.cast(extend, narrow, name, wide.type)))


def _load_splat(shape: Shape) -> Handler:
    return _load(shape.lane, lambda t, name: push_from(t, shape, splat(t, shape, name)))


def _load_zero(shape: Shape) -> Handler:
    return _load(shape.lane, lambda t, name: push_from(t, shape, insert(t, shape, "zeroinitializer", name, 0)))


def _load_lane(shape: Shape) -> Handler:
    def handler(t: Translation, immediate: Immediate, index: int) -> None:
        vector = pop_as(t, shape)
        name = load(t, shape.lane, _pop_address(t, immediate))
        push_from(t, shape, insert(t, shape, vector, name, immediate[3]))

    return handler


def _store_lane(shape: Shape) -> Handler:
    def handler(t: Translation, immediate: Immediate, index: int) -> None:
        lane = extract(t, shape, pop_as(t, shape), immediate[3])
        store_now(t, shape.lane, lane, _pop_address(t, immediate))

    return handler


def _store(t: Translation, immediate: Immediate, index: int) -> None:
    operand = t.nan.exact(V128, t.pop())
    store_now(t, V, operand, _pop_address(t, immediate))


def _accesses(shape: Shape) -> dict[str, Handler]:
    """Accesses of single lanes, and of half a vector that is widened."""
    handlers = {
        f"v128.load{shape.bits}_splat": _load_splat(shape),
        f"v128.load{shape.bits}_lane": _load_lane(shape),
        f"v128.store{shape.bits}_lane": _store_lane(shape),
    }
    if shape.bits >= 32:
        handlers[f"v128.load{shape.bits}_zero"] = _load_zero(shape)
    if shape is not I64X2:
        for sign, op in EXTENSIONS.items():
            handlers[f"v128.load{shape.bits}x{shape.count // 2}_{sign}"] = _load_extended(shape, op)
    return handlers


HANDLERS: dict[str, Handler] = {
    "v128.load": _load(V, lambda t, name: t.push(V128, name)),
    "v128.store": _store,
    **{name: handler for shape in INTEGERS for name, handler in _accesses(shape).items()},
}
