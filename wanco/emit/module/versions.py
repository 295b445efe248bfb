"""The versions of one function that a module has: how it is emitted, and how it is gone on with after a restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from wanco.abi.symbols import FUNCTION, RESUME_FUNCTION, TAIL_FUNCTION
from wanco.emit.dispatch import HANDLERS, PASSED
from wanco.emit.forms import ResumeForm, merges
from wanco.emit.function import Body, FunctionContext, FunctionEmitter, NatureConflict, PhiNatures
from wanco.emit.homed import MAX_RECORDED, HomedEmitter
from wanco.emit.merged import MergedEmitter
from wanco.emit.module.unit import Definition
from wanco.emit.resume import ResumeEmitter
from wanco.emit.sites import Site

Emitter = TypeVar("Emitter", bound=FunctionEmitter)

FunctionEmitter.handlers = HANDLERS
FunctionEmitter.passed = PASSED


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a function is gone on with after a restore."""

    form: ResumeForm
    definition: Definition
    slots: int
    """Of a frame: its locals and operand stack."""
    compact: bool
    """It is made small rather than fast."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The ordinary version of a function; where it has sites, these, and how to go on at them."""

    ordinary: Definition
    sites: tuple[Site, ...] = ()
    resumption: Resumption | None = None


def emit_versions(context: FunctionContext, body: Body, first_site: int) -> Versions:
    """Emit a function, whose sites are numbered from ``first_site`` on."""
    ordinary, text = _ordinary(context, body, first_site)
    family = TAIL_FUNCTION if body.index in context.plan.tail_calls.common else FUNCTION
    definition = Definition(family(body.index), text)
    if not ordinary.sites:
        return Versions(definition)
    symbol = RESUME_FUNCTION(body.index)
    if isinstance(ordinary, MergedEmitter):
        resumption = Resumption(ResumeForm.MERGED, Definition(symbol, ordinary.thunk()), ordinary.slot_count, compact=False)
    else:
        resume, text = _settled(lambda natures: ResumeEmitter(context, body, ordinary, natures), ordinary.phi_natures)
        resumption = Resumption(resume.form, Definition(symbol, text), resume.slot_count, resume.compact)
    return Versions(definition, tuple(ordinary.sites.values()), resumption)


def _ordinary(context: FunctionContext, body: Body, first_site: int) -> tuple[FunctionEmitter, str]:
    """The ordinary version in the way that suits the function, and its text."""

    def version(emitter: type[FunctionEmitter]) -> tuple[FunctionEmitter, str]:
        return _settled(lambda natures: emitter(context, body, first_site, natures), {})

    allowed = context.budget.left
    merged = context.checkpoint and merges(body, context.plan)
    ordinary, text = version(MergedEmitter if merged else FunctionEmitter)
    if merged and not ordinary.sites:  # its safepoints cannot be reached
        ordinary, text = version(FunctionEmitter)
    if allowed - context.budget.left > MAX_RECORDED:
        context.budget.left = allowed
        ordinary, text = version(HomedEmitter)
    return ordinary, text


def _settled(make: Callable[[PhiNatures], Emitter], natures: PhiNatures) -> tuple[Emitter, str]:
    """A version of a function and its text, emitted again until the natures of all its phis are as they were taken to be."""
    while True:
        emitter = make(natures)
        try:
            return emitter, emitter.run()
        except NatureConflict as conflict:
            natures = natures | conflict.natures
