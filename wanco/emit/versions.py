"""Versions of a function: a walk over its body in a state mode, and what stands around the body.

| version | mode | symbol |
|---|---|---|
| ordinary | `ordinary`, or `spilled` if it would record too much | ``wf<N>``, in the common form of tail calls ``wk<N>`` |
| merged | `merged` | ``wf<N>``, and a ``wr<N>`` that enters it |
| resume | `partial`, with `loop_body` inside | ``wr<N>`` |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wanco.abi.layout import SLOT_SIZE, SiteKind
from wanco.abi.symbols import FUNCTION, RESUME_FRAME, RESUME_FUNCTION, RESUME_SECTION, TAIL_FUNCTION, TEXT_SECTION
from wanco.emit.calls import argument_loads
from wanco.emit.context import Body, FunctionContext
from wanco.emit.function import open_body, walk, walk_body
from wanco.emit.ir.builder import Block, text_of
from wanco.emit.ir.definition import HIDDEN, Definition
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.ir.prelude import Attributes, Tag
from wanco.emit.ir.values import IR_TYPE, ZERO, by_buffer, codes, result_type
from wanco.emit.kept_accesses import keep_all, keep_unused_loads
from wanco.emit.modes.forms import ResumeForm, is_compact, resume_form
from wanco.emit.modes.merged import MergedMode
from wanco.emit.modes.ordinary import OrdinaryMode
from wanco.emit.modes.partial import PartialMode
from wanco.emit.modes.spilled import SpilledMode
from wanco.emit.nan import NanConflict, PhiStates, settled
from wanco.emit.records import TAIL_RECORD
from wanco.emit.safepoints import site_here
from wanco.emit.state_mode import StateMode
from wanco.emit.translation import Findings, Translation

_IN_TEXT = f'section "{TEXT_SECTION}"'
_IN_RESUME = f'section "{RESUME_SECTION}"'


@dataclass(slots=True)
class Version:
    """One version of a function, and what is known of it."""

    definition: Definition
    found: Findings
    slots: int
    """Of a frame of the function, as far as this version knows."""
    states: PhiStates
    """The states of loop phis that it was emitted with."""
    raw_phis: PhiStates
    """The loop phis that are raw, and their lanes."""


# ---- ordinary -----------------------------------------------------------------------------


def ordinary(context: FunctionContext, body: Body, first_site: int, spilled: bool = False) -> Version:
    """The ordinary version; ``spilled``: with its locals in frame slots, too."""
    return settled(lambda states: _ordinary(context, body, first_site, spilled, states), {})


def _ordinary(context: FunctionContext, body: Body, first_site: int, spilled: bool, states: PhiStates) -> Version:
    t = Translation(context, body, Findings(first_site), states)
    mode = SpilledMode(t) if spilled else OrdinaryMode(t)
    with _in_mode(t, mode):
        _set_locals(t)
        mode.begin()
        _walk_with_entry_poll(t)
    entry = [*_result_buffer(t), *mode.entry()]
    common = body.index in context.plan.tail_calls.common
    if common:
        entry += [Instruction(name, text, (), Effect.PLACED) for name, text in argument_loads(codes(body.signature.params))]
    first = t.ir.blocks[0]
    first.body[:0] = entry
    attributes = Attributes.HANDING_OVER if t.found.hands_over and context.checkpoint else Attributes.WASM
    symbol, parameters = (TAIL_FUNCTION, "") if common else (FUNCTION, _parameters(body))
    return _finished(t, symbol(body.index), _head("%mem", parameters, body), f"{attributes} {_IN_TEXT}", t.ir.all_blocks())


@contextmanager
def _in_mode(t: Translation, mode: StateMode) -> Iterator[None]:
    """The walk in a mode.  A mode refers back to its translation; it is let go however the walk ends, so that all of
    it goes at once: the cycle collector is paused (`wanco.emit.module.module`)."""
    t.mode = mode
    try:
        yield
    finally:
        del t.mode


def _set_locals(t: Translation) -> None:
    """Give the locals their first values."""
    parameters = len(t.body.signature.params)
    t.locals = [f"%p{i}" for i in range(parameters)] + [ZERO[code] for code in t.body.local_codes[parameters:]]


def _walk_with_entry_poll(t: Translation) -> None:
    open_body(t)
    if t.context.checkpoint and t.body.index in t.context.plan.entry_polls:
        live_parameters = t.body.liveness[0] & ((1 << len(t.body.signature.params)) - 1)
        t.mode.poll(site_here(t, SiteKind.ENTRY, 0, 0, live_parameters))
    walk_body(t)


# ---- merged -------------------------------------------------------------------------------


def merged(context: FunctionContext, body: Body, first_site: int) -> Version:
    """The one version of a function in the merged form, with the function that enters it."""
    return settled(lambda states: _merged(context, body, first_site, states), {})


def _merged(context: FunctionContext, body: Body, first_site: int, states: PhiStates) -> Version:
    t = Translation(context, body, Findings(first_site), states, entry="body")
    mode = MergedMode(t)
    with _in_mode(t, mode):
        _set_locals(t)
        _walk_with_entry_poll(t)
    entry, resume = Block("entry"), Block("resume")
    entry.body = [
        *_result_buffer(t),
        Instruction("%tag", "ptrtoint ptr %tagged to i64", (), Effect.NONE),
        Instruction("%resumes", "trunc i64 %tag to i1", (), Effect.NONE),
        Instruction("%mem", "call ptr @llvm.ptrmask.p0.i64(ptr %tagged, i64 -2)", (), Effect.PLACED),
    ]
    entry.end = Instruction(None, f"br i1 %resumes, label %resume, label %body{Tag.UNLIKELY}", (), Effect.OTHER)
    resume.body = [
        Instruction("%frame", f"load ptr, ptr @{RESUME_FRAME}", (), Effect.PLACED),
        *mode.slots.addresses(),
        *mode.local_loads(),
    ]
    blocks = [entry, resume, *mode.entries.dispatch(resume), *t.ir.all_blocks()]
    head = _head("%tagged", _parameters(body), body)
    return _finished(t, FUNCTION(body.index), head, f"{Attributes.MERGED} {_IN_TEXT}", blocks)


def thunk(body: Body) -> Definition:
    """The resume function of a merged one: it hands the frame over."""
    signature, function = body.signature, FUNCTION(body.index)
    kind, passed = result_type(signature), ", ptr %res" if by_buffer(signature) else ""
    arguments = "".join(f", {IR_TYPE[code]} poison" for code in codes(signature.params))
    call = f"call {kind} @{function}(ptr %tagged{arguments}{passed}){TAIL_RECORD.text}"
    lines = [
        f"{kind} @{RESUME_FUNCTION(body.index)}{_head('%mem', ', ptr %frame', body)} {Attributes.WASM} {_IN_RESUME} {{",
        f"  store ptr %frame, ptr @{RESUME_FRAME}",
        "  %tagged = getelementptr i8, ptr %mem, i64 1",
        *([f"  {call}", "  ret void"] if kind == "void" else [f"  %r = {call}", f"  ret {kind} %r"]),
        "}\n",
    ]
    return Definition(RESUME_FUNCTION(body.index), "\n".join(lines), HIDDEN, frozenset({function}))


# ---- resume -------------------------------------------------------------------------------


@dataclass(slots=True)
class ResumeVersion(Version):
    """A resume function beside an ordinary version."""

    form: ResumeForm
    compact: bool
    """It is made small rather than fast."""


def resume(context: FunctionContext, body: Body, beside: Version) -> ResumeVersion:
    """The resume function of a function whose ordinary version exists."""
    return settled(lambda states: _resume(context, body, beside, states), beside.states)


def _resume(context: FunctionContext, body: Body, beside: Version, states: PhiStates) -> ResumeVersion:
    found = Findings(beside.found.first_site, beside.found.sites, beside.found.reachable_ends, beside.found.short_loops)
    t = Translation(context, body, found, states)
    form, compact = resume_form(body, small=context.small_resume), is_compact(body)
    mode = PartialMode(t, form, beside.raw_phis, lambda start, stop: walk(t, start, stop))
    with _in_mode(t, mode):
        open_body(t)
        t.ir.live = False
        site = found.sites.get((0, SiteKind.ENTRY))
        if site:
            mode.enter(site)
        walk_body(t)
    entry = t.ir.blocks[0]
    entry.body = [*_result_buffer(t), *mode.slots.addresses()]
    blocks = [entry, *mode.entries.dispatch(entry), *t.ir.blocks[1:], *t.ir.cold]
    size = ""
    # For size LLVM would have a C library round, on an ISA without instructions for it.
    if compact and "rounding" not in t.ir.operations:
        size = " optsize" if body.structure.loops else " minsize optsize"
    attributes = f"{Attributes.WASM}{size} {_IN_RESUME}"
    # The ordinary version has decided which accesses stay.
    done = _finished(t, RESUME_FUNCTION(body.index), _head("%mem", ", ptr %frame", body), attributes, blocks, beside.found)
    slots = max(done.slots, 1 + max(mode.slots.used, default=0))
    return ResumeVersion(done.definition, found, slots, states, done.raw_phis, form, compact)


# ---- around bodies ------------------------------------------------------------------------


def _parameters(body: Body) -> str:
    return "".join(f", {IR_TYPE[code]} %p{i}" for i, code in enumerate(codes(body.signature.params)))


def _head(memory: str, parameters: str, body: Body) -> str:
    """The parameters, ``memory`` first; results of several values go to a buffer."""
    return f"(ptr nonnull {memory}{parameters}{', ptr %res' if by_buffer(body.signature) else ''})"


def _result_buffer(t: Translation) -> list[Instruction]:
    """The buffer that calls with several results share."""
    if not t.found.result_slots:
        return []
    return [Instruction("%results", f"alloca [{SLOT_SIZE * t.found.result_slots} x i8], align 16", (), Effect.PLACED)]


def _finished(
    t: Translation, symbol: str, head: str, attributes: str, blocks: Sequence[Block], decided: Findings | None = None
) -> Version:
    """The version whose body is in ``blocks``; ``decided`` tells which accesses stay, though only their trap matters."""
    if t.nan.conflicts:
        raise NanConflict(t.nan.conflicts)
    decided = decided or t.found
    if t.context.precise_traps or decided.discards:
        keep_all(blocks)
    elif decided.unused_sets:
        keep_unused_loads(blocks)
    text = "\n".join([f"{result_type(t.body.signature)} @{symbol}{head} {attributes} {{", *text_of(blocks), "}\n"])
    linkage = HIDDEN if symbol == RESUME_FUNCTION(t.body.index) else t.context.linkage(t.body.index)
    definition = Definition(symbol, text, linkage, frozenset(t.ir.called), t.body.has_vectors)
    return Version(definition, t.found, t.found.slot_count(len(t.body.local_codes)), t.nan.known, t.nan.raw_phis)
