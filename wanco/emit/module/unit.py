"""A codegen unit: the definitions that it is put together of, and the declarations of what they use.

Every unit begins with an anchor in each of its two sections, from which safepoint tables count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

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
)
from wanco.abi.symbols import TABLE as TABLE_STATE
from wanco.analysis.safepoints import SafepointPlan
from wanco.emit import simd, tail_calls
from wanco.emit.ir.prelude import PRELUDE, Attributes
from wanco.emit.module import imports
from wanco.emit.values import CODE, IR_TYPE, V128, by_buffer, result_type
from wanco.wasm.module import Module

_INTERNAL, _HIDDEN = "define internal ", "define hidden "


@dataclass(frozen=True, slots=True)
class Definition:
    """The text of one function, under its symbol."""

    symbol: str
    text: str

    def visible(self) -> Definition:
        """The same, for other units to refer to."""
        return Definition(self.symbol, self.text.replace(_INTERNAL, _HIDDEN, 1)) if self.text.startswith(_INTERNAL) else self


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

    def body(self) -> str:
        """The text of all definitions."""
        return "\n".join(item.text for item in self.definitions)

    def called(self, family: Family) -> set[int]:
        """Numbers of the functions of a family that it calls or defines."""
        return called(self.body(), family)

    def text(self, declarations: Declarations) -> str:
        """The unit's text."""
        body = self.body()
        defined = {item.symbol for item in self.definitions}
        return "\n".join([PRELUDE, *declarations.of(body, defined)]) + "\n" + body


def called(text: str, family: Family) -> set[int]:
    """Numbers of the functions of a family that a text calls or defines."""
    return {int(number) for number in re.findall(rf"@{family.prefix}(\d+)\(", text)}


def _anchor(family: Family, unit: int) -> Definition:
    symbol = family(unit)
    head = f'define hidden void @{symbol}() {Attributes.WASM} section "{SECTION_OF[family]}" {{'
    return Definition(symbol, f"{head}\n  ret void\n}}\n")


class Declarations:
    """What units of one module declare: runtime, host functions, and the symbols of the descriptor and of other units."""

    def __init__(self, module: Module, plan: SafepointPlan, host_symbols: Sequence[str]) -> None:
        self._module = module
        self._plan = plan
        self._common = [*imports.declarations(module, host_symbols), *self._data()]
        self._simd = simd.declarations()

    def of(self, body: str, defined: Set[str]) -> Iterator[str]:
        """The declarations of a unit with these definitions, behind the prelude."""
        if IR_TYPE[V128] in body:
            yield from self._simd
        yield from self._common
        if self._plan.tail_calls.common:
            yield from tail_calls.declarations(len(self._module.functions))
            for function in sorted(called(body, TAIL_FUNCTION)):
                if TAIL_FUNCTION(function) not in defined:
                    yield tail_calls.declare_common(function, self._module.func_type(function))
        for function in sorted(called(body, FUNCTION)):
            if FUNCTION(function) not in defined:
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
