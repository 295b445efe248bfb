"""State modes: how the values of locals and of the operand stack are held while a body is walked.

The walk (`wanco.emit.function`) and the operators are the same in every form of a function; what
differs is told by the mode that the walk is given, and only by it:

| mode | state | in |
|---|---|---|
| `ordinary` | SSA values | ordinary versions |
| `spilled` | SSA values; locals are also stored to frame slots, whose address is recorded | ordinary versions that would record too much |
| `merged` | SSA values, which meet those of a restored frame behind each site | merged functions |
| `partial` | frame slots | the partial body of resume functions |
| `loop_body` | SSA values, loaded from frame slots and stored to them at the loop's edges | the loops of resume functions |

What holds in each mode:

* ``t.locals`` and ``t.stack`` have an entry for every local and operand: the SSA value, or in the modes with frame
  slots `FRAME_SLOT` for an operand that is in its slot.
* Between `opened` and the construct's `end` the height of the stack and its codes are as validation says,
  also where code is not live.
* A method that ends a block leaves the builder not live; one that opens a block leaves it live.
* At a site the state that is recorded is that of `wanco.emit.sites.Site`: its locals, then the whole operand stack.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from wanco.analysis.structure import Loop
from wanco.analysis.tail_calls import TailForm
from wanco.emit.frames import ControlFrame, Edge, Header, IfFrame, LoopFrame
from wanco.emit.ir.values import Operand
from wanco.emit.records import Record
from wanco.emit.sites import Site
from wanco.wasm.types import FuncType

FRAME_SLOT = "slot"
"""Operand that stands for the value in the frame slot of its stack position."""


class StateMode(ABC):
    """How state is held; see the module's text."""

    keeps_addresses = True
    """What is known of native addresses stays known until a construct is closed."""
    call_attribute = ""
    """Attribute of every call of a WebAssembly function, behind the arguments."""

    # ---- values ---------------------------------------------------------------------------

    @abstractmethod
    def get_local(self, local: int) -> str:
        """The present value of a local."""

    @abstractmethod
    def set_local(self, local: int, operand: str) -> None:
        """Give a local a value."""

    @abstractmethod
    def pop(self) -> Operand:
        """Take the top of the operand stack, as an SSA value."""

    @abstractmethod
    def discard(self, operand: str) -> None:
        """Note that an operand that was taken is thrown away."""

    # ---- control flow ---------------------------------------------------------------------

    @abstractmethod
    def opened(self, frame: ControlFrame) -> None:
        """A block, an `if` or the body has been opened."""

    @abstractmethod
    def target(self, frame: ControlFrame, conditional: bool) -> str:
        """The label to branch to for a construct; the next terminator makes the edge, which is noted."""

    @abstractmethod
    def fall_through(self, label: str) -> Edge:
        """Branch to ``label`` with the whole state."""

    @abstractmethod
    def join(self, edges: list[Edge], label: str, live: int) -> None:
        """Open block ``label``, where ``edges`` meet, if there are any; only locals in the mask ``live`` matter."""

    @abstractmethod
    def open_else(self, frame: IfFrame) -> None:
        """Start the `else` arm."""

    @abstractmethod
    def after_end(self, frame: ControlFrame, index: int) -> None:
        """A construct is closed by the `end` at ``index``: settle whether code after it is reachable."""

    @abstractmethod
    def skip_dead(self, index: int) -> int:
        """The index to go on at where code is reachable, but nothing flows here."""

    # ---- loops ----------------------------------------------------------------------------

    @abstractmethod
    def open_loop(self, signature: FuncType, index: int) -> None:
        """Open the `loop` at ``index``."""

    @abstractmethod
    def close_loop(self, frame: ControlFrame) -> None:
        """Close a `loop` and go on after it."""

    @abstractmethod
    def is_short(self, loop: Loop) -> bool:
        """Whether a loop ends before its first poll would come."""

    @abstractmethod
    def may_strip(self, loop: Loop) -> bool:
        """Whether a loop that polls does so only every so many iterations."""

    @abstractmethod
    def open_header(self, frame: LoopFrame, live: int) -> Header:
        """Branch to a new loop header and make a phi for all that may change in the loop."""

    # ---- safepoints and calls -------------------------------------------------------------

    @abstractmethod
    def note_raw(self, site: Site) -> None:
        """Note which of the values that a site records have unspecified NaN bits."""

    @abstractmethod
    def record(self, site: Site) -> Record:
        """The record of a safepoint call."""

    @abstractmethod
    def poll(self, site: Site) -> None:
        """Look at the poll flag, and call the slow path if it is set."""

    @abstractmethod
    def safepoint_call(self, target: str, signature: FuncType, arguments: list[Operand], site: Site) -> None:
        """Call a WebAssembly function that can poll, and push its results."""

    @abstractmethod
    def before_host_call(self, site: Site) -> None:
        """A host call that can block follows: a restored frame enters here, and issues it again."""

    @abstractmethod
    def tail_form(self, target: int) -> TailForm:
        """How a tail call to a node of the graph of tail calls is made."""
