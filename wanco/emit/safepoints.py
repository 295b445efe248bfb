"""Safepoints: the sites of a function, what they record, and polls."""

from __future__ import annotations

from wanco.abi.layout import SiteKind
from wanco.emit.context import bits
from wanco.emit.ir.instruction import Effect
from wanco.emit.ir.prelude import Tag
from wanco.emit.ir.values import F32, F64, V128, Operand
from wanco.emit.records import Record, values_record
from wanco.emit.sites import Site
from wanco.emit.translation import Translation


def site_for(t: Translation, kind: SiteKind, index: int, callee: int, live: int, stack: list[Operand]) -> Site:
    """The site of an instruction; numbered when it is first asked for."""
    key = (index, kind)
    locals_ = tuple((local, t.body.local_codes[local]) for local in bits(live))
    types = tuple(code for code, _ in stack)
    site = t.found.sites.get(key)
    if site is None:
        offset = t.body.instrs[index][1] if kind != SiteKind.ENTRY else t.body.instrs[0][1]
        number = t.found.first_site + len(t.found.sites)
        site = Site(number, t.body.index, offset, kind, callee, locals_, types, frozenset())
        t.found.sites[key] = site
    elif (site.locals, site.stack) != (locals_, types):
        raise AssertionError(f"function {t.body.index}: site at {site.offset} differs between versions")
    return site


def site_here(t: Translation, kind: SiteKind, index: int, callee: int, live: int) -> Site:
    """The site of an instruction with the present operand stack."""
    site = site_for(t, kind, index, callee, live, t.stack)
    t.mode.note_raw(site)
    return site


def site_values(t: Translation, site: Site) -> list[Operand]:
    """The values that the site records, now."""
    return [(code, t.locals[local]) for local, code in site.locals] + t.stack


def raw_values(t: Translation, site: Site) -> frozenset[int]:
    """Positions of the recorded values with unspecified NaN bits."""
    return frozenset(
        position
        for position, (code, operand) in enumerate(site_values(t, site))
        if code in (F32, F64) and t.nan.lanes(operand) is not None
    )


def record_values(t: Translation, site: Site) -> Record:
    """The record of a site whose values are in SSA form."""
    # Raw scalars are canonicalised by the writer of the snapshot, vectors here.
    values = [(c, t.nan.exact(c, operand) if c == V128 else operand) for c, operand in site_values(t, site)]
    t.context.budget.record(len(values))
    return values_record(site.number, values)


def requested(t: Translation) -> str:
    """An i1: whether something was asked of the program at its next poll."""
    flag = t.ir.assign(f"load volatile i32, ptr @wanco_poll_flag{Tag.POLL_FLAG}", effect=Effect.PLACED)
    return t.ir.icmp("ne", "i32", flag, "0")


def call_slow_path(t: Translation, site: Site) -> None:
    """Have the runtime do what was asked for (its convention is completed by `wanco.codegen.target_ir`)."""
    record = t.mode.record(site)
    t.ir.do(f"call preserve_mostcc void @wanco_poll_slow(){record.text}", *record.operands, effect=Effect.CALL)


def poll(t: Translation, site: Site) -> None:
    """Look at the poll flag, and call the slow path if it is set."""
    if not t.ir.live:
        return
    slow, going = t.ir.label(), t.ir.label()
    t.ir.fork(requested(t), slow, going, rare=True)
    t.ir.start(slow)
    call_slow_path(t, site)
    t.ir.jump(going)
    t.ir.start(going)
