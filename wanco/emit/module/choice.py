"""Which versions of a function a module has: how it is emitted, and how it is gone on with after a restore."""

from __future__ import annotations

from dataclasses import dataclass

from wanco.emit.context import Body, FunctionContext
from wanco.emit.ir.definition import Definition
from wanco.emit.modes.forms import ResumeForm, merges
from wanco.emit.modes.spilled import MAX_RECORDED
from wanco.emit.sites import Site
from wanco.emit.versions import Version, merged, ordinary, resume, thunk


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
    version, is_merged = _ordinary(context, body, first_site)
    sites = tuple(version.found.sites.values())
    if not sites:
        return Versions(version.definition)
    if is_merged:
        return Versions(version.definition, sites, Resumption(ResumeForm.MERGED, thunk(body), version.slots, compact=False))
    entered = resume(context, body, version)
    return Versions(version.definition, sites, Resumption(entered.form, entered.definition, entered.slots, entered.compact))


def _ordinary(context: FunctionContext, body: Body, first_site: int) -> tuple[Version, bool]:
    """The ordinary version in the way that suits the function, and whether it is merged with its resume function."""
    allowed = context.budget.left
    is_merged = context.checkpoint and merges(body, context.plan)
    version = merged(context, body, first_site) if is_merged else ordinary(context, body, first_site)
    if is_merged and not version.found.sites:  # its safepoints cannot be reached
        is_merged, version = False, ordinary(context, body, first_site)
    if allowed - context.budget.left > MAX_RECORDED:
        context.budget.left = allowed
        is_merged, version = False, ordinary(context, body, first_site, spilled=True)
    return version, is_merged
