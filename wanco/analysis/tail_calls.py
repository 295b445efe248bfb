"""How each tail call is made, so that chains of them need a bounded amount of native stack.

LLVM guarantees a tail call (``musttail``) only between functions of equal prototypes, and on
RISC-V only where all arguments are in registers.  So there are three forms (`TailForm`):

* JUMP: a guaranteed tail call, where prototypes are equal and fit into registers.
* CALL: an ordinary call, after which the results are handed on.  The caller's machine frame
  stays below the callee's, though it is no WebAssembly frame any more.  This is sound where
  no chain of tail calls leads back to the caller: a chain then passes such a call a bounded
  number of times, whatever it does.
* COMMON: where a chain can lead back.  All functions of such a cycle have the *common form*:
  their arguments travel in one area of memory, so that their prototypes differ by results
  alone, and those are equal along a chain.

The graph of tail calls has functions and, for indirect ones, the canonical types as nodes, as
the call graph has.  The functions of a strongly connected component are in the common form if
one of the tail calls inside the component cannot be a jump.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wanco.wasm.module import Module
from wanco.wasm.types import FuncType, ValType

REGISTERS = 8
"""Integer argument registers, and as many for floats, of the ISA that has the fewest for ``musttail`` (RISC-V)."""

_FLOATS = (ValType.F32, ValType.F64)


class TailForm(enum.Enum):
    """How a tail call is made."""

    JUMP = enum.auto()
    CALL = enum.auto()
    COMMON = enum.auto()


@dataclass(slots=True)
class TailCalls:
    """The tail calls of a module; nodes are functions as they are, canonical type t as ``-1 - t``."""

    component: dict[int, int] = field(default_factory=dict)
    """Number of the strongly connected component of every node that takes part."""
    common: set[int] = field(default_factory=set)
    """Functions in the common form."""
    common_entries: set[int] = field(default_factory=set)
    """Functions that can be entered in the common way: those, and what their indirect tail calls can reach."""
    classes: dict[int, int] = field(default_factory=dict)
    """Of every function that takes part a number from 1 on, equal for those that tail calls connect.
    Where a function was called, a frame of another one of its class can be found."""

    def form(self, module: Module, caller: int, target: int) -> TailForm:
        """How ``caller`` makes a tail call to a node."""
        if caller in self.common:
            together = self.component[caller] == self.component[target] if target < 0 else target in self.common
            return TailForm.COMMON if together else TailForm.CALL
        return TailForm.JUMP if _can_jump(module, caller, target) else TailForm.CALL


def plan_tail_calls(module: Module, edges: Mapping[int, Iterable[int]], by_type: Mapping[int, Sequence[int]]) -> TailCalls:
    """Decide how a module's tail calls are made.

    ``edges`` has for functions that make tail calls the nodes they call; ``by_type`` the
    functions that an indirect call of a canonical type can reach.
    """
    successors = {function: sorted(nodes) for function, nodes in edges.items() if nodes}
    if not successors:
        return TailCalls()
    for node in {node for nodes in successors.values() for node in nodes if node < 0}:
        successors[node] = list(by_type.get(-1 - node, ()))
    plan = TailCalls(component=_components(successors))
    component = plan.component
    unlike = {
        component[caller]
        for caller, nodes in successors.items()
        if caller >= 0
        for node in nodes
        if component[node] == component[caller] and not _can_jump(module, caller, node)
    }
    plan.common = {node for node, number in component.items() if node >= 0 and number in unlike}
    plan.common_entries = set(plan.common)
    for node, nodes in successors.items():
        if node < 0 and component[node] in unlike:
            plan.common_entries.update(nodes)
    plan.classes = _classes(successors)
    return plan


def _can_jump(module: Module, caller: int, target: int) -> bool:
    """Whether a tail call is between equal prototypes whose arguments fit into registers (validation
    has seen that the results are equal)."""
    signature = module.func_type(target) if target >= 0 else module.types[-1 - target]
    return module.func_type(caller).params == signature.params and _in_registers(signature)


def _in_registers(signature: FuncType) -> bool:
    floats = sum(type_ in _FLOATS for type_ in signature.params)
    # The memory's base comes first, the result buffer's address last; a vector takes two registers.
    integers = 2 + len(signature.params) - floats + sum(type_ == ValType.V128 for type_ in signature.params)
    return integers + max(0, floats - REGISTERS) <= REGISTERS


def _components(successors: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Number of the strongly connected component of each node (Tarjan's algorithm, without recursion)."""
    component: dict[int, int] = {}
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    for root in successors:
        if root in order:
            continue
        path = [(root, iter(successors[root]))]
        order[root] = lowest[root] = len(order)
        stack.append(root)
        while path:
            node, rest = path[-1]
            for after in rest:
                if after not in order:
                    order[after] = lowest[after] = len(order)
                    stack.append(after)
                    path.append((after, iter(successors.get(after, ()))))
                    break
                if after not in component:
                    lowest[node] = min(lowest[node], order[after])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    member = None
                    while member != node:
                        member = stack.pop()
                        component[member] = order[node]
    return component


def _classes(successors: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Numbers of the connected parts of the graph, by function, from 1 on in the order of their first functions."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    for node, nodes in successors.items():
        for after in nodes:
            parent[root(after)] = root(node)
    numbers: dict[int, int] = {}
    return {node: numbers.setdefault(root(node), 1 + len(numbers)) for node in sorted(parent) if node >= 0}
