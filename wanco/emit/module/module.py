"""A whole module: strings the steps together, from decoded bodies to the text of units and descriptor."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from wanco.analysis.safepoints import plan_safepoints
from wanco.emit.addresses import has_neighbours
from wanco.emit.budget import Budget
from wanco.emit.context import Body, FunctionContext
from wanco.emit.ir.definition import Definition
from wanco.emit.ir.prelude import PRELUDE
from wanco.emit.modes.forms import ResumeForm
from wanco.emit.module.choice import emit_versions
from wanco.emit.module.constants import constant_globals, constant_tables
from wanco.emit.module.descriptor import Descriptor, FrameSizes
from wanco.emit.module.entries import entry_points, entry_wrappers, resumes_entry
from wanco.emit.module.imports import blocking_imports, import_symbols
from wanco.emit.module.options import EmitOptions, EmittedModule, EmittedUnit
from wanco.emit.module.partition import internal_functions, partition
from wanco.emit.module.tail_wrappers import common_wrapper, ordinary_wrapper
from wanco.emit.module.unit import Declarations, Unit
from wanco.emit.sites import SiteTable
from wanco.wasm.constexpr import global_values
from wanco.wasm.decode import decode_body
from wanco.wasm.module import Module


def emit_module(module: Module, options: EmitOptions | None = None) -> EmittedModule:
    """Translate a decoded, validated and supported module.

    Raises `LinkError` for imports that the runtime does not have, `CompileError` for a
    module without an entry point.
    """
    with _collector_paused():
        return _ModuleEmitter(module, options or EmitOptions()).run()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's cycle collector: a function is hundreds of thousands of small objects, in which it would look for
    cycles again and again (a quarter of the time); `wanco.emit.versions` leaves none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _ModuleEmitter:
    def __init__(self, module: Module, options: EmitOptions) -> None:
        self.module = module
        self.options = options
        self.bodies = [decode_body(module, code) for code in module.code]
        host_symbols = import_symbols(module, options.host)
        self.plan = plan_safepoints(module, self.bodies, blocking_imports(module))
        self.globals = global_values(module, {})
        self.tables = constant_tables(module, self.bodies, self.globals)
        self.entries = entry_points(module, options.wrappers)
        self.units = partition(module, self.plan, self.entries, options.unit_size)
        self.declarations = Declarations(module, self.plan, host_symbols)
        self.sites = SiteTable(options.poll_interval, options.constants)
        self.forms: dict[int, ResumeForm] = {}
        self.safepoints: Counter[ResumeForm] = Counter()
        self.frame_sizes: FrameSizes = {}
        self.context = FunctionContext(
            module=module,
            plan=self.plan,
            checkpoint=options.checkpoint,
            poll_interval=options.poll_interval,
            host_symbols=host_symbols,
            constant_tables=frozenset(self.tables),
            constant_globals=constant_globals(module, self.globals),
            table_sizes=[table.limits.minimum for table in module.tables],
            neighbours=has_neighbours(module),
            internal=internal_functions(module, self.plan, self.units),
            budget=Budget(module.size),
            precise_traps=options.precise_traps,
            small_resume=options.small_resume,
        )

    def run(self) -> EmittedModule:
        units: list[EmittedUnit] = []
        compact_units: list[EmittedUnit] = []
        compact_functions = 0
        for number, functions in enumerate(self.units):
            unit, compact = Unit(number), Unit(len(self.units) + len(compact_units))
            for function in functions:
                self._function(function, unit, compact)
            if compact:
                compact_units.append(EmittedUnit(compact.text(self.declarations), compact.functions, compact=True))
                unit.show(compact.called)
            units.append(EmittedUnit(unit.text(self.declarations), unit.functions))
            compact_functions += len(compact)
        units += compact_units
        return EmittedModule(
            units,
            PRELUDE + self._descriptor(len(units)),
            self.sites.data,
            self.sites.digest(),
            {"compact_resume_functions": compact_functions} | self._stats(len(units)),
            self.forms,
        )

    def _function(self, function: int, unit: Unit, compact: Unit) -> None:
        """Emit a function into its unit, with what stands around it; a compact resume function into ``compact``."""
        body = self._body(function)
        entries = [entry for entry in self.entries if entry.wraps(function)]
        versions = emit_versions(self.context, body, len(self.sites.entries))
        unit.definitions.append(versions.ordinary)
        self.sites.add(list(versions.sites))
        if resumption := versions.resumption:
            self.forms[function] = resumption.form
            self.safepoints[resumption.form] += len(versions.sites)
            self.frame_sizes[function] = (len(body.local_codes), resumption.slots)
            apart = resumption.compact and self.options.separate_compact and not entries
            (compact if apart else unit).definitions.append(resumption.definition)
        unit.definitions += self._tail_wrappers(function)
        for entry in entries:
            unit.definitions += entry_wrappers(entry, body.signature, resumes_entry(entry, self.plan, self.frame_sizes))

    def _body(self, function: int) -> Body:
        position = function - self.module.imported_functions
        if position < 0:
            return Body.of_import(self.module, function)
        instrs = self.bodies[position]
        locals_ = len(self.module.func_type(function).params) + len(self.module.code_of(function).locals)
        self.context.budget.begin(self.module.describe_function(function), instrs, locals_)
        self.bodies[position] = []  # not needed any more; a large module's bodies take much memory
        return Body.of(self.module, function, instrs)

    def _tail_wrappers(self, function: int) -> Iterator[Definition]:
        tails = self.plan.tail_calls
        if function not in tails.common_entries:
            return
        wrapper = ordinary_wrapper if function in tails.common else common_wrapper
        yield wrapper(function, self.module.func_type(function), self.context.linkage(function), self.options.checkpoint)

    def _descriptor(self, units: int) -> str:
        options, sites = self.options, self.sites
        descriptor = Descriptor(
            self.module, self.plan, options.checkpoint, options.poll_interval, self.entries, self.globals, self.tables, units
        )
        return descriptor.text(sites.data, sites.index, sites.digest(), self.frame_sizes, all_globals=options.wrappers == "all")

    def _stats(self, units: int) -> dict[str, int | float]:
        stats: dict[str, int | float] = {
            "functions": len(self.module.code),
            "resume_functions": len(self.frame_sizes),
            "sites": len(self.sites.entries),
            "units": units,
        }
        for form in ResumeForm:
            stats[f"{form.value}_functions"] = sum(other is form for other in self.forms.values())
            stats[f"{form.value}_safepoints"] = self.safepoints[form]
        return stats
