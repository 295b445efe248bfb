"""Control constructs that are open while a body is walked, and the edges that lead to their labels.

A branch records an `Edge`: the values that flow along it.  Where edges meet, phis are made for
what differs (`wanco.emit.flow`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wanco.emit.ir.builder import Block
from wanco.emit.ir.instruction import Instruction
from wanco.emit.ir.values import Operand
from wanco.emit.sites import Site


@dataclass(slots=True)
class Edge:
    """Values that flow along one branch, out of ``block``."""

    block: Block
    locals: list[str]
    stack: list[Operand]


@dataclass(slots=True)
class ControlFrame:
    """An open construct: a `block`, or the function's body; instruction indices, value codes."""

    start: int
    end: int
    height: int
    """Operands below the construct's parameters."""
    parameter_codes: tuple[int, ...]
    end_codes: tuple[int, ...]
    branch_codes: tuple[int, ...]
    """What a branch to the label carries."""
    label: str
    spilled: bool = False
    """Opened where state is in frame slots (`wanco.emit.modes.partial`): branches to it store what they carry."""
    mark: int = 0
    """What was known of addresses when it was opened."""
    edges: list[Edge] = field(default_factory=list)
    """Branches to the label: forward ones, or the back edges of a loop."""


@dataclass(slots=True)
class IfFrame(ControlFrame):
    """An open `if`, in its first arm or its second."""

    else_label: str = ""
    else_edge: Edge | None = None
    in_else: bool = False


@dataclass(slots=True)
class Phi:
    """A loop phi that waits for the back edge. Slots below zero are operand stack positions
    (``~position``), others locals."""

    slot: int
    code: int
    name: str
    entry: str
    instruction: Instruction


@dataclass(slots=True)
class Header:
    """A loop header: its phis and the edge that enters it."""

    loop: int
    label: str
    entry: Edge
    phis: list[Phi]


@dataclass(slots=True)
class Strip:
    """A strip-mined loop: the inner header counts ``counter`` up to ``limit``."""

    inner: Header
    outer: Block
    """The outer header, in which the limit is computed."""
    counter: str
    counter_phi: Instruction
    number: int
    """Values numbered up to this one are defined outside the loop."""
    counted: tuple[Edge, Edge] | None = None
    """For the counted form: the edges to the inner header and to the poll."""
    next_counter: str = ""


@dataclass(slots=True)
class LoopFrame(ControlFrame):
    """An open `loop` whose state is in SSA form; without a header nothing branches back to it."""

    header: Header | None = None
    strip: Strip | None = None
    site: Site | None = None


@dataclass(slots=True)
class PartialLoopFrame(ControlFrame):
    """An open `loop` of a partial body; back edges go to its latch at ``label``."""

    site: Site | None = None
    has_loop_body: bool = False
    header_label: str = ""
    """Where it is entered."""
    entered: bool = False
    """Something enters it besides its back edges."""
