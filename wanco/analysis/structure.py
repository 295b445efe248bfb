"""Control structure of one function body: which `end` closes what, and what loops contain.

WebAssembly's structured control makes this a single pass: a stack of open constructs is
enough to match `else` and `end`, to attribute local assignments and calls to the loops
around them, and to count the branches that target each loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wanco.wasm.columns import Effect, Flow
from wanco.wasm.module import Instr
from wanco.wasm.opcodes import BY_NAME, DIRECT_CALLS, LABELS, with_effects, with_flow
from wanco.wasm.opcodes import OPENING as _OPENING

_ASSIGNING = with_effects(Effect.WRITES_LOCAL)
_LOOPS = with_flow(Flow.LOOP)
_ELSE = with_flow(Flow.ELSE)
_ENDS = with_flow(Flow.END)
_CONTROL = _OPENING | _ELSE | _ENDS | with_flow(Flow.BRANCH, Flow.BRANCH_IF, Flow.CALL)


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
        if op in _ASSIGNING:
            if open_loops:
                open_loops[-1].assigned |= 1 << immediate
        elif op not in _CONTROL:
            continue
        elif op in _ENDS:
            start = open_constructs.pop()
            end_of[start] = index
            if open_loops and open_loops[-1].start == start:
                _close(open_loops, index)
        elif op in LABELS:
            targets[index] = aims = tuple([open_constructs[-1 - depth] for depth in LABELS[op](immediate)])
            for aim in aims:
                if aim in loops:
                    loops[aim].back_edges += 1
                    loops[aim].last_branch = index
        elif op in _OPENING:
            open_constructs.append(index)
            if op in _LOOPS:
                if open_loops:  # those around it are marked already
                    open_loops[-1].innermost = False
                loops[index] = loop = Loop(index)
                open_loops.append(loop)
        elif op in _ELSE:
            else_of[open_constructs[-1]] = index
        elif open_loops:
            loop = open_loops[-1]
            loop.calls.append(index)
            if op in DIRECT_CALLS and open_constructs[-1] == loop.start and not loop.back_edges:
                loop.certain_calls.append(immediate)
    return Structure(end_of, else_of, loops, targets)


def _close(open_loops: list[Loop], end: int) -> None:
    """Close the innermost loop; the one around it contains what it does."""
    loop = open_loops.pop()
    loop.end = end
    if open_loops:
        open_loops[-1].assigned |= loop.assigned
        open_loops[-1].calls += loop.calls


_COUNT_DOWN = tuple(BY_NAME[name].code for name in ("local.get", "i32.const", "i32.add", "local.tee", "br_if"))


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
