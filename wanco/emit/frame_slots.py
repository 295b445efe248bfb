"""Frame slots: where a restored frame holds its values, and how code enters at one of a function's sites.

A `struct wanco_frame` is followed by a slot for each local of its function, then one for each
place of the operand stack.
"""

from __future__ import annotations

from wanco.abi.layout import FRAME, FRAME_SITE, SLOT_SIZE
from wanco.emit.ir.builder import Block, Builder
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import IR_TYPE

ACCESS = f", align 16{Tag.FRAME}"
"""Ends each access of a slot."""

BUFFER = "buffer"
"""The kind of results that go to a buffer; other kinds are the results' types."""


def frame_size(slots: int) -> int:
    """Bytes of a frame with so many slots."""
    return FRAME.size + SLOT_SIZE * slots


def slot_address(number: int, frame: str = "%frame") -> str:
    """The address of a slot in a frame, as the text of an instruction."""
    return f"getelementptr inbounds i8, ptr {frame}, i64 {frame_size(number)}"


class FrameSlots:
    """The slots of ``%frame`` that a function uses: their addresses are computed once, at its entry."""

    def __init__(self, ir: Builder) -> None:
        self._ir = ir
        self.used: set[int] = set()

    def address(self, number: int) -> str:
        """Name of a slot's address."""
        if self._ir.live:
            self.used.add(number)
        return f"%h{number}"

    def load(self, number: int, code: int) -> str:
        """The (exact) value in a slot."""
        return self._ir.load(IR_TYPE[code], self.address(number), ACCESS)

    def store(self, number: int, code: int, operand: str) -> None:
        """Put an exact value into a slot."""
        self._ir.store(IR_TYPE[code], operand, self.address(number), ACCESS)

    def addresses(self) -> list[Instruction]:
        """What computes the addresses."""
        return [Instruction(f"%h{n}", slot_address(n), (), Effect.NONE) for n in sorted(self.used)]


class Entries:
    """The sites at which code can be entered, and the blocks to which they lead."""

    def __init__(self) -> None:
        self._cases: list[str] = []
        self._resumed: dict[str, list[str]] = {}
        """Cases of the sites at calls, by the kind of the callee's result."""

    def add(self, site: int, label: str) -> None:
        """A site where code just goes on."""
        self._cases.append(_case(site, label))

    def add_call(self, site: int, kind: str, label: str) -> None:
        """A site at a call with a result of this kind, which is ``%result.<kind>`` behind it."""
        self._cases.append(_case(site, f"resumed.{kind}"))
        self._resumed.setdefault(kind, []).append(_case(site, label))

    def dispatch(self, first: Block) -> list[Block]:
        """Code that goes to where ``%frame`` stood: the end of ``first``, and the blocks behind it.

        The sites at calls first call the inner frame's resume function: all with one kind of
        result share a call.
        """
        _add(first, "%site.address", f"getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['site']}")
        _add(first, "%site", "load i64, ptr %site.address")
        first.end = _switch(self._cases)
        unknown = Block("unknown")  # the runtime has checked the site: it is one of this function's
        unknown.end = Instruction(None, "unreachable", (), Effect.OTHER)
        return [unknown, *(_resumed_call(kind, after) for kind, after in self._resumed.items())]


def _add(block: Block, name: str | None, text: str, effect: Effect = Effect.PLACED) -> None:
    block.body.append(Instruction(name, text, (), effect))


def _case(site: int, label: str) -> str:
    return f"i64 {site}, label %{label}"


def _switch(cases: list[str]) -> Instruction:
    return Instruction(None, f"switch i64 %site, label %unknown [ {' '.join(cases)} ]", (), Effect.OTHER)


def _resumed_call(kind: str, cases: list[str]) -> Block:
    """The call of the inner frame's resume function for all sites at calls with results of a kind."""
    result = "void" if kind == BUFFER else kind
    buffer = ", ptr %results" if kind == BUFFER else ""
    block = Block(f"resumed.{kind}")
    _add(block, f"%inner.{kind}", "load ptr, ptr %frame")
    _add(block, f"%resume.address.{kind}", f"getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['inner_resume']}")
    _add(block, f"%resume.{kind}", f"load ptr, ptr %resume.address.{kind}")
    _add(block, f"%record.{kind}", f"or i64 %site, {FRAME_SITE}")
    call = f'call {result} %resume.{kind}(ptr %mem, ptr %inner.{kind}{buffer}) [ "deopt"(i64 %record.{kind}, ptr %frame) ]'
    _add(block, None if result == "void" else f"%result.{kind}", call, Effect.CALL)
    block.end = _switch(cases)
    return block
