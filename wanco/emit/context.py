"""What the emission of a function is given: the module around it, and the function's body with its analyses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from wanco.analysis.liveness import live_locals
from wanco.analysis.safepoints import SafepointPlan
from wanco.analysis.structure import Structure, structure
from wanco.emit.budget import Budget
from wanco.emit.ir.definition import HIDDEN, INTERNAL
from wanco.emit.ir.values import codes
from wanco.wasm.columns import Feature
from wanco.wasm.module import Instr, Module
from wanco.wasm.opcodes import BY_NAME, OPERATORS
from wanco.wasm.types import FuncType

_VECTOR_OPERATORS = frozenset(code for code, o in OPERATORS.items() if o.feature in (Feature.SIMD, Feature.RELAXED_SIMD))

BODY = -1
"""Start index that stands for the function body among control constructs."""


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """What the emitter knows of the module around a function."""

    module: Module
    plan: SafepointPlan
    checkpoint: bool
    poll_interval: int
    host_symbols: Sequence[str]
    """Symbol of the host function behind each imported function."""
    constant_tables: frozenset[int]
    constant_globals: dict[int, str]
    """Operands of globals whose value is known at compile time."""
    table_sizes: Sequence[int]
    neighbours: bool
    """Whether addresses can be expressed by their neighbours' (`wanco.emit.addresses`)."""
    internal: Set[int]
    """Functions that nothing outside their codegen unit refers to."""
    budget: Budget
    precise_traps: bool
    """Every access of memory stays where it is."""
    small_resume: bool
    """Resume functions get no more copies of loops than they must have."""

    def linkage(self, function: int) -> str:
        """Linkage and visibility of a function."""
        return INTERNAL if function in self.internal else HIDDEN


@dataclass(frozen=True, slots=True)
class Body:
    """One decoded function body with its analyses."""

    index: int
    signature: FuncType
    local_codes: tuple[int, ...]
    """Codes of parameters and declared locals."""
    instrs: list[Instr]
    structure: Structure
    liveness: dict[int, int]
    has_vectors: bool
    """Some instruction works on vectors."""

    @classmethod
    def of(cls, module: Module, index: int, instrs: list[Instr]) -> Body:
        """Analyse the decoded body of function ``index``."""
        return cls._analysed(module, index, codes(module.code_of(index).locals), instrs)

    @classmethod
    def of_import(cls, module: Module, index: int) -> Body:
        """The body that stands for an imported function where its caller takes it for one of
        ours (an indirect call, an export, the start function): it passes its arguments on."""
        count = len(module.func_type(index).params)
        instrs: list[Instr] = [(BY_NAME["local.get"].code, local, local) for local in range(count)]
        return cls._analysed(module, index, (), [*instrs, (BY_NAME["call"].code, count, index), (BY_NAME["end"].code, count + 1, None)])

    @classmethod
    def _analysed(cls, module: Module, index: int, declared: tuple[int, ...], instrs: list[Instr]) -> Body:
        signature, shape = module.func_type(index), structure(instrs)
        has_vectors = not _VECTOR_OPERATORS.isdisjoint(op for op, _, _ in instrs)
        return cls(index, signature, codes(signature.params) + declared, instrs, shape, live_locals(instrs, shape), has_vectors)


def bits(mask: int) -> Iterator[int]:
    """Positions of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
