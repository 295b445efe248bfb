"""Deliberately broken builds of Wanco, for one ISA, and how the plugin must report each.

A mutant changes one stage in this process (what the emitter or the table maker gives), or one
line of the runtime's source.  Nothing of this is in the product.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import wanco.objects.safepoint_table
import wanco.pipeline
from wanco.emit import EmittedModule
from wanco.objects.eh_frame import Row
from wanco.objects.stackmap import Kind, Location, Record
from wanco.options import CompileOptions
from wanco.targets import TARGETS

ROOT = Path(wanco.__file__).parent.parent

BROKEN_ISA = "aarch64"

Stage = Callable[[], Any]
"""Gives a context in which a build goes wrong."""


@dataclass(frozen=True)
class Mutant:
    """A broken build.  ``expected`` are patterns that the report of the failure must match."""

    name: str
    expected: tuple[str, ...]
    stage: Stage | None = None
    source: tuple[str, str, str] | None = None
    """File of the runtime, a line's part in it, and what stands there instead."""
    program: str = "state"
    args: tuple[str, ...] = ()
    mode: str = "both"


# ---- stages in Python ----------------------------------------------------------------------------


@dataclass
class _Records:
    """Changes the first record for which ``change`` gives another list of values."""

    change: Callable[[list[Location]], list[Location] | None]
    done: bool = field(default=False, init=False)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        original = wanco.objects.safepoint_table.read_stackmaps
        self.done = False

        def read(*arguments: Any) -> list[Record]:
            return [self._record(record) for record in original(*arguments)]

        with mock.patch.object(wanco.objects.safepoint_table, "read_stackmaps", read):
            yield
        assert self.done, "there was nothing to break"

    def _record(self, record: Record) -> Record:
        changed = None if self.done else self.change(list(record.values))
        if changed is None:
            return record
        self.done = True
        return record._replace(values=changed)


def _places(values: list[Location]) -> list[int]:
    """Positions of the values that are in registers or on the stack."""
    return [i for i, value in enumerate(values) if value.kind != Kind.CONSTANT]


def _drop_one(values: list[Location]) -> list[Location] | None:
    """A live local counts as zero."""
    places = _places(values)
    if len(places) < 5:
        return None
    values[places[-4]] = Location(Kind.CONSTANT, 8, 0, 0)
    return values


def _swap_two(values: list[Location]) -> list[Location] | None:
    """Two values of one size trade their places; the first value of a record is the site."""
    places = [i for i in _places(values) if i > 0 and values[i].size == 8]
    pairs = [(a, b) for a, b in itertools.pairwise(places) if values[a] != values[b]]
    if not pairs:
        return None
    a, b = pairs[-1]
    values[a], values[b] = values[b], values[a]
    return values


@contextmanager
def _swapped_saved_registers() -> Iterator[None]:
    """Two callee-saved registers are looked for in each other's place."""
    original = wanco.objects.safepoint_table.read_eh_frame

    def swap(row: Row) -> Row:
        saved = list(row.saved)
        general = [i for i, (register, _) in enumerate(saved) if register in range(19, 29)]
        if len(general) < 2:
            return row
        (a, at_a), (b, at_b) = saved[general[0]], saved[general[1]]
        saved[general[0]], saved[general[1]] = (a, at_b), (b, at_a)
        return row._replace(saved=tuple(saved))

    def read(*arguments: Any) -> dict[Any, list[Row]]:
        return {place: [swap(row) for row in rows] for place, rows in original(*arguments).items()}

    with mock.patch.object(wanco.objects.safepoint_table, "read_eh_frame", read):
        yield


@contextmanager
def _emitted(change: Callable[[str], str]) -> Iterator[None]:
    """The emitter's text is another."""
    original = wanco.pipeline.emit_module

    def emit(*arguments: Any, **more: Any) -> EmittedModule:
        emitted = original(*arguments, **more)
        units = [dataclasses.replace(unit, ir=change(unit.ir)) for unit in emitted.units]
        assert units != emitted.units, "there was nothing to break"
        emitted.units[:] = units
        return emitted

    with mock.patch.object(wanco.pipeline, "emit_module", emit):
        yield


def _function(text: str, name: str) -> tuple[int, int]:
    """Where a function's definition starts and ends."""
    start = text.index(f"@{name}(", text.index("\ndefine")) if f"@{name}(" in text else -1
    for match in re.finditer(rf"^define [^\n]*@{name}\(", text, re.MULTILINE):
        start = match.start()
    return start, text.index("\n}\n", start)


