"""Stores to linear memory: those of raw floats are put off (`wanco.emit.waiting`), and made behind one test."""

from __future__ import annotations

from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import CANONICAL_NAN, F32, F64, IR_TYPE
from wanco.emit.translation import Translation
from wanco.emit.waiting import Store

UNALIGNED = f", align 1{Tag.MEMORY}"
"""Suffix of an access of linear memory."""


def put_store(t: Translation, store: Store) -> None:
    """Store to linear memory; a raw value waits for others, and so do stores behind it."""
    if not t.ir.live:
        return
    t.streams.store(store.extent.root)
    if store.raw is None and not t.waiting:
        store_now(t, store.kind, store.operand, store.place)
        return
    t.waiting.add(store)
    if t.context.precise_traps or t.waiting.full():
        make_stores(t)


def make_stores(t: Translation) -> None:
    """Test the raw values of the waiting stores for NaNs, and make the stores."""
    stores, raw = t.waiting.take()
    later = _not_needed_for(t, stores)
    names = _canonical_all(t, raw)
    t.ir.extend(later)
    for store in stores:
        store_now(t, store.kind, names.get(store.operand, store.operand), store.place)
    # Wherever the values are read from now on, there is nothing left to do.
    if not names.keys().isdisjoint(t.locals):
        t.locals = [names.get(operand, operand) for operand in t.locals]
    t.stack = [(code, names.get(operand, operand)) for code, operand in t.stack]


def store_now(t: Translation, kind: str, operand: str, place: str) -> None:
    """Store to linear memory while no store waits."""
    t.ir.store(kind, operand, place, UNALIGNED, Effect.MEMORY)


def _not_needed_for(t: Translation, stores: list[Store]) -> list[Instruction]:
    """Take the arithmetic out of the open block that neither its code nor ``stores`` need: it
    belongs to what comes later, and LLVM combines only what is in one block."""
    needed = {name for store in stores for name in (store.operand, store.place)}
    kept: list[Instruction] = []
    later: list[Instruction] = []
    for instruction in reversed(t.ir.block.body):
        if instruction.effect is Effect.NONE and instruction.name not in needed:
            later.append(instruction)
        else:
            needed.update(instruction.operands)
            kept.append(instruction)
    t.ir.block.body = kept[::-1]
    return later[::-1]


def _canonical_all(t: Translation, raw: dict[str, int]) -> dict[str, str]:
    """Canonical forms of raw scalars, made by a branch to cold code; one comparison tests two of a type."""
    tests = []
    for code in (F32, F64):
        operands = [operand for operand, its in raw.items() if its == code]
        for first, second in zip(operands[::2], operands[1::2] + operands[-1:], strict=False):
            tests.append(t.ir.fcmp("uno", IR_TYPE[code], first, second))
    test = tests[0]
    for other in tests[1:]:
        test = t.ir.binary("or", "i1", test, other)
    some_nan, going, block = t.ir.label(), t.ir.label(), t.ir.block
    t.ir.fork(test, some_nan, going, rare=True)
    with t.ir.aside(some_nan) as cold:
        t.ir.jump(going)
    t.ir.start(going)
    names = {}
    for operand, code in raw.items():
        canonical = CANONICAL_NAN  # where there is one, the branch has told
        if len(raw) > 1:
            instructions = t.nan.canonicalised(code, operand)
            cold.body += instructions
            canonical = instructions[-1].name or ""
        names[operand] = t.ir.phi(IR_TYPE[code], [(operand, block), (canonical, cold)])
        t.nan.canonical.add(names[operand])
    return names
