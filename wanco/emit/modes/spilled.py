"""State in SSA values, and in frame slots for records: functions that would record too much.

A safepoint records each live value as an operand of the call, and LLVM's register allocator takes
some 3 KB for each of them.  A function with thousands of calls and hundreds of live values (a generated
parser, a constructor of tables) would need gigabytes.  The ordinary version of such a function
stores each local into its frame slot when it is set, and its safepoints record the frame's address, as
those of resume functions do (`FRAME_SITE`).  What the function computes with stays in registers: the
slots are only written.
"""

from __future__ import annotations

from wanco.emit.frame_slots import ACCESS, frame_size, slot_address
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.values import IR_TYPE
from wanco.emit.modes.ordinary import OrdinaryMode
from wanco.emit.records import Record, frame_record
from wanco.emit.sites import Site

MAX_RECORDED = 1 << 17
"""Values that the safepoints of a function record before it is emitted in this way."""


class SpilledMode(OrdinaryMode):
    """As `OrdinaryMode`, but records have the address of a frame on the stack, which holds every local that was set."""

    def set_local(self, local: int, operand: str) -> None:
        super().set_local(local, operand)
        self.store_slot(local, self.t.body.local_codes[local], operand)

    def store_slot(self, number: int, code: int, operand: str) -> None:
        """Put a value, made exact, into a slot of the frame."""
        operand = self.t.nan.exact(code, operand)
        place = self.t.ir.assign(slot_address(number, "%frame.memory"))
        self.t.ir.store(IR_TYPE[code], operand, place, ACCESS)

    def begin(self) -> None:
        for local, code in enumerate(self.t.body.local_codes):
            self.store_slot(local, code, self.t.locals[local])

    def record(self, site: Site) -> Record:
        for position, (code, operand) in enumerate(self.t.stack):
            self.store_slot(len(self.t.body.local_codes) + position, code, operand)
        return frame_record(site.number)

    def entry(self) -> list[Instruction]:
        """The frame."""
        size = frame_size(self.t.found.slot_count(len(self.t.body.local_codes)))
        return [
            Instruction("%frame.memory", f"alloca [{size} x i8], align 16", (), Effect.PLACED),
            # Records want an address in a register; and nothing may be thought to know who reads the slots.
            Instruction("%frame", 'call ptr asm sideeffect "", "=r,0,~{memory}"(ptr %frame.memory)', (), Effect.PLACED),
        ]