def _in_function(name: str, change: Callable[[str], str]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        start, end = _function(text, name)
        return text[:start] + change(text[start:end]) + text[end:]

    return apply


def _swap_resume_cases(body: str) -> str:
    """The first site of a function resumes where the next one should."""
    cases = re.findall(r"i64 \d+, label %\S+", body[body.index("switch i64 %site") :])
    (one, to_one), (other, to_other) = (case.split(", ") for case in cases[:2])
    return body.replace(f"{one}, {to_one}", f"{one}, {to_other}", 1).replace(f"{other}, {to_other}", f"{other}, {to_one}", 1)


def _swap_arguments(body: str) -> str:
    """The record of a function's first host call has two arguments in each other's place."""
    call = re.compile(r"(@wanco_block_\w+\(.*\"deopt\"\(i64 \d+.*), (i32 \S+), (i32 \S+), (i32 \S+)\)")
    return call.sub(r"\1, \3, \2, \4)", body, count=1)


def _lose_poll(body: str) -> str:
    """The first poll of a function is not there."""
    return re.sub(r"icmp (eq|ne) i32 (%\S+), 0", r"icmp \1 i32 0, 0", body, count=1)


# ---- the mutants ---------------------------------------------------------------------------------

FUNCTIONS = {"emit": 7, "locals": 9, "recursion": 10, "loops": 12}
"""Indices in state.wat of the functions whose code is changed."""

MUTANTS = (
    Mutant(
        "live local dropped from one stack map",
        (r"capture|restore", r"frame #\d+ \(locals \+0x\w+\) local \d+: i\d+ .* \| i\d+ 0"),
        _Records(_drop_one),
    ),
    Mutant(
        "two registers swapped in one stack map",
        (r"frame #\d+ \((locals|recursion|operands|emit) \+0x\w+\) (local|stack) \d+",),
        _Records(_swap_two),
    ),
    Mutant(
        "two saved registers swapped in unwinding",
        (r"capture", r"frame #[1-9]\d* \(\w+ \+0x\w+\) (local|stack) \d+"),
        _swapped_saved_registers,
    ),
    Mutant(
        "off-by-one resume point",
        (r"restore", r"checkpoint at stop \d+, loops \+0x"),
        lambda: _emitted(_in_function(f"wr{FUNCTIONS['loops']}", _swap_resume_cases)),
    ),
    Mutant(
        "poll missing in one loop",
        (r"loops \+0x",),
        lambda: _emitted(_in_function(f"wf{FUNCTIONS['loops']}", _lose_poll)),
    ),
    Mutant(
        "two arguments of a host call swapped in its record",
        (r"capture", r"checkpoint at stop \d+, emit \+0x\w+ \(host\)", r"frame #0 \(emit \+0x\w+\) stack 1: i32 1044 .*\| i32 1\b"),
        lambda: _emitted(_in_function(f"wf{FUNCTIONS['emit']}", _swap_arguments)),
    ),
    Mutant(
        "store before a trap at a wrong address",
        (r"final state", r"memory 0 bytes 0x200-0x\w+: \w\w .* \| 00"),
        lambda: _emitted(lambda text: text.replace("ptr %mem, i64 512", "ptr %mem, i64 516")),
        program="waiting",
        args=("x", "x"),
    ),
    Mutant(
        "lost grown page",
        (r"memories|wait", r"memory 0 bytes 0x2fff8|memory 0 bytes 0x11170|memory 0 size"),
        source=("snapshot/pages.c", "return wanco_memory_bytes[memory] / WANCO_SNAPSHOT_PAGE; }", "return 16; }"),
    ),
    Mutant(
        "grown memory not grown at restore",
        (r"memory 0 cannot have|pages of memory 0|memory 0 size",),
        source=("snapshot/chain.c", "link == links ? wanco_memory_resize(i, size)", "link == links ? true"),
    ),
    Mutant(
        "wrong readdir cookie",
        (r"capture", r"put \+0x\w+ \(host\)", r"memory 0 bytes 0x400-0x401: 01 \| 02"),  # about to be written
        source=("wasi/p1/dir.c", "put_entry(&out, i + 1,", "put_entry(&out, i + 2,"),
        program="files",
    ),
    Mutant(
        "file offset not restored",
        (r"(writing|reading|wait|put) \+0x", r"WASI descriptor \d+ offset|standard output|file 0/log.txt|memory 0"),
        source=("wasi/p1/section_undump.c", "sys(lseek, host, saved->offset, SEEK_SET) < 0",
                "sys(lseek, host, saved->offset - 1, SEEK_SET) < 0"),
        program="files",
    ),
    Mutant(
        "NaN not canonicalised",
        (r"capture", r"\(nan \+0x\w+\) local \d+: f64 nan \(0x7ff8000000000000\) \| f64 nan \(0xfff8|x86_64 is not"),
        source=("stack/values.c", "if (slot.raw_nan && slot.type == WANCO_VALUE_CODE_F64) canonicalise_f64(payload);",
                "if (slot.raw_nan && slot.type == WANCO_VALUE_CODE_F64 && payload[6] == 0xf8) payload[7] = 0xff;"),
    ),
    Mutant(
        "dropped-segment bit skipped",
        (r"capture", r"(wait|segments) \+0x", r"data segment 1: dropped \| kept"),
        source=("checkpoint/dump.c", "bit < 8 && i + bit < count; bit++)", "bit < 8 && i + bit + 1 < count; bit++)"),
    ),
    Mutant(
        "dropped element segments come back",
        (r"restore", r"element segment \d+: dropped \| kept"),
        source=("checkpoint/undump.c", "  undump_bits(reader, instance->elements_dropped, instance->module->element_count);",
                "  wanco_read(reader, (instance->module->element_count + 7u) / 8);"),
    ),
    Mutant(
        "one global not restored",
        (r"restore", r"global \d+: "),
        source=("checkpoint/undump.c", "memcpy(global->address, native, wanco_native_size(global->type));",
                "if (i) memcpy(global->address, native, wanco_native_size(global->type));"),
    ),
    Mutant(
        "table entry off by one",
        (r"restore", r"table 0 entry \d+: funcref function 3 \| funcref null"),
        source=("checkpoint/undump.c", "wanco_entry_set(table, i, wanco_function_reference(function));",
                "wanco_entry_set(table, size - 1 - i, wanco_function_reference(function));"),
    ),
    Mutant(
        "upper half of vectors lost",
        (r"capture|restore", r"\(vector \+0x\w+\) local \d+: v128"),
        source=("stack/values.c", "  memcpy(payload, native, wanco_native_size(slot.type));",
                "  memcpy(payload, native, slot.type == WANCO_VALUE_CODE_V128 ? 8 : wanco_native_size(slot.type));"),
    ),
    Mutant(
        "clock starts anew",
        (r"restore", r"WASI virtual time: \d+ \| 0"),
        source=("wasi/p1/section_undump.c", "wasi->virtual_time = wanco_read_u64(reader);", "wanco_read_u64(reader);"),
    ),
    Mutant(
        "random numbers start anew",
        (r"restore", r"WASI random state: \d+ \| \d+"),
        source=("wasi/p1/section_undump.c", "wasi->random_state = wanco_read_u64(reader);",
                "wasi->random_state = wanco_read_u64(reader) ^ 1;"),
    ),
)  # fmt: skip


# ---- building ------------------------------------------------------------------------------------


class InlinePool:
    """In place of worker processes: this process, in which the stages are changed."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


class RuntimeTree:
    """A build of the runtime for `BROKEN_ISA` from a copy of its source."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.build = folder / "build"
        for part in ("runtime", "cmake"):
            shutil.copytree(ROOT / part, self.source / part)
        shutil.copytree(ROOT / "wanco" / "abi", self.source / "wanco" / "abi")
        for name in ("__init__.py", "version.py"):
            shutil.copy(ROOT / "wanco" / name, self.source / "wanco")
        toolchain = self.source / "cmake" / "toolchains" / f"{BROKEN_ISA}.cmake"
        self._cmake(
            "-S", self.source / "runtime", "-B", self.build, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}",
            f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_BUILD_TYPE=Release",
        )  # fmt: skip
        self._make()

    def _cmake(self, *words: object) -> None:
        tools = Path(sys.executable).parent
        environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(["cmake", *map(str, words)], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _make(self) -> None:
        self._cmake("--build", self.build, "--target", "wanco")

    @contextmanager
    def mutated(self, change: tuple[str, str, str]) -> Iterator[Path]:
        """The archive with one line changed."""
        name, old, new = change
        path = self.source / "runtime" / name
        text = path.read_text()
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))
        try:
            self._make()
            yield self.build / "libwanco.a"
        finally:
            path.write_text(text)


def build_mutant(mutant: Mutant, module: bytes, options: CompileOptions, path: Path, runtime: RuntimeTree | None) -> None:
    """Compile a module for `BROKEN_ISA`, wrongly."""
    target = TARGETS[BROKEN_ISA]

    def compile_now() -> None:
        (artifact,) = wanco.pipeline.compile_module(module, [target], options, pool=InlinePool())  # type: ignore[arg-type]
        artifact.write(path)

    if mutant.stage is not None:
        with mutant.stage():
            compile_now()
        return
    assert runtime is not None and mutant.source is not None
    with runtime.mutated(mutant.source) as archive, mock.patch.object(wanco.pipeline, "runtime_archive", lambda _: archive):
        compile_now()
