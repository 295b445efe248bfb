"""A whole module: functions in codegen units, wrappers of exports, and the descriptor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wanco.abi.layout import ENTRY_SITE, FRAME, ExternKind, SegmentMode
from wanco.abi.wasi import BLOCKING, WASI_FUNCTIONS, WASI_MODULE
from wanco.analysis.safepoints import SafepointPlan, plan_safepoints
from wanco.emit import simd, tail_calls
from wanco.emit.addresses import has_neighbours
from wanco.emit.budget import Budget
from wanco.emit.control import host_result, host_symbol, host_type
from wanco.emit.descriptor import Descriptor, EntryPoint, FrameSizes, constant_operand, resumes_entry
from wanco.emit.dispatch import HANDLERS, PASSED
from wanco.emit.forms import ResumeForm, merges
from wanco.emit.function import Body, FunctionContext, FunctionEmitter, NatureConflict, PhiNatures
from wanco.emit.homed import MAX_RECORDED, HomedEmitter
from wanco.emit.homes import FRAME_POINTER
from wanco.emit.ir.prelude import PRELUDE, Attributes
from wanco.emit.merged import MergedEmitter
from wanco.emit.resume import ResumeEmitter
from wanco.emit.sites import SiteTable
from wanco.emit.values import CODE, IR_TYPE, by_buffer, codes, result_type, slot
from wanco.errors import CompileError, LinkError
from wanco.wasm.constexpr import evaluate, global_values
from wanco.wasm.decode import decode_body
from wanco.wasm.module import Module
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.types import FuncType

Emitter = TypeVar("Emitter", bound=FunctionEmitter)

FunctionEmitter.handlers = HANDLERS
FunctionEmitter.passed = PASSED


@dataclass(frozen=True, slots=True)
class EmitOptions:
    """How a module is translated.

    ``wrappers`` says which exports get entry wrappers: the command's ``_start`` alone, or
    all functions (for embedding and tests).  ``unit_size`` bounds the bytes of WebAssembly
    code per codegen unit.  ``host`` names the symbols of host functions besides WASI.
    ``constants`` tells what else the program depends on beside the module: a snapshot goes on
    only where it is equal.
    ``precise_traps`` keeps every access of memory where it is (`wanco.emit.traps`).
    ``small_resume`` keeps resume functions small, so that less has to be compiled: a restored
    loop is slower, as long as it stays in them, if there are loops in it.
    """

    checkpoint: bool = True
    poll_interval: int = 1024
    wrappers: str = "command"
    unit_size: int = 200_000
    host: Mapping[tuple[str, str], str] = field(default_factory=dict)
    separate_compact: bool = True
    """Whether compact resume functions are put into units of their own."""
    constants: bytes = b""
    precise_traps: bool = False
    small_resume: bool = False


@dataclass(slots=True)
class EmittedModule:
    """IR text of each codegen unit and of the descriptor, the same for every ISA."""

    units: list[str]
    compact_units: int
    """How many of them, the last ones, hold nothing but compact resume functions: code that is
    not worth optimising."""
    descriptor: str
    site_table: bytes
    site_table_hash: bytes
    stats: dict[str, int | float]
    forms: dict[int, ResumeForm]
    """How each function that can be on the stack at a checkpoint is gone on with."""
    header: str = ""
    """C header, where the module becomes a library."""


_MAX_CONSTANT_TABLES = 1 << 18
"""Entries up to which the tables that nothing changes are constants of the executable."""

_TABLE_MUTATORS = {
    BY_NAME["table.set"].code: lambda immediate: immediate,
    BY_NAME["table.grow"].code: lambda immediate: immediate,
    BY_NAME["table.fill"].code: lambda immediate: immediate,
    BY_NAME["table.init"].code: lambda immediate: immediate[1],
    BY_NAME["table.copy"].code: lambda immediate: immediate[0],
}


def emit_module(module: Module, options: EmitOptions | None = None) -> EmittedModule:
    """Translate a decoded, validated and supported module.

    Raises `LinkError` for imports that the runtime does not have, `CompileError` for a
    module without an entry point.
    """
    return _ModuleEmitter(module, options or EmitOptions()).run()


def _settled(make: Callable[[PhiNatures], Emitter], natures: PhiNatures) -> tuple[Emitter, str]:
    """A version of a function and its text, emitted again until the natures of all its phis are as they were taken to be."""
    while True:
        emitter = make(natures)
        try:
            return emitter, emitter.run()
        except NatureConflict as conflict:
            natures = natures | conflict.natures


class _ModuleEmitter:
    def __init__(self, module: Module, options: EmitOptions) -> None:
        self.module = module
        self.options = options
        self.bodies = [decode_body(module, code) for code in module.code]
        self.host_symbols = self._import_symbols()
        blocking = frozenset(
            index for index, item in enumerate(module.imported(ExternKind.FUNCTION)) if self._blocks(item.module, item.name)
        )
        self.plan: SafepointPlan = plan_safepoints(module, self.bodies, blocking)
        self.globals = global_values(module, {})
        self.tables = self._constant_tables()
        self.entries = self._entry_points()
        self.units = self._partition()
        self.sites = SiteTable(options.poll_interval, options.constants)
        self.stats: dict[str, int | float] = {}
        self.forms: dict[int, ResumeForm] = {}
        self.safepoints: Counter[ResumeForm] = Counter()

    # ---- imports ----------------------------------------------------------------------

    def _blocks(self, module: str, name: str) -> bool:
        return (module == WASI_MODULE and name in BLOCKING) or (module, name) == ("wanco", "checkpoint")

    def _import_symbols(self) -> list[str]:
        symbols, missing = [], []
        for index, item in enumerate(self.module.imported(ExternKind.FUNCTION)):
            key = (item.module, item.name)
            symbol = self.options.host.get(key) or host_symbol(*key)
            signature = self.module.func_type(index)
            expected = _host_signature(*key)
            if symbol is None or (item.module == WASI_MODULE and expected is None):
                missing.append(f"{item.module}.{item.name} {_show(signature)}")
            elif expected is not None and expected != (codes(signature.params), codes(signature.results)):
                missing.append(f"{item.module}.{item.name} with type {_show(signature)}")
            symbols.append(symbol or "")
        if missing:
            raise LinkError(f"no host function for the import{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
        return symbols

    # ---- constants --------------------------------------------------------------------

    def global_operand(self, index: int) -> str:
        """LLVM constant of a global's initial value."""
        code, value = CODE[self.module.globals[index].type.value], self.globals[index]
        return constant_operand(code, value)

    def _constant_tables(self) -> dict[int, list[int | None]]:
        """Contents of the tables that nothing changes."""
        module = self.module
        changing = {_TABLE_MUTATORS[op](immediate) for instrs in self.bodies for op, _, immediate in instrs if op in _TABLE_MUTATORS} | set(
            range(module.imported_tables)
        )
        contents: dict[int, list[int | None]] = {}
        room = _MAX_CONSTANT_TABLES
        for index, table in enumerate(module.tables):
            if index not in changing and table.limits.minimum <= room:
                room -= table.limits.minimum
                contents[index] = [None] * table.limits.minimum
        for segment in module.elements:
            if segment.mode != SegmentMode.ACTIVE or segment.table not in contents or segment.offset is None:
                continue
            offset = evaluate(segment.offset, module, self.globals) or 0
            entries = contents[segment.table]
            if offset + len(segment.items) > len(entries):
                del contents[segment.table]  # instantiation traps
                continue
            entries[offset : offset + len(segment.items)] = [evaluate(item, module, self.globals) for item in segment.items]
        return contents

    # ---- units ------------------------------------------------------------------------

    def _partition(self) -> list[list[int]]:
        """Function indices of each codegen unit, by size of their code."""
        called_as_ours = self.plan.escaped | {entry.index for entry in self.entries if entry.wrapped}
        units: list[list[int]] = [sorted(function for function in called_as_ours if function < self.module.imported_functions)]
        size = 0
        for index, code in enumerate(self.module.code, self.module.imported_functions):
            if size and size + len(code.body) > self.options.unit_size:
                units.append([])
                size = 0
            units[-1].append(index)
            size += len(code.body)
        return units

    def _entry_points(self) -> list[EntryPoint]:
        """The exports, then the start function, with their wrappers."""
        module, entries = self.module, []
        for number, export in enumerate(module.exports):
            wrapped = export.kind == ExternKind.FUNCTION and (self.options.wrappers == "all" or export.name == "_start")
            entries.append(EntryPoint(number, export.name, export.kind, export.index, wrapped))
        if module.start is not None:
            entries.append(EntryPoint(len(entries), None, ExternKind.FUNCTION, module.start, True))
        if self.options.wrappers != "all" and not any(e.name == "_start" and e.wrapped for e in entries):
            raise CompileError("the module exports no _start function: it is not a command")
        return entries

    def run(self) -> EmittedModule:
        module, options = self.module, self.options
        context = FunctionContext(
            module=module,
            plan=self.plan,
            checkpoint=options.checkpoint,
            poll_interval=options.poll_interval,
            host_symbols=self.host_symbols,
            constant_tables=frozenset(self.tables),
            constant_globals={i: self.global_operand(i) for i, g in enumerate(module.globals) if not g.type.mutable},
            table_sizes=[table.limits.minimum for table in module.tables],
            neighbours=has_neighbours(module),
            internal=frozenset(range(len(module.functions))) - self.plan.escaped if len(self.units) == 1 else frozenset(),
            budget=Budget(module.size),
            precise_traps=options.precise_traps,
            small_resume=options.small_resume,
        )
        resumable: FrameSizes = {}
        units: list[str] = []
        compact_units: list[str] = []
        for number, functions in enumerate(self.units):
            parts, compact = _anchors(number), _anchors(len(self.units) + len(compact_units))
            anchors = len(compact)
            for function in functions:
                parts += self._function(context, function, resumable, compact)
                parts += self._tail_wrappers(context, function)
                parts += self._wrappers(function, resumable)
            units.append(self._unit_text(parts, set(functions)))
            if len(compact) > anchors:
                compact_units.append(self._unit_text(compact, set()))
                if context.internal:
                    units[-1] = _visible(units[-1], compact_units[-1])
            self.stats["compact_resume_functions"] = self.stats.get("compact_resume_functions", 0) + len(compact) - anchors
        units += compact_units
        descriptor = Descriptor(
            module, self.plan, options.checkpoint, options.poll_interval, self.entries, self.globals, self.tables, len(units)
        )
        self.stats |= {
            "functions": len(module.code),
            "resume_functions": len(resumable),
            "sites": len(self.sites.entries),
            "units": len(units),
        }
        for form in ResumeForm:
            self.stats[f"{form.value}_functions"] = sum(other is form for other in self.forms.values())
            self.stats[f"{form.value}_safepoints"] = self.safepoints[form]
        table = self.sites
        text = descriptor.text(table.data, table.index, table.digest(), resumable, all_globals=options.wrappers == "all")
        return EmittedModule(units, len(compact_units), PRELUDE + text, table.data, table.digest(), self.stats, self.forms)

    def _function(self, context: FunctionContext, function: int, resumable: FrameSizes, compact: list[str]) -> Iterator[str]:
        """Text of a function and of its resume function, which is appended to ``compact`` if it is."""
        body = self._body(function, context.budget)
        allowed = context.budget.left
        merged = context.checkpoint and merges(body, self.plan)
        ordinary, text = self._ordinary(MergedEmitter if merged else FunctionEmitter, context, body)
        if merged and not ordinary.sites:  # its safepoints cannot be reached
            ordinary, text = self._ordinary(FunctionEmitter, context, body)
        if allowed - context.budget.left > MAX_RECORDED:
            context.budget.left = allowed
            ordinary, text = self._ordinary(HomedEmitter, context, body)
        yield text
        self.sites.add(list(ordinary.sites.values()))
        if not ordinary.sites:
            return
        if isinstance(ordinary, MergedEmitter):
            self._note_form(function, ResumeForm.MERGED, ordinary)
            resumable[function] = (len(body.local_codes), ordinary.slot_count)
            yield ordinary.thunk()
            return
        resume, text = _settled(lambda natures: ResumeEmitter(context, body, ordinary, natures), ordinary.phi_natures)
        self._note_form(function, resume.form, ordinary)
        resumable[function] = (len(body.local_codes), resume.slot_count)
        is_wrapped = any(entry.wrapped and entry.index == function for entry in self.entries)
        if resume.compact and self.options.separate_compact and not is_wrapped:
            compact.append(text)
        else:
            yield text

    def _ordinary(self, emitter: type[FunctionEmitter], context: FunctionContext, body: Body) -> tuple[FunctionEmitter, str]:
        """The ordinary version and its text."""
        first_site = len(self.sites.entries)
        return _settled(lambda natures: emitter(context, body, first_site, natures), {})

    def _note_form(self, function: int, form: ResumeForm, ordinary: FunctionEmitter) -> None:
        self.forms[function] = form
        self.safepoints[form] += len(ordinary.sites)

    def _body(self, function: int, budget: Budget) -> Body:
        position = function - self.module.imported_functions
        if position < 0:
            return Body.of_import(self.module, function)
        instrs = self.bodies[position]
        locals_ = len(self.module.func_type(function).params) + len(self.module.code_of(function).locals)
        budget.begin(self.module.describe_function(function), instrs, locals_)
        self.bodies[position] = []  # not needed any more; a large module's bodies take much memory
        return Body.of(self.module, function, instrs)

    def _tail_wrappers(self, context: FunctionContext, function: int) -> Iterator[str]:
        tails = self.plan.tail_calls
        if function not in tails.common_entries:
            return
        wrapper = tail_calls.ordinary_wrapper if function in tails.common else tail_calls.common_wrapper
        yield wrapper(function, self.module.func_type(function), context.linkage(function), context.checkpoint)

    # ---- wrappers ---------------------------------------------------------------------

    def _wrappers(self, function: int, resumable: FrameSizes) -> Iterator[str]:
        signature = self.module.func_type(function)
        for entry in self.entries:
            if entry.wrapped and entry.index == function:
                yield _invoke_wrapper(entry.number, function, signature)
                if resumes_entry(entry, self.plan, resumable):
                    yield _resume_wrapper(entry.number, signature)

    # ---- unit text --------------------------------------------------------------------

    def _unit_text(self, parts: Sequence[str], defined: set[int]) -> str:
        body = "\n".join(parts)
        used = {int(n) for n in re.findall(r"@wf(\d+)\(", body)}
        lines = [PRELUDE]
        if "<2 x i64>" in body:
            lines += simd.declarations()
        lines += self._host_declarations()
        lines += [
            f"@wg{i} = external hidden global {IR_TYPE[CODE[g.type.value]]}" for i, g in enumerate(self.module.globals) if g.type.mutable
        ]
        for index in range(len(self.module.tables)):
            lines.append(f"@wt{index} = external hidden global {{ ptr, i32, i32 }}")
            size = self.module.tables[index].limits.minimum
            lines.append(f"@wt{index}_entries = external hidden constant [{size} x {{ ptr, i32, i32 }}]")
        lines.append(f"@wanco_funcrefs = external hidden constant [{len(self.module.functions)} x {{ ptr, i32, i32 }}]")
        lines.append(f"{FRAME_POINTER} = external hidden global ptr")
        if self.plan.tail_calls.common:
            lines += tail_calls.declarations(len(self.module.functions))
            common = {int(n) for n in re.findall(r"@wk(\d+)\(", body)} - defined
            lines += [tail_calls.declare_common(function, self.module.func_type(function)) for function in sorted(common)]
        for function in sorted(used - defined):
            signature = self.module.func_type(function)
            parameters = "".join(f", {IR_TYPE[CODE[t]]}" for t in signature.params)
            buffer = ", ptr" if by_buffer(signature) else ""
            lines.append(f"declare hidden {result_type(signature)} @wf{function}(ptr{parameters}{buffer}) {Attributes.WASM}")
        return "\n".join(lines) + "\n" + body

    def _host_declarations(self) -> Iterator[str]:
        seen = set()
        for index in range(self.module.imported_functions):
            symbol = self.host_symbols[index]
            if symbol in seen:
                continue
            seen.add(symbol)
            signature = self.module.func_type(index)
            parameters = "".join(f", {host_type(CODE[t])}" for t in signature.params)
            yield f"declare hidden {host_result(signature)} @{symbol}(ptr{parameters}) {Attributes.RUNTIME}"


