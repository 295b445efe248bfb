"""From the bytes of a module to executables: strings the stages together.

The front end (decode, validate, emit) runs once, in this process; then every codegen unit is
compiled for every target in worker processes, which have started meanwhile.  A target is
linked as soon as its last unit is there.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import wanco
from wanco.abi.symbols import RESUME_SECTION, TEXT_SECTION, defined_functions, function_of
from wanco.codegen.backend import GENERATORS, build_assembly, build_data, build_unit, cpu_limit
from wanco.codegen.llvmlite import check_cpu
from wanco.codegen.workers import Pool
from wanco.emit import EmitOptions, EmittedModule, Library, ResumeForm, emit_module
from wanco.errors import CompileError, CpuLimitError, UsageError
from wanco.files import write_atomically
from wanco.imports.host import HOST_INTERFACE, HOST_PREFIX, archive_symbols
from wanco.imports.settle import Key, given_globals, host_symbols, own_imports, settle_imports
from wanco.install import driver_archive, embed_archive, runtime_archive
from wanco.objects.archive import archive, members
from wanco.objects.elf import STT_FUNC, Object
from wanco.objects.link import linked, linked_with_libc, merged
from wanco.objects.safepoint_table import Table, table_ir
from wanco.options import DEFAULTS, Backend, CodeOptions, CompileOptions, Report
from wanco.targets import Target
from wanco.wasm.constexpr import Value
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.validate import validate

T = TypeVar("T")

_ONE_UNIT = 1 << 62
_BYTES_PER_WORKER = 1 << 16
"""Module bytes for which one more worker is worth its start."""

_TEXT_SECTIONS = {"text": TEXT_SECTION, "resume text": RESUME_SECTION}


@dataclass
class FrontEndStats:
    """Times in seconds, sizes in bytes; ``emitter`` is what the emitter counts."""

    module_size: int = 0
    ir_size: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    emitter: dict[str, int | float] = field(default_factory=dict)


@dataclass
class TargetStats:
    """Times in seconds (those of worker processes summed up), sizes in bytes."""

    seconds: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifact:
    """What was made for one target (None: for all, as IR is)."""

    target: Target | None
    data: bytes = field(repr=False)
    executable: bool
    front_end: FrontEndStats
    stats: TargetStats
    header: str = field(default="", repr=False)
    """Of a library: the C header, the same for every target."""

    def write(self, path: Path) -> None:
        """Write it to a file, which appears complete or not at all.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(path, self.data, executable=self.executable)


def worker_pool(size: int, backend: Backend = DEFAULTS.backend) -> Pool:
    """Worker processes that several calls of `compile_module` can share, ready for a backend."""
    return Pool(size, GENERATORS[backend])


def compile_module(
    data: bytes,
    targets: Sequence[Target],
    options: CompileOptions = DEFAULTS,
    report: Report | None = None,
    pool: Pool | None = None,
) -> list[Artifact]:
    """Compile a module in binary form; one artifact per target, in their order (with ``emit="ll"``: one in all).

    ``pool`` is a `worker_pool` to use, and to leave open, instead of processes that start
    and end with this call.

    Raises:
        DecodeError, ValidationError, UnsupportedError: the module cannot be compiled.
        LinkError: an import cannot be had, or the linker refuses.
        CompileError, InstallError: a later stage fails.
        UsageError: the CPU does not exist, or there is no target.
    """
    if not targets:
        raise UsageError("no target to compile for")
    report = report or _silent
    stats = FrontEndStats()
    if options.emit == "ll":
        emitted = _front_end(data, targets, options, stats, report)
        return [Artifact(None, "\n".join(emitted.units).encode(), False, stats, TargetStats())]
    if options.cpu is not None:
        for target in targets:
            check_cpu(target, options.cpu)
    with nullcontext(pool) if pool else worker_pool(_pool_size(len(data), len(targets), options), options.backend) as workers:
        emitted = _front_end(data, targets, options, stats, report)
        if options.emit == "asm":
            texts = _assemble(emitted, targets, options, workers, report)
            return [Artifact(target, text, False, stats, TargetStats()) for target, text in zip(targets, texts, strict=True)]
        return [
            Artifact(target, image, options.emit == "exe", stats, target_stats, emitted.header)
            for target, image, target_stats in _build(emitted, targets, options, workers, report)
        ]


