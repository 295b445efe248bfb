"""Liveness of locals: a backward data-flow analysis over basic blocks with bit masks.

A local is live where its present value may still be read.  Only live locals are recorded
at a safepoint; the others restore as zero, so that equal states are equal on every ISA.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanco.analysis.structure import Structure
from wanco.wasm.columns import Effect, Flow
from wanco.wasm.module import Instr
from wanco.wasm.opcodes import STOPPING, with_effects, with_flow

(_LOCAL_GET,) = with_effects(Effect.READS_LOCAL)
_ASSIGNING = with_effects(Effect.WRITES_LOCAL)
_CALLING = with_flow(Flow.CALL)
_JOINING = with_flow(Flow.LOOP, Flow.END)
"""Where control comes from elsewhere, too: a block starts there."""
_IF = with_flow(Flow.IF)
_ELSE = with_flow(Flow.ELSE)
_RETURNING = with_flow(Flow.RETURN)
_ENDING = STOPPING | _IF | with_flow(Flow.BRANCH_IF)
"""Behind which control does not always go on: a block ends there."""


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
            if op == _LOCAL_GET:
                live |= 1 << immediate
            elif op in _ASSIGNING:
                result[~index] = live
                live &= ~(1 << immediate)
            elif op in _CALLING:
                result[index + 1] = live
            elif op in _JOINING:
                result[index] = live
        result.setdefault(start, live)
    return result


def _blocks(instrs: Sequence[Instr], structure: Structure) -> list[tuple[int, int, list[int]]]:
    """Basic blocks as (first index, index after the last, first indices of successors)."""
    leaders = {0}
    for index, (op, _, _) in enumerate(instrs):
        if op in _ENDING:
            leaders.add(index + 1)
        elif op in _JOINING:
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
        if last in targets:
            after = [aim if aim in loops else end_of[aim] for aim in set(targets[last])]
        elif op in _RETURNING:
            after = [end_of[-1]]
        elif op in _ELSE:
            after = [end_of_else[last]]
        elif op in _IF:
            after = [else_of[last] + 1 if last in else_of else end_of[last]]
        if op not in STOPPING and stop < len(instrs):
            after.append(stop)
        blocks.append((start, stop, after))
    return blocks


def _transfer(instrs: Sequence[Instr], start: int, stop: int) -> tuple[int, int]:
    """(locals read before any assignment, locals assigned) in a block."""
    used = defined = 0
    for index in range(start, stop):
        op, _, immediate = instrs[index]
        if op == _LOCAL_GET:
            used |= (1 << immediate) & ~defined
        elif op in _ASSIGNING:
            defined |= 1 << immediate
    return used, defined