def _host_signature(module: str, name: str) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Parameter and result codes that the runtime's function has, where it is known."""
    if module == WASI_MODULE and name in WASI_FUNCTIONS:
        function = WASI_FUNCTIONS[name]
        return tuple(map(int, function.parameters)), tuple(map(int, function.results))
    if (module, name) == ("wanco", "checkpoint"):
        return (), (0,)
    return None


def _show(signature: FuncType) -> str:
    parameters, results = (" ".join(t.name.lower() for t in types) for types in (signature.params, signature.results))
    return f"({parameters}) -> ({results})"


def _anchors(unit: int) -> list[str]:
    return [_anchor("text", unit), _anchor("resume_text", unit)]


def _visible(text: str, other: str) -> str:
    """A unit in which those functions are not internal that another unit refers to."""
    used = set(re.findall(r"@(w[fk]\d+)\b", other))
    return re.sub(
        r"(?m)^define internal (?=[^\n(]*@(w[fk]\d+)\()", lambda match: "define hidden " if match[1] in used else match[0], text
    )


def _anchor(kind: str, unit: int) -> str:
    section = "wanco_text" if kind == "text" else "wanco_resume"
    return f'define hidden void @wanco_{kind}_{unit}() {Attributes.WASM} section "{section}" {{\n  ret void\n}}\n'


