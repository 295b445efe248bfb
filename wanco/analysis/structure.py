"""Control structure of one function body: which `end` closes what, and what loops contain.

WebAssembly's structured control makes this a single pass: a stack of open constructs is
enough to match `else` and `end`, to attribute local assignments and calls to the loops
around them, and to count the branches that target each loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from wanco.wasm.module import Instr
from wanco.wasm.opcodes import BY_NAME

OP_BLOCK = BY_NAME["block"].code
OP_LOOP = BY_NAME["loop"].code
OP_IF = BY_NAME["if"].code
OP_ELSE = BY_NAME["else"].code
OP_END = BY_NAME["end"].code
OP_BR = BY_NAME["br"].code
OP_BR_IF = BY_NAME["br_if"].code
OP_BR_TABLE = BY_NAME["br_table"].code
OP_RETURN = BY_NAME["return"].code
OP_UNREACHABLE = BY_NAME["unreachable"].code
OP_CALL = BY_NAME["call"].code
OP_CALL_INDIRECT = BY_NAME["call_indirect"].code
OP_RETURN_CALL = BY_NAME["return_call"].code
OP_RETURN_CALL_INDIRECT = BY_NAME["return_call_indirect"].code
OP_LOCAL_GET = BY_NAME["local.get"].code
OP_LOCAL_SET = BY_NAME["local.set"].code
OP_LOCAL_TEE = BY_NAME["local.tee"].code
OP_I32_CONST = BY_NAME["i32.const"].code
OP_I32_ADD = BY_NAME["i32.add"].code

OPENING = frozenset({OP_BLOCK, OP_LOOP, OP_IF})


@dataclass(slots=True)
class Loop:
    """A loop of a function body; ``start`` and ``end`` are instruction indices."""

    start: int
    end: int = -1
    assigned: int = 0
    """Bit mask of the locals that the loop assigns, inner loops included."""
    back_edges: int = 0
    """Branches that target the loop."""
    last_branch: int = -1
    """Instruction index of the last of them."""
    innermost: bool = True
    calls: list[int] = field(default_factory=list)
    """Instruction indices of the calls inside, inner loops included."""
    certain_calls: list[int] = field(default_factory=list)
    """Functions that every iteration calls before it can take a back edge."""


@dataclass(slots=True)
class Structure:
    """Matching constructs of one body, by instruction index."""

    end_of: dict[int, int]
    """Index of the `end` of each block, loop, if; of the body under key -1."""
    else_of: dict[int, int]
    """Index of the `else` of an `if` that has one."""
    loops: dict[int, Loop]
    targets: dict[int, tuple[int, ...]]
    """For br, br_if and br_table: the constructs (start indices, -1 for the body) targeted."""


def structure(instrs: Sequence[Instr]) -> Structure:
    """Analyse a decoded body (with its final `end`)."""
    end_of: dict[int, int] = {}
    else_of: dict[int, int] = {}
    loops: dict[int, Loop] = {}
    targets: dict[int, tuple[int, ...]] = {}
    open_constructs: list[int] = [-1]
    open_loops: list[Loop] = []
    for index, (op, _, immediate) in enumerate(instrs):
        if op in OPENING:
            open_constructs.append(index)
            if op == OP_LOOP:
                if open_loops:  # those around it are marked already
                    open_loops[-1].innermost = False
                loops[index] = loop = Loop(index)
                open_loops.append(loop)
        elif op == OP_END:
            start = open_constructs.pop()
            end_of[start] = index
            if open_loops and open_loops[-1].start == start:
                loop = open_loops.pop()
                loop.end = index
                if open_loops:
                    open_loops[-1].assigned |= loop.assigned
                    open_loops[-1].calls += loop.calls
        elif op == OP_ELSE:
            else_of[open_constructs[-1]] = index
        elif op in (OP_LOCAL_SET, OP_LOCAL_TEE):
            if open_loops:
                open_loops[-1].assigned |= 1 << immediate
        elif op in (OP_CALL, OP_CALL_INDIRECT):
            if open_loops:
                loop = open_loops[-1]
                loop.calls.append(index)
                if op == OP_CALL and open_constructs[-1] == loop.start and not loop.back_edges:
                    loop.certain_calls.append(immediate)
        elif op in _BRANCH_DEPTHS:
            aims = tuple(open_constructs[-1 - depth] for depth in _BRANCH_DEPTHS[op](immediate))
            targets[index] = aims
            for aim in aims:
                if aim in loops:
                    loops[aim].back_edges += 1
                    loops[aim].last_branch = index
    return Structure(end_of, else_of, loops, targets)


_ASSIGNING = frozenset({OP_LOCAL_SET, OP_LOCAL_TEE})
_COUNT_DOWN = (OP_LOCAL_GET, OP_I32_CONST, OP_I32_ADD, OP_LOCAL_TEE, OP_BR_IF)


def countdown(instrs: Sequence[Instr], loop: Loop) -> int | None:
    """The local that a loop counts down by one to zero, if that is how it ends.

    It is the form that compilers give the loops that unrolling leaves: the only back edge is
    ``br_if (local.tee n (n - 1))``, and nothing else assigns ``n``.
    """
    window = instrs[loop.last_branch - 4 : loop.last_branch + 1]
    if loop.back_edges != 1 or tuple(op for op, _, _ in window) != _COUNT_DOWN:
        return None
    local = window[0][2]
    if window[1][2] != -1 or window[3][2] != local:
        return None
    assignments = sum(1 for op, _, immediate in instrs[loop.start : loop.end] if op in _ASSIGNING and immediate == local)
    return local if assignments == 1 else None


_BRANCH_DEPTHS: dict[int, Callable[[Any], tuple[int, ...]]] = {
    OP_BR: lambda depth: (depth,),
    OP_BR_IF: lambda depth: (depth,),
    OP_BR_TABLE: lambda immediate: (*immediate[0], immediate[1]),
}