def _silent(what: str, done: int, total: int) -> None:
    pass


def _pool_size(module_size: int, targets: int, options: CompileOptions) -> int:
    wanted = targets * (1 + module_size // _BYTES_PER_WORKER)
    return min(options.jobs or os.cpu_count() or 1, wanted)


def _front_end(data: bytes, targets: Sequence[Target], options: CompileOptions, stats: FrontEndStats, report: Report) -> EmittedModule:
    emit_options = EmitOptions(
        checkpoint=options.checkpoint,
        poll_interval=options.poll_interval,
        wrappers="all" if options.driver or options.emit == "lib" else "command",
        precise_traps=options.precise_traps,
        small_resume=options.small_resume,
    )
    is_linked = options.emit == "exe"
    if options.emit not in ("exe", "lib"):  # one file is wanted
        emit_options = dataclasses.replace(emit_options, unit_size=_ONE_UNIT, separate_compact=False)
    report("front end", 0, 1)
    with _timed(stats.seconds, "decode"):
        module = decode(data)
    with _timed(stats.seconds, "validate"):
        validate(module)
        module = settle_imports(module, options.imports)
        given = given_globals(module, options.globals)
        found = options.host.resolve(module, targets, options.imports, given, linked=is_linked)
        module = own_imports(module, found.globals)
        check_limits(module)
        emit_options = dataclasses.replace(
            emit_options, host=host_symbols(options.imports) | found.symbols, constants=_identity(found.globals)
        )
    with _timed(stats.seconds, "emit"):
        emitted = emit_module(module, emit_options)
        if options.emit == "lib":
            library = Library(module, options.prefix, options.host.missing(found.symbols, targets))
            emitted.descriptor += library.ir()
            emitted.header = library.header(module.names.module or options.prefix, wanco.__version__)
    stats.module_size = len(data)
    stats.ir_size = sum(map(len, emitted.units))
    stats.emitter = dict(emitted.stats)
    return emitted


def _identity(values: Mapping[Key, Value]) -> bytes:
    return repr(sorted(values.items())).encode() if values else b""


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class _Unit:
    """What worker processes compile."""

    ir: str
    target: Target
    options: CodeOptions

    def overtime(self) -> str:
        """What to say of one whose code generation does not come to an end."""
        match defined_functions(self.ir):
            case []:
                what = "tables"
            case [function]:
                what = f"function {function}"
            case [first, *_, last]:
                what = f"functions {first} to {last}"
        limit = cpu_limit(self.ir, self.options)
        return (
            f"{what} for {self.target.name}: the code generator did not come to an end within {limit} seconds of CPU time: "
            "try another optimisation level (-O)"
        )


def _compile(build: Callable[[str, Target, CodeOptions], T], units: Sequence[_Unit], what: str, pool: Pool, report: Report) -> list[T]:
    """The results in order; the first failure of any is raised as soon as it happens."""
    futures = {pool.submit(build, unit.ir, unit.target, unit.options): unit for unit in units}
    report(what, 0, len(futures))
    for done, future in enumerate(as_completed(futures), 1):
        try:
            future.result()
        except CpuLimitError as error:
            raise CompileError(futures[future].overtime()) from error
        report(what, done, len(futures))
    return [future.result() for future in futures]


def _assemble(emitted: EmittedModule, targets: Sequence[Target], options: CompileOptions, pool: Pool, report: Report) -> list[bytes]:
    return _compile(build_assembly, [_Unit(emitted.units[0], target, options.code) for target in targets], "code", pool, report)


def _build(
    emitted: EmittedModule, targets: Sequence[Target], options: CompileOptions, pool: Pool, report: Report
) -> Iterator[tuple[Target, bytes, TargetStats]]:
    """Code for all units and targets, then tables and descriptors, then the links."""
    code = [options.code] * (len(emitted.units) - emitted.compact_units) + [options.compact_code] * emitted.compact_units
    units = [_Unit(ir, target, how) for target in targets for ir, how in zip(emitted.units, code, strict=True)]
    results = _compile(build_unit, units, "code", pool, report)
    count = len(emitted.units)
    per_target = [results[i * count : (i + 1) * count] for i in range(len(targets))]
    data = [
        _Unit(emitted.descriptor + table_ir(t for r in built for t in r.tables), target, options.code)
        for target, built in zip(targets, per_target, strict=True)
    ]
    data_objects = _compile(build_data, data, "tables", pool, report)
    for done, (target, built, data_object) in enumerate(zip(targets, per_target, data_objects, strict=True)):
        report("link", done, len(targets))
        stats = TargetStats()
        stats.seconds["optimise and generate"] = sum(unit.codegen_seconds for unit in built)
        stats.seconds["tables"] = sum(unit.table_seconds for unit in built)
        with _timed(stats.seconds, "link"):
            image = _link([*(unit.object for unit in built), data_object], target, options)
        stats.sizes = _sizes(image, [table for unit in built for table in unit.tables], emitted.forms)
        yield target, image, stats
    report("link", len(targets), len(targets))


def _link(objects: Sequence[bytes], target: Target, options: CompileOptions) -> bytes:
    everything: list[Path | bytes] = [*objects, *(file.path for file in options.host.for_target(target))]
    if options.emit == "obj":
        return merged(everything, target)
    if options.emit == "lib":
        return _library(everything, target, options)
    runtime = runtime_archive(target)
    archives = [*([driver_archive(target)] if options.driver else []), runtime]
    if from_libc := options.host.undefined(target, archive_symbols(runtime)):
        return linked_with_libc(everything, target, archives=archives, wanted=from_libc)
    return linked(everything, target, archives=archives)


def _library(objects: Sequence[Path | bytes], target: Target, options: CompileOptions) -> bytes:
    """Everything as one object, in which all that is not for the embedder is local.

    Where host functions are still to be defined, what they call stays visible.
    """
    archives = [embed_archive(target)]
    whole, visible = Object(merged(objects, target, archives=archives)), frozenset[str]()
    if any(symbol.name.startswith(HOST_PREFIX) and not symbol.section for symbol in whole.symbols):
        visible = HOST_INTERFACE
        whole = Object(merged(objects, target, archives=archives, wanted=sorted(visible)))
    image = whole.localised(visible)
    return archive(f"{options.prefix}.o", image, (s.name for s in Object(image).symbols if s.is_global and s.section))


def _sizes(image: bytes, tables: Sequence[Table], forms: Mapping[int, ResumeForm]) -> dict[str, int]:
    file = Object(next(members(image)))
    sizes = {name: sum(s.size for s in file.sections if s.name == section) for name, section in _TEXT_SECTIONS.items()}
    sizes |= _text_by_form(file, forms)
    sizes["safepoints"] = sum(table.records for table in tables)
    sizes["safepoint tables"] = sum(len(table.data) for table in tables)
    sizes["file"] = len(image)
    return sizes


def _text_by_form(file: Object, forms: Mapping[int, ResumeForm]) -> dict[str, int]:
    """The text of the functions that can be gone on with, by how they are, without padding."""
    sizes = {f"{form.value} {name}": 0 for form in ResumeForm for name in _TEXT_SECTIONS}
    names = {s.number: name for name, section in _TEXT_SECTIONS.items() for s in file.sections if s.name == section}
    for symbol in file.symbols:
        function = function_of(symbol.name)
        form = forms.get(function) if function is not None and symbol.type == STT_FUNC else None
        if form and symbol.section in names:
            sizes[f"{form.value} {names[symbol.section]}"] += symbol.size
    return sizes