def _invoke_wrapper(number: int, function: int, signature: FuncType) -> str:
    lines, arguments = [], "ptr %mem"
    for position, code in enumerate(codes(signature.params)):
        lines.append(f"  %a{position} = {slot('%slots', position)}")
        lines.append(f"  %v{position} = load {IR_TYPE[code]}, ptr %a{position}, align 16")
        arguments += f", {IR_TYPE[code]} %v{position}"
    lines += _wrapped_call(f"@wf{function}", arguments, signature)
    return _wrapper(f"we{number}(ptr %mem, ptr %slots)", "wanco_text", lines)


def _resume_wrapper(number: int, signature: FuncType) -> str:
    # The frame may be of a function that took the entry's place by a tail call.
    lines = [
        f"  %place = getelementptr inbounds i8, ptr %frame, i64 {FRAME.offsets()['resume']}",
        "  %resume = load ptr, ptr %place",
        *_wrapped_call("%resume", "ptr %mem, ptr %frame", signature),
    ]
    return _wrapper(f"wc{number}(ptr %mem, ptr %frame, ptr %slots)", "wanco_resume", lines)


def _wrapped_call(target: str, arguments: str, signature: FuncType) -> list[str]:
    record = f'[ "deopt"(i64 {ENTRY_SITE}) ]'
    kind = result_type(signature)
    if by_buffer(signature):
        return [f"  call void {target}({arguments}, ptr %slots) {record}"]
    if kind == "void":
        return [f"  call void {target}({arguments}) {record}"]
    return [f"  %r = call {kind} {target}({arguments}) {record}", f"  store {kind} %r, ptr %slots, align 16"]


def _wrapper(head: str, section: str, lines: list[str]) -> str:
    return f'define hidden void @{head} {Attributes.WASM} section "{section}" {{\n' + "\n".join(lines) + "\n  ret void\n}\n"
