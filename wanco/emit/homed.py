"""Functions that record too much: their state also stands in memory.

A safepoint records each live value as an operand of the call, and LLVM's register allocator takes
some 3 KB for each of them.  A function with thousands of calls and hundreds of live values (a generated
parser, a constructor of tables) would need gigabytes.  The ordinary version of such a function
stores each local into its home when it is set, and its safepoints record the frame's address, as
those of resume functions do (`HOMED_SITE`).  What the function computes with stays in registers: the
homes are only written.
"""

from __future__ import annotations

from wanco.abi.layout import HOMED_SITE
from wanco.emit.function import FunctionEmitter
from wanco.emit.homes import FRAME_TAG, frame_size, home_address
from wanco.emit.sites import Site
from wanco.emit.values import IR_TYPE

MAX_RECORDED = 1 << 17
"""Values that the safepoints of a function record before it is emitted in this way."""


class HomedEmitter(FunctionEmitter):
    """Emits the ordinary version of a function that would record too much."""

    def begin_locals(self) -> None:
        super().begin_locals()
        for local, code in enumerate(self.body.local_codes):
            self.store_home(local, code, self.locals[local])

    def set_local(self, local: int, operand: str) -> None:
        super().set_local(local, operand)
        self.store_home(local, self.body.local_codes[local], operand)

    def store_home(self, number: int, code: int, operand: str) -> None:
        """Put a value, made exact, into a slot of the frame."""
        operand = self.exact(code, operand)
        place = self.assign(home_address(number, "%homes"))
        self.line(f"  store {IR_TYPE[code]} {operand}, ptr {place}, align 16, {FRAME_TAG}")

    def bundle(self, site: Site) -> str:
        for position, (code, operand) in enumerate(self.stack):
            self.store_home(len(self.body.local_codes) + position, code, operand)
        return f'[ "deopt"(i64 {site.number | HOMED_SITE}, ptr %frame) ]'

    def allocas(self) -> list[str]:
        return [
            *super().allocas(),
            f"  %homes = alloca [{frame_size(self.slot_count)} x i8], align 16",
            # Records want an address in a register; and nothing may be thought to know who reads the homes.
            '  %frame = call ptr asm sideeffect "", "=r,0,~{memory}"(ptr %homes)',
        ]
