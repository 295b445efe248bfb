"""Liveness of locals: a backward data-flow analysis over basic blocks with bit masks.

A local is live where its present value may still be read.  Only live locals are recorded
at a safepoint; the others restore as zero, so that equal states are equal on every ISA.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanco.analysis.structure import (
    OP_BR,
    OP_BR_IF,
    OP_BR_TABLE,
    OP_CALL,
    OP_CALL_INDIRECT,
    OP_ELSE,
    OP_END,
    OP_IF,
    OP_LOCAL_GET,
    OP_LOCAL_SET,
    OP_LOCAL_TEE,
    OP_LOOP,
    OP_RETURN,
    OP_RETURN_CALL,
    OP_RETURN_CALL_INDIRECT,
    OP_UNREACHABLE,
    Structure,
)
from wanco.wasm.module import Instr

_ASSIGNING = frozenset({OP_LOCAL_SET, OP_LOCAL_TEE})
_CALLING = frozenset({OP_CALL, OP_CALL_INDIRECT})
_LEAVING = frozenset({OP_BR, OP_BR_TABLE, OP_RETURN, OP_RETURN_CALL, OP_RETURN_CALL_INDIRECT, OP_UNREACHABLE})
_ENDING = _LEAVING | {OP_BR_IF, OP_IF, OP_ELSE}


def live_locals(instrs: Sequence[Instr], structure: Structure) -> dict[int, int]:
    """Masks of the locals that are live before chosen instructions.

    The keys are instruction indices: every `loop` (its header), every `else` arm's first
    instruction, every `end`, and the instruction after each call.  For local.set the key
    is the bitwise complement of its index, and the value is live *after* it.
    """
    blocks = _blocks(instrs, structure)
    starts = {start: number for number, (start, _, _) in enumerate(blocks)}
    transfer = [_transfer(instrs, start, stop) for start, stop, _ in blocks]
    successors = [[starts[s] for s in after] for _, _, after in blocks]
    live_in = [0] * len(blocks)
    changed = True
    while changed:
        changed = False
        for number in range(len(blocks) - 1, -1, -1):
            out = 0
            for successor in successors[number]:
                out |= live_in[successor]
            used, defined = transfer[number]
            before = used | (out & ~defined)
            if before != live_in[number]:
                live_in[number] = before
                changed = True
    result: dict[int, int] = {}
    for number, (start, stop, _) in enumerate(blocks):
        live = 0
        for successor in successors[number]:
            live |= live_in[successor]
        for index in range(stop - 1, start - 1, -1):
            op, _, immediate = instrs[index]
            if op == OP_LOCAL_GET:
                live |= 1 << immediate
            elif op in _ASSIGNING:
                result[~index] = live
                live &= ~(1 << immediate)
            elif op in _CALLING:
                result[index + 1] = live
            elif op in (OP_LOOP, OP_END):
                result[index] = live
        result.setdefault(start, live)
    return result


def _blocks(instrs: Sequence[Instr], structure: Structure) -> list[tuple[int, int, list[int]]]:
    """Basic blocks as (first index, index after the last, first indices of successors)."""
    leaders = {0}
    for index, (op, _, _) in enumerate(instrs):
        if op in _ENDING:
            leaders.add(index + 1)
        elif op in (OP_LOOP, OP_END):
            leaders.add(index)
    order = sorted(index for index in leaders if index < len(instrs))
    end_of, else_of, targets = structure.end_of, structure.else_of, structure.targets
    end_of_else = {position: end_of[start] for start, position in else_of.items()}
    loops = structure.loops
    blocks = []
    for number, start in enumerate(order):
        stop = order[number + 1] if number + 1 < len(order) else len(instrs)
        last = stop - 1
        op = instrs[last][0]
        after = []
        if op in (OP_BR, OP_BR_IF, OP_BR_TABLE):
            after = [aim if aim in loops else end_of[aim] for aim in set(targets[last])]
        elif op == OP_RETURN:
            after = [end_of[-1]]
        elif op == OP_ELSE:
            after = [end_of_else[last]]
        elif op == OP_IF:
            after = [else_of[last] + 1 if last in else_of else end_of[last]]
        if op not in _LEAVING and op != OP_ELSE and stop < len(instrs):
            after.append(stop)
        blocks.append((start, stop, after))
    return blocks


def _transfer(instrs: Sequence[Instr], start: int, stop: int) -> tuple[int, int]:
    """(locals read before any assignment, locals assigned) in a block."""
    used = defined = 0
    for index in range(start, stop):
        op, _, immediate = instrs[index]
        if op == OP_LOCAL_GET:
            used |= (1 << immediate) & ~defined
        elif op in _ASSIGNING:
            defined |= 1 << immediate
    return used, defined
