"""Homes: the slots of a restored frame, and how code enters at one of a function's sites.

A `struct wanco_frame` is followed by a slot for each local of its function, then one for each
place of the operand stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wanco.layout import FRAME, HOMED_SITE

SLOT = 16
"""Bytes of a home."""

FRAME_TAG = "!tbaa !6"
"""Of every access of a home."""

FRAME_POINTER = "@wanco_resume_frame"
"""The frame that the next call of a function in the merged form goes on with (`wanco.emit.merged`)."""

BUFFER = "buffer"
"""The kind of results that go to a buffer; other kinds are the results' types."""


def home_address(number: int) -> str:
    """The address of a home in the frame ``%frame``."""
    return f"getelementptr inbounds i8, ptr %frame, i64 {FRAME.size + SLOT * number}"


def enter_at_site(cases: Sequence[str], resumed: Mapping[str, Sequence[str]]) -> list[str]:
    """Code that goes to where ``%frame`` stood.

    ``cases`` has a switch's case for every site.  The sites at calls first call the inner frame's
    resume function: all with one kind of result share a call, to whose block their cases lead,
    and go on from there as ``resumed`` says, by kind.
    """
    return [
        f"  %site.address = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['site']}",
        "  %site = load i64, ptr %site.address",
        f"  switch i64 %site, label %unknown [ {' '.join(cases)} ]",
        # The runtime has checked the site: it is one of this function's.
        "unknown:\n  unreachable",
        *(line for kind, after in resumed.items() for line in _resumed_call(kind, after)),
    ]


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
