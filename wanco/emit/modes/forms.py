"""The choice of a form, between speed and text: how a function can be gone on with after a restore.

* *Merged* (`wanco.emit.modes.merged`): one version of the function that can be entered at its sites.
  Almost no text, but loops are optimised less, before a restore, too: for functions that are
  large, and spend their time in what they call rather than in loops of their own.
* A resume function (`wanco.emit.modes.partial`) beside the ordinary version, which is as if there were none.
  *Full*: with a copy of each loop.  *Innermost*: with a copy of each innermost loop, where
  copies of nested loops would add up.
"""

from __future__ import annotations

from enum import Enum

from wanco.analysis.safepoints import SafepointPlan
from wanco.emit.context import Body

MERGED_SIZE = 200
"""Instructions that a function has at least to be merged: a call of it takes an instruction or two more, and is never inlined."""

MERGED_LOOPS = 0.25
"""The part of a merged function's instructions that loops without safepoints at calls have at most.

In compiled programs it is below 0.2 where functions call others all the time, and 0.3 to 0.8 where they compute."""

FULL_FORM_SIZE = 400
"""Instructions of a function up to which every loop gets a copy of its own."""

FULL_FORM_GROWTH = 2
"""Every loop also gets a copy where the copies stay below so many times the function ..."""

FULL_FORM_LIMIT = 3000
"""... and that has no more instructions than these."""


class ResumeForm(Enum):
    """The forms; values are their names in statistics."""

    MERGED = "merged"
    FULL = "full"
    INNERMOST = "innermost"


def merges(body: Body, plan: SafepointPlan) -> bool:
    """Whether a function takes the merged form."""
    size = len(body.instrs)
    if size < MERGED_SIZE or body.index not in plan.may_poll or body.index in plan.tail_calls.common:
        return False
    return computing(body, plan) <= MERGED_LOOPS * size


def computing(body: Body, plan: SafepointPlan) -> int:
    """Instructions in loops none of whose calls is a safepoint."""
    count, counted_to = 0, -1
    for loop in sorted(body.structure.loops.values(), key=lambda loop: loop.start):
        if loop.start > counted_to and not any(plan.is_safepoint_call(body.instrs[call][2]) for call in loop.calls):
            count += loop.end - loop.start
            counted_to = loop.end
    return count


def resume_form(body: Body, *, small: bool) -> ResumeForm:
    """The form of a resume function that is not merged."""
    return ResumeForm.FULL if not small and copies_every_loop(body) else ResumeForm.INNERMOST


def copies_every_loop(body: Body) -> bool:
    """Whether copies of all loops are affordable."""
    size = len(body.instrs)
    copied = sum(loop.end - loop.start for loop in body.structure.loops.values())
    return copied <= FULL_FORM_SIZE or (copied <= FULL_FORM_GROWTH * size and size <= FULL_FORM_LIMIT)


def is_compact(body: Body) -> bool:
    """Whether a resume function is made small rather than fast."""
    return len(body.instrs) > (FULL_FORM_LIMIT if body.structure.loops else FULL_FORM_SIZE)
