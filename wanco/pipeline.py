"""From the bytes of a module to executables: strings the stages together.

The front end (decode, validate, emit) runs once, in this process; then every codegen unit is
compiled for every target in worker processes, which have started meanwhile.  A target is
linked as soon as its last unit is there.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from wanco.artifact import Artifact
from wanco.codegen.backend import build_assembly, build_data, build_unit
from wanco.codegen.jobs import Job, pool_for, run_jobs
from wanco.codegen.llvmlite import check_cpu
from wanco.codegen.workers import Pool
from wanco.emit import EmitOptions, EmittedModule, Library, ResumeForm, emit_module
from wanco.errors import UsageError
from wanco.imports.host import HOST_INTERFACE, HOST_PREFIX, archive_symbols
from wanco.imports.settle import Key, given_globals, host_symbols, own_imports, settle_imports
from wanco.install import driver_archive, embed_archive, runtime_archive
from wanco.objects.link import linked, linked_with_libc, merged
from wanco.objects.safepoint_table import table_ir
from wanco.objects.sizes import sizes
from wanco.objects.static_library import static_library
from wanco.options import DEFAULTS, CompileOptions
from wanco.report import FrontEndStats, Report, TargetStats, silent, timed
from wanco.targets import Target
from wanco.version import VERSION
from wanco.wasm.constexpr import Value
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.validate import validate

_ONE_UNIT = 1 << 62


def compile_module(
    data: bytes,
    targets: Sequence[Target],
    options: CompileOptions = DEFAULTS,
    report: Report | None = None,
    pool: Pool | None = None,
) -> list[Artifact]:
    """Compile a module in binary form; one artifact per target, in their order (with ``emit="ll"``: one in all).

    ``pool`` is a `wanco.codegen.jobs.worker_pool` to use, and to leave open, instead of processes that start
    and end with this call.

    Raises:
        DecodeError, ValidationError, UnsupportedError: the module cannot be compiled.
        LinkError: an import cannot be had, or the linker refuses.
        CompileError, InstallError: a later stage fails.
        UsageError: the CPU does not exist, or there is no target.
    """
    if not targets:
        raise UsageError("no target to compile for")
    report = report or silent
    stats = FrontEndStats()
    if options.emit == "ll":
        emitted = _front_end(data, targets, options, stats, report)
        return [Artifact(None, "\n".join(unit.ir for unit in emitted.units).encode(), False, stats, TargetStats())]
    if options.cpu is not None:
        for target in targets:
            check_cpu(target, options.cpu)
    with nullcontext(pool) if pool else pool_for(len(data), len(targets), options) as workers:
        emitted = _front_end(data, targets, options, stats, report)
        identity = hashlib.sha256(data).digest() + emitted.site_table_hash
        if options.emit == "asm":
            texts = _assemble(emitted, targets, options, workers, report)
            return [Artifact(target, text, False, stats, TargetStats()) for target, text in zip(targets, texts, strict=True)]
        return [
            Artifact(target, image, options.emit == "exe", stats, target_stats, emitted.header, identity)
            for target, image, target_stats in _build(emitted, targets, options, workers, report)
        ]


def _front_end(data: bytes, targets: Sequence[Target], options: CompileOptions, stats: FrontEndStats, report: Report) -> EmittedModule:
    report("front end", 0, 1)
    with timed(stats.seconds, "decode"):
        module = decode(data)
    with timed(stats.seconds, "validate"):
        validate(module)
        module = settle_imports(module, options.imports)
        given = given_globals(module, options.globals)
        found = options.host.resolve(module, targets, options.imports, given, linked=options.emit == "exe")
        module = own_imports(module, found.globals)
        check_limits(module)
    with timed(stats.seconds, "emit"):
        emitted = emit_module(module, _emit_options(options, host_symbols(options.imports) | found.symbols, found.globals))
        if options.emit == "lib":
            library = Library(module, options.prefix, options.host.missing(found.symbols, targets))
            emitted.descriptor += library.ir()
            emitted.header = library.header(module.names.module or options.prefix, VERSION)
    stats.module_size = len(data)
    stats.ir_size = sum(len(unit.ir) for unit in emitted.units)
    stats.emitter = dict(emitted.stats)
    return emitted


def _emit_options(options: CompileOptions, host: dict[Key, str], constants: Mapping[Key, Value]) -> EmitOptions:
    emit_options = EmitOptions(
        checkpoint=options.checkpoint,
        poll_interval=options.poll_interval,
        wrappers="all" if options.driver or options.emit == "lib" else "command",
        precise_traps=options.precise_traps,
        small_resume=options.small_resume,
        host=host,
        constants=_identity(constants),
    )
    if options.emit in ("exe", "lib"):
        return emit_options
    return dataclasses.replace(emit_options, unit_size=_ONE_UNIT, separate_compact=False)  # one file is wanted


def _identity(values: Mapping[Key, Value]) -> bytes:
    return repr(sorted(values.items())).encode() if values else b""


def _assemble(emitted: EmittedModule, targets: Sequence[Target], options: CompileOptions, pool: Pool, report: Report) -> list[bytes]:
    (unit,) = emitted.units
    return run_jobs(build_assembly, [Job(unit.ir, target, options.code, unit.functions) for target in targets], "code", pool, report)


def _build(
    emitted: EmittedModule, targets: Sequence[Target], options: CompileOptions, pool: Pool, report: Report
) -> Iterator[tuple[Target, bytes, TargetStats]]:
    """Code for all units and targets, then tables and descriptors, then the links."""
    jobs = [
        Job(unit.ir, target, options.compact_code if unit.compact else options.code, unit.functions)
        for target in targets
        for unit in emitted.units
    ]
    results = run_jobs(build_unit, jobs, "code", pool, report)
    count = len(emitted.units)
    per_target = [results[i * count : (i + 1) * count] for i in range(len(targets))]
    data = [
        Job(emitted.descriptor + table_ir(t for r in built for t in r.tables), target, options.code)
        for target, built in zip(targets, per_target, strict=True)
    ]
    data_objects = run_jobs(build_data, data, "tables", pool, report)
    for done, (target, built, data_object) in enumerate(zip(targets, per_target, data_objects, strict=True)):
        report("link", done, len(targets))
        stats = TargetStats()
        stats.seconds["optimise and generate"] = sum(unit.codegen_seconds for unit in built)
        stats.seconds["tables"] = sum(unit.table_seconds for unit in built)
        with timed(stats.seconds, "link"):
            image = _link([*(unit.object for unit in built), data_object], target, options)
        form_of = {function: form.value for function, form in emitted.forms.items()}
        stats.sizes = sizes(image, [table for unit in built for table in unit.tables], [form.value for form in ResumeForm], form_of)
        yield target, image, stats
    report("link", len(targets), len(targets))


def _link(objects: Sequence[bytes], target: Target, options: CompileOptions) -> bytes:
    everything: list[Path | bytes] = [*objects, *(file.path for file in options.host.for_target(target))]
    if options.emit == "obj":
        return merged(everything, target)
    if options.emit == "lib":
        return static_library(
            everything,
            target,
            f"{options.prefix}.o",
            archives=[embed_archive(target)],
            host_prefix=HOST_PREFIX,
            host_interface=HOST_INTERFACE,
        )
    runtime = runtime_archive(target)
    archives = [*([driver_archive(target)] if options.driver else []), runtime]
    if from_libc := options.host.undefined(target, archive_symbols(runtime)):
        return linked_with_libc(everything, target, archives=archives, wanted=from_libc)
    return linked(everything, target, archives=archives)
