"""Which functions stand in one codegen unit, and which of them nothing outside of it refers to."""

from __future__ import annotations

from collections.abc import Sequence, Set

from wanco.analysis.safepoints import SafepointPlan
from wanco.emit.module.entries import EntryPoint
from wanco.wasm.module import Module


def partition(module: Module, plan: SafepointPlan, entries: Sequence[EntryPoint], unit_size: int) -> list[list[int]]:
    """Function indices of each unit, by size of their code: some ``unit_size`` bytes.

    The first begins with the imported functions that are called as ours.
    """
    called_as_ours = plan.escaped | {entry.index for entry in entries if entry.wrapped}
    units: list[list[int]] = [sorted(function for function in called_as_ours if function < module.imported_functions)]
    size = 0
    for index, code in enumerate(module.code, module.imported_functions):
        if size and size + len(code.body) > unit_size:
            units.append([])
            size = 0
        units[-1].append(index)
        size += len(code.body)
    return units


def internal_functions(module: Module, plan: SafepointPlan, units: Sequence[Sequence[int]]) -> Set[int]:
    """Functions that nothing outside their unit refers to, but for compact resume functions: where there is one unit, all that
    no reference exists of."""
    return frozenset(range(len(module.functions))) - plan.escaped if len(units) == 1 else frozenset()
