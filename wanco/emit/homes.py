"""Homes: the slots of a restored frame, and how code enters at one of a function's sites.

A `struct wanco_frame` is followed by a slot for each local of its function, then one for each
place of the operand stack.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanco.abi.layout import FRAME, HOMED_SITE

SLOT = 16
"""Bytes of a home."""

FRAME_TAG = "!tbaa !6"
"""Of every access of a home."""

FRAME_POINTER = "@wanco_resume_frame"
"""The frame that the next call of a function in the merged form goes on with (`wanco.emit.merged`)."""

BUFFER = "buffer"
"""The kind of results that go to a buffer; other kinds are the results' types."""


def frame_size(slots: int) -> int:
    """Bytes of a frame with so many slots."""
    return FRAME.size + SLOT * slots


def home_address(number: int, frame: str = "%frame") -> str:
    """The address of a home in a frame."""
    return f"getelementptr inbounds i8, ptr {frame}, i64 {frame_size(number)}"


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

    def dispatch(self) -> list[str]:
        """Code that goes to where ``%frame`` stood.

        The sites at calls first call the inner frame's resume function: all with one kind of
        result share a call.
        """
        return [
            f"  %site.address = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['site']}",
            "  %site = load i64, ptr %site.address",
            f"  switch i64 %site, label %unknown [ {' '.join(self._cases)} ]",
            # The runtime has checked the site: it is one of this function's.
            "unknown:\n  unreachable",
            *(line for kind, after in self._resumed.items() for line in _resumed_call(kind, after)),
        ]


def _case(site: int, label: str) -> str:
    return f"i64 {site}, label %{label}"


def _resumed_call(kind: str, cases: Sequence[str]) -> list[str]:
    """The call of the inner frame's resume function for all sites at calls with results of a kind."""
    result = "void" if kind == BUFFER else kind
    buffer = ", ptr %results" if kind == BUFFER else ""
    name = f"%result.{kind} = " if result != "void" else ""
    return [
        f"resumed.{kind}:",
        f"  %inner.{kind} = load ptr, ptr %frame",
        f"  %resume.address.{kind} = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['inner_resume']}",
        f"  %resume.{kind} = load ptr, ptr %resume.address.{kind}",
        f"  %record.{kind} = or i64 %site, {HOMED_SITE}",
        f'  {name}call {result} %resume.{kind}(ptr %mem, ptr %inner.{kind}{buffer}) [ "deopt"(i64 %record.{kind}, ptr %frame) ]',
        f"  switch i64 %site, label %unknown [ {' '.join(cases)} ]",
    ]
