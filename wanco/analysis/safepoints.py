"""Which functions can be on the stack at a checkpoint, and where polls go.

A poll is needed on every path that can run for long: on the back edge of every loop and
on every cycle of the call graph.  For the latter it is enough to poll at the entry of the
functions that a depth-first search of the call graph finds again while they are still
open: every cycle contains such a back edge.  Indirect calls go through one node per
signature, whose successors are the functions of that signature whose reference escapes.
Tail calls are edges like any others: an endless chain of them meets a poll, too.

A loop whose every iteration calls a function that polls at its entry needs no poll of its
own.

Calls of functions that can reach a poll, or of host functions that can block, are
safepoints; all other calls are plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wanco.analysis.structure import Loop
from wanco.analysis.tail_calls import TailCalls, plan_tail_calls
from wanco.wasm.columns import Flow
from wanco.wasm.module import Instr, Module
from wanco.wasm.opcodes import DIRECT_CALLS, REFERRING, with_flow

_LOOPS = with_flow(Flow.LOOP)
_TAIL_CALLS = with_flow(Flow.TAIL_CALL)
_RELEVANT = with_flow(Flow.CALL) | _TAIL_CALLS | _LOOPS | REFERRING


@dataclass(slots=True)
class FunctionFacts:
    """What one function does that matters to its callers."""

    calls: set[int] = field(default_factory=set)
    indirect: set[int] = field(default_factory=set)
    """Canonical type numbers of its indirect calls."""
    tail_calls: set[int] = field(default_factory=set)
    tail_indirect: set[int] = field(default_factory=set)
    has_loop: bool = False
    references: set[int] = field(default_factory=set)
    """Functions it takes references of."""


@dataclass(slots=True)
class SafepointPlan:
    """Poll placement and safepoint calls of a module."""

    canonical: list[int]
    """For each type index the smallest index of an equal type."""
    escaped: set[int]
    """Functions that an indirect call can reach."""
    may_poll: set[int]
    """Functions in which a frame can be captured; blocking host functions included."""
    entry_polls: set[int]
    """Functions that poll at their entry."""
    indirect_may_poll: set[int]
    """Canonical types whose indirect calls are safepoints."""
    tail_calls: TailCalls

    def loop_polls(self, loop: Loop) -> bool:
        """Whether a loop polls on its back edges."""
        return self.entry_polls.isdisjoint(loop.certain_calls)

    def is_safepoint_call(self, immediate: int | tuple[int, int]) -> bool:
        """Whether a call with this immediate (`call` or `call_indirect`) is a safepoint."""
        if isinstance(immediate, int):
            return immediate in self.may_poll
        return self.canonical[immediate[0]] in self.indirect_may_poll


def facts(instrs: Sequence[Instr], canonical: Sequence[int]) -> FunctionFacts:
    """Collect the facts of one decoded body."""
    result = FunctionFacts()
    for op, immediate in [(op, immediate) for op, _, immediate in instrs if op in _RELEVANT]:
        if op in REFERRING:
            result.references.add(immediate)
        elif op in _LOOPS:
            result.has_loop = True
        elif op in DIRECT_CALLS:
            (result.tail_calls if op in _TAIL_CALLS else result.calls).add(immediate)
        else:
            (result.tail_indirect if op in _TAIL_CALLS else result.indirect).add(canonical[immediate[0]])
    return result


def canonical_types(module: Module) -> list[int]:
    """For each type index the smallest index of an equal type."""
    first: dict[object, int] = {}
    return [first.setdefault(signature, index) for index, signature in enumerate(module.types)]


def plan_safepoints(module: Module, bodies: Iterable[Sequence[Instr]], blocking: frozenset[int]) -> SafepointPlan:
    """Decide where a module polls and which of its calls are safepoints.

    ``bodies`` are the decoded bodies of the defined functions in order; ``blocking`` the
    imported functions that can block.
    """
    canonical = canonical_types(module)
    imported = module.imported_functions
    nodes = {imported + number: facts(instrs, canonical) for number, instrs in enumerate(bodies)}
    escaped = _escaped(module, nodes.values())
    by_type: dict[int, list[int]] = {}
    for function in sorted(escaped):
        by_type.setdefault(canonical[module.functions[function]], []).append(function)

    # Nodes of the graph: functions as they are, canonical type t as -1 - t.
    successors: dict[int, list[int]] = {
        function: sorted(node.calls | node.tail_calls) + [-1 - t for t in sorted(node.indirect | node.tail_indirect)]
        for function, node in nodes.items()
    }
    for node in nodes.values():
        for t in node.indirect | node.tail_indirect:
            successors.setdefault(-1 - t, by_type.get(t, []))
    entry_polls = _cycle_breakers(successors)
    seeds = {function for function, node in nodes.items() if node.has_loop} | entry_polls | blocking
    reaching = _reaching(successors, seeds)
    return SafepointPlan(
        canonical=canonical,
        escaped=escaped,
        may_poll={node for node in reaching if node >= 0},
        entry_polls=entry_polls,
        indirect_may_poll={-1 - node for node in reaching if node < 0},
        tail_calls=plan_tail_calls(module, {function: _tail_edges(node, imported) for function, node in nodes.items()}, by_type),
    )


def _tail_edges(node: FunctionFacts, imported: int) -> set[int]:
    """Nodes of a function's tail calls.  A host function makes none: to call it is as good."""
    return {function for function in node.tail_calls if function >= imported} | {-1 - t for t in node.tail_indirect}


def _escaped(module: Module, nodes: Iterable[FunctionFacts]) -> set[int]:
    escaped: set[int] = set()
    for node in nodes:
        escaped |= node.references
    expressions = [item for segment in module.elements for item in segment.items]
    expressions += [g.init for g in module.globals if g.init is not None]
    for expression in expressions:
        escaped |= {immediate for op, _, immediate in expression if op in REFERRING}
    return escaped


def _cycle_breakers(successors: dict[int, list[int]]) -> set[int]:
    """Functions whose entry polls break every cycle of the graph."""
    breakers: set[int] = set()
    state: dict[int, int] = {}  # absent: new, 1: open, 2: done
    for root in sorted(node for node in successors if node >= 0):
        if root in state:
            continue
        state[root] = 1
        path = [(root, iter(successors[root]))]
        while path:
            node, rest = path[-1]
            for after in rest:
                if state.get(after) == 1:
                    # An edge into a type node comes from a function: poll at its source.
                    breakers.add(after if after >= 0 else node)
                elif after not in state and after in successors:
                    state[after] = 1
                    path.append((after, iter(successors[after])))
                    break
            else:
                state[node] = 2
                path.pop()
    return breakers


def _reaching(successors: dict[int, list[int]], seeds: Iterable[int]) -> set[int]:
    """All nodes from which a seed can be reached, seeds included."""
    predecessors: dict[int, list[int]] = {}
    for node, after in successors.items():
        for successor in after:
            predecessors.setdefault(successor, []).append(node)
    reaching = set(seeds)
    work = list(reaching)
    while work:
        for node in predecessors.get(work.pop(), ()):
            if node not in reaching:
                reaching.add(node)
                work.append(node)
    return reaching
