"""What a few bytes of a module may ask for.

Some of what is made of a function is a product: branches times the locals whose values
they carry, safepoints times the values they record, calls times a thousand results.  Code
from compilers stays far below these limits; a module made to exhaust memory does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanco.errors import UnsupportedError
from wanco.wasm.columns import Flow
from wanco.wasm.module import Instr
from wanco.wasm.opcodes import OPENING, with_flow

_LOOPS = with_flow(Flow.LOOP)
_ENDS = with_flow(Flow.END)
_CALLS = with_flow(Flow.CALL)
_COUNTED = OPENING | _ENDS | _CALLS | with_flow(Flow.ELSE, Flow.BRANCH, Flow.BRANCH_IF)

MAX_CARRIED = 1 << 26
"""Values that the branches of a function carry (8 bytes each while it is emitted)."""

MIN_WRITTEN = 1 << 23
"""Values that safepoints may record in any module (some 20 bytes of IR each)."""

WRITTEN_PER_BYTE = 4
"""The same for each byte of a large module; compiled code has less than one."""

_RESULT = 10
"""So many values does a result in memory count for: it takes two lines."""

MAX_TRACKED = 1 << 33
"""Control instructions times locals of a function (one bit each in the analysis of liveness)."""


class Budget:
    """Counts what the functions of a module use; every method raises `UnsupportedError` where it is too much."""

    def __init__(self, module_size: int) -> None:
        self.carried = 0
        self.left = max(MIN_WRITTEN, WRITTEN_PER_BYTE * module_size)

    def begin(self, function: str, instrs: Sequence[Instr], locals_: int) -> None:
        """Start a function: its name, its body and the number of its locals."""
        self.function = function
        self.carried = 0
        branches = calls = loops = 0
        open_constructs: list[bool] = [False]
        for op in [op for op, _, _ in instrs if op in _COUNTED]:
            if op in _ENDS:
                loops -= open_constructs.pop()
            elif op in _CALLS:
                calls += loops
            else:
                branches += 1
                if op in OPENING:
                    open_constructs.append(op in _LOOPS)
                    loops += op in _LOOPS
        if branches * locals_ > MAX_TRACKED:
            raise self._error("too many branches for so many locals")
        if calls > MAX_CARRIED:
            raise self._error("too many calls in so many loops")

    def carry(self, count: int) -> None:
        """A branch that carries ``count`` values."""
        self.carried += count
        if self.carried > MAX_CARRIED:
            raise self._error(f"its branches carry more than {MAX_CARRIED} values")

    def record(self, count: int) -> None:
        """A safepoint with ``count`` values."""
        self.left -= count
        if self.left < 0:
            raise self._error("the safepoints and calls up to here have too many values")

    def load_results(self, count: int) -> None:
        """A call with ``count`` results in memory."""
        self.record(count * _RESULT)

    def _error(self, reason: str) -> UnsupportedError:
        return UnsupportedError(f"too complex: {reason}", None, self.function)
