"""A codegen unit: the definitions that it is put together of, and the declarations of what they use.

Every unit begins with an anchor in each of its two sections, from which safepoint tables count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from wanco.abi.layout import FUNCREF, TABLE
from wanco.abi.symbols import (
    ANCHORS,
    FUNCTION,
    FUNCTION_REFERENCES,
    GLOBAL,
    RESUME_FRAME,
    SECTION_OF,
    TABLE_ENTRIES,
    TAIL_FUNCTION,
    Family,
    function_of,
)
from wanco.abi.symbols import TABLE as TABLE_STATE
from wanco.analysis.safepoints import SafepointPlan
from wanco.emit.ir.definition import Definition
from wanco.emit.ir.prelude import PRELUDE, Attributes
from wanco.emit.ir.values import CODE, IR_TYPE, by_buffer, result_type
from wanco.emit.module import imports, tail_wrappers
from wanco.emit.operators import simd
from wanco.wasm.module import Module


class Unit:
    """A unit that is being put together."""

    def __init__(self, number: int) -> None:
        self.definitions = [_anchor(family, number) for family in ANCHORS]

    def __len__(self) -> int:
        """Definitions beside the anchors."""
        return len(self.definitions) - len(ANCHORS)

    def show(self, symbols: Set[str]) -> None:
        """Make some definitions visible to other units."""
        self.definitions = [item.visible() if item.symbol in symbols else item for item in self.definitions]

    @property
    def functions(self) -> tuple[int, ...]:
        """The functions of WebAssembly that it has code of, ascending."""
        return tuple(sorted({function for item in self.definitions if (function := function_of(item.symbol)) is not None}))

    @property
    def called(self) -> Set[str]:
        """Symbols of the functions that its definitions call directly."""
        return frozenset().union(*(item.called for item in self.definitions))

    def text(self, declarations: Declarations) -> str:
        """The unit's text."""
        undefined = self.called - {item.symbol for item in self.definitions}
        vectors = any(item.has_vectors for item in self.definitions)
        return "\n".join([PRELUDE, *declarations.of(undefined, vectors), *(item.ir() for item in self.definitions)])


def _anchor(family: Family, unit: int) -> Definition:
    symbol = family(unit)
    head = f'void @{symbol}() {Attributes.WASM} section "{SECTION_OF[family]}" {{'
    return Definition(symbol, f"{head}\n  ret void\n}}\n")


class Declarations:
    """What units of one module declare: runtime, host functions, and the symbols of the descriptor and of other units."""

    def __init__(self, module: Module, plan: SafepointPlan, host_symbols: Sequence[str]) -> None:
        self._module = module
        self._plan = plan
        self._common = [*imports.declarations(module, host_symbols), *self._data()]
        self._simd = simd.declarations()

    def of(self, undefined: Set[str], vectors: bool) -> Iterator[str]:
        """The declarations of a unit that calls functions of other units, behind the prelude;
        ``vectors``: some of them call LLVM's operations on vectors."""
        if vectors:
            yield from self._simd
        yield from self._common
        functions = sorted((function, symbol) for symbol in undefined if (function := function_of(symbol)) is not None)
        if self._plan.tail_calls.common:
            yield from tail_wrappers.declarations(len(self._module.functions))
            for function, symbol in functions:
                if symbol == TAIL_FUNCTION(function):
                    yield tail_wrappers.declare_common(function, self._module.func_type(function))
        for function, symbol in functions:
            if symbol == FUNCTION(function):
                yield self._function(function)

    def _data(self) -> Iterator[str]:
        module, entry, state = self._module, FUNCREF.ir_type(), TABLE.ir_type()
        for index, item in enumerate(module.globals):
            if item.type.mutable:
                yield f"@{GLOBAL(index)} = external hidden global {IR_TYPE[CODE[item.type.value]]}"
        for index, table in enumerate(module.tables):
            yield f"@{TABLE_STATE(index)} = external hidden global {state}"
            yield f"@{TABLE_ENTRIES(index)} = external hidden constant [{table.limits.minimum} x {entry}]"
        yield f"@{FUNCTION_REFERENCES} = external hidden constant [{len(module.functions)} x {entry}]"
        yield f"@{RESUME_FRAME} = external hidden global ptr"

    def _function(self, function: int) -> str:
        signature = self._module.func_type(function)
        parameters = "".join(f", {IR_TYPE[CODE[t]]}" for t in signature.params)
        buffer = ", ptr" if by_buffer(signature) else ""
        return f"declare hidden {result_type(signature)} @{FUNCTION(function)}(ptr{parameters}{buffer}) {Attributes.WASM}"
